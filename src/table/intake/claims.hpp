#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "table/account_view.hpp"
#include "table/batch_reader.hpp"
#include "table/intake/message.hpp"
#include "table/intake/terms.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace exarch::table {

/// Claims messages for the batches that are to hold their parts, each for one worker only.
class Claims {
public:
    Claims(Table& table, const base::Clock& clock, Retention retention, IntakeTerms terms)
        : table_(table), clock_(clock), retention_(retention), terms_(terms),
          batches_(table, kept_batches_max) {}

    /// Sets what is this worker's to write of each message, and what is known of the others. No two
    /// of them have one claim. What cannot be claimed in time is left.
    [[nodiscard]] boost::asio::awaitable<base::Status> claim(std::vector<Message>& messages);

private:
    [[nodiscard]] boost::asio::awaitable<base::Status> claim_many(std::span<Message> messages,
                                                                  base::Instant until);
    [[nodiscard]] boost::asio::awaitable<base::Status> claim_one(Message& message,
                                                                 base::Instant until);
    [[nodiscard]] aws::PutItem claim_of(const Message& message) const;
    [[nodiscard]] boost::asio::awaitable<base::Status> meet_claim(Message& message,
                                                                  aws::Item known);
    [[nodiscard]] boost::asio::awaitable<base::Result<bool>>
    is_there(PartPlace place, const ledger::AcceptTask& task, bool may_close);

    // Each may be of megabytes.
    static constexpr std::size_t kept_batches_max = 4;

    Table& table_;
    const base::Clock& clock_;
    Retention retention_;
    IntakeTerms terms_;
    /// Those that others' claims name.
    BatchReader batches_;
};

} // namespace exarch::table
