#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/record.hpp"
#include "table/account_view.hpp"
#include "table/batch_reader.hpp"
#include "table/intake/claims.hpp"
#include "table/intake/message.hpp"
#include "table/intake/terms.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace exarch::table {

/// Takes messages into the logs of the accounts they concern, once each, whoever else receives them
/// too: any number of workers at once, none of which needs a lease for it.
///
/// A batch's number is reserved in each account's log; then each message is claimed for the batches
/// that are to hold its parts, which only one worker can do; then the batches are written. Who dies
/// in between leaves a gap in a log, and a claim that points to it. Whoever meets the message again
/// closes the gap, so that nobody can fill it any more, and claims the message for a batch of its
/// own.
class Intake {
public:
    Intake(Table& table, const base::Clock& clock, Retention retention, IntakeTerms terms = {})
        : table_(table), clock_(clock), retention_(retention), terms_(terms),
          batches_(table, kept_batches_max) {}

    /// Tasks of one queue, each with its origin. Returns what became of each, in order.
    [[nodiscard]] boost::asio::awaitable<base::Result<std::vector<Taken>>>
    take(std::vector<ledger::AcceptTask> tasks);

    /// Accounts that had nothing to do until something was taken in for them, since it was last
    /// asked: nobody may be looking at them.
    [[nodiscard]] std::vector<base::AccountId> take_woken() { return std::exchange(woken_, {}); }

private:
    struct Load;
    /// By their places among those that were handed over together.
    using Waiting = std::map<std::size_t, ledger::AcceptTask>;

    [[nodiscard]] static Waiting take_unlike(Waiting& waiting);
    [[nodiscard]] static std::vector<Message> messages_of(Waiting tasks);
    [[nodiscard]] static std::vector<Load> load_up(const std::vector<Message>& messages);
    [[nodiscard]] static Taken verdict_of(const Message& message);

    /// Of these no two have one claim.
    [[nodiscard]] boost::asio::awaitable<base::Status> take_round(Waiting& tasks, Claims& claims,
                                                                  std::vector<Taken>& taken);
    [[nodiscard]] boost::asio::awaitable<base::Status> reserve(std::vector<Load>& loads);
    [[nodiscard]] boost::asio::awaitable<base::Status>
    number(const std::vector<Load*>& of_one_account);
    [[nodiscard]] boost::asio::awaitable<base::Result<std::int64_t>>
    reserve_numbers(base::AccountId account, std::int64_t count);
    [[nodiscard]] boost::asio::awaitable<base::Status> write(Load& load,
                                                             std::vector<Message>& messages);
    [[nodiscard]] boost::asio::awaitable<base::Status>
    give_up(const Load& load, std::vector<Message>& messages, const base::Error& refusal);
    [[nodiscard]] boost::asio::awaitable<base::Status>
    reject_conflicts(std::vector<Message>& messages);

    // Each may be of megabytes.
    static constexpr std::size_t kept_batches_max = 4;

    Table& table_;
    const base::Clock& clock_;
    Retention retention_;
    IntakeTerms terms_;
    /// Those that others' claims name.
    BatchReader batches_;
    std::vector<base::AccountId> woken_;
};

} // namespace exarch::table
