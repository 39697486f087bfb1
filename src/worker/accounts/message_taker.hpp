#pragma once

#include "base/log.hpp"
#include "base/time.hpp"
#include "core/event.hpp"
#include "core/params.hpp"
#include "core/task/task.hpp"
#include "table/intake/intake.hpp"
#include "worker/crash_point.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace exarch::worker {

/// Takes messages into the table's ledger: what comes while one request is under way goes into the
/// next. One executor's thread.
class MessageTaker {
public:
    /// All of it must outlive the taker and the executor's work.
    struct Parts {
        boost::asio::any_io_executor executor;
        const base::Clock& clock;
        base::Log& log;
        CrashPoints& crash_points;
        table::Table& table;
    };
    struct Callbacks {
        /// What they ask for is durable.
        std::function<void(std::vector<core::MessageHandle>)> delete_messages;
        /// They were not taken in, and are to come again.
        std::function<void(std::vector<core::MessageHandle>)> let_go;
        /// These have work now.
        std::function<void(const std::vector<base::AccountId>&)> accounts;
    };

    MessageTaker(Parts parts, core::TaskRules rules, table::Intake intake, Callbacks callbacks)
        : parts_(std::move(parts)), rules_(std::move(rules)), intake_(intake),
          callbacks_(std::move(callbacks)) {}

    /// All of one queue.
    void take_in(core::MessagesReceived messages);
    [[nodiscard]] bool wants_messages() const { return in_hand_ < in_hand_max; }
    [[nodiscard]] bool is_idle() const { return in_hand_ == 0; }
    [[nodiscard]] std::size_t in_hand() const { return in_hand_; }
    /// Of messages and what they asked for; what becomes of that is told by whoever carries it out.
    [[nodiscard]] const core::RunCounts& counts() const { return counts_; }

private:
    /// More wait in their queue.
    static constexpr std::size_t in_hand_max = 2'000;

    [[nodiscard]] boost::asio::awaitable<void> take_all(std::string queue);
    [[nodiscard]] boost::asio::awaitable<base::Status>
    take(const std::vector<core::ReceivedMessage>& messages);
    [[nodiscard]] ledger::AcceptTask read(const core::ReceivedMessage& message) const;
    void count(const ledger::AcceptTask& task, const table::Taken& taken);

    Parts parts_;
    core::TaskRules rules_;
    table::Intake intake_;
    Callbacks callbacks_;
    /// By queue: what waits. A queue that is in here is being taken in.
    std::map<std::string, std::vector<core::ReceivedMessage>> waiting_;
    std::size_t in_hand_ = 0;
    core::RunCounts counts_;
};

} // namespace exarch::worker
