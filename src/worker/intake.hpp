#pragma once

#include "base/log.hpp"
#include "base/time.hpp"
#include "core/event.hpp"
#include "queue/queue.hpp"
#include "worker/crash_point.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace exarch::worker {

struct IntakeParams {
    /// How long a receive waits for messages where there are none.
    std::chrono::seconds wait = std::chrono::seconds(20);
    /// Between two looks at a queue that is for others (queue::Queue::is_for_others()).
    base::Duration rest = std::chrono::minutes(1);
    /// Receives of one queue under way at once while messages keep coming; one where they don't.
    std::size_t receivers_max = 16;
    /// Deletions of one queue under way at once.
    std::size_t deleters_max = 16;
    /// Messages received and not yet deleted; beyond it nothing more is received.
    std::size_t in_hand_max = 10'000;
    /// Bytes of those messages; the same.
    std::size_t in_hand_bytes_max = std::size_t{64} * 1024 * 1024;
};

/// What the intake stands on. All of it must outlive it and the executor's work.
struct IntakeParts {
    boost::asio::any_io_executor executor;
    const base::Clock& clock;
    base::Log& log;
    queue::Queue& queue;
    CrashPoints& crash_points;
};

/// Takes messages from one queue, keeps them hidden while the ledger is slow, and deletes them
/// when told to. One executor's thread.
class Intake {
public:
    struct Callbacks {
        std::function<core::MessageHandle()> new_handle;
        std::function<bool()> wants_messages;
        /// How many of these, from the first, `received` may be told of now.
        std::function<std::size_t(std::span<const core::ReceivedMessage>)> fitting;
        std::function<void(core::MessagesReceived)> received;
    };

    Intake(IntakeParts parts, IntakeParams params, Callbacks callbacks);

    void start();
    /// Receives no more; receives under way are cancelled. Deleting goes on.
    void stop();
    /// Deletes those of these messages that came from here.
    void erase(const std::vector<core::MessageHandle>& messages);
    /// Has those of these messages that came from here come again in their time.
    void let_go(const std::vector<core::MessageHandle>& messages);

    /// True where every message received has been deleted or let go.
    [[nodiscard]] bool is_idle() const { return in_hand_.empty(); }
    /// True where no receive is under way any more.
    [[nodiscard]] bool has_stopped() const { return is_stopping_ && receivers_ == 0; }
    [[nodiscard]] bool has_received() const { return empty_receives_ + full_receives_ > 0; }
    /// Counts receives that brought nothing, and those that brought something.
    [[nodiscard]] std::uint64_t empty_receives() const { return empty_receives_; }
    [[nodiscard]] std::uint64_t full_receives() const { return full_receives_; }
    /// The last failure to receive, while receiving fails; and since when.
    [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }
    [[nodiscard]] base::Instant failing_since() const { return failing_since_; }

private:
    struct InHand {
        std::string receipt;
        std::size_t bytes = 0;
        base::Instant visible_at;
    };
    struct Deletion {
        core::MessageHandle handle = 0;
        std::uint32_t attempts = 0;
    };

    [[nodiscard]] boost::asio::awaitable<void> receive_loop(bool is_first);
    [[nodiscard]] boost::asio::awaitable<void> delete_loop();
    [[nodiscard]] boost::asio::awaitable<void> extend_loop();
    [[nodiscard]] boost::asio::awaitable<bool> receive_once();
    [[nodiscard]] boost::asio::awaitable<void> pause(base::Duration duration);
    [[nodiscard]] boost::asio::awaitable<void> rest(base::Duration duration);
    [[nodiscard]] std::vector<std::string> receipts_due(base::Duration left);
    [[nodiscard]] bool has_room() const;
    void take_in(std::vector<queue::Message> messages);
    void hand_over();
    void drop_held();
    void let_go(core::MessageHandle handle);
    void failed(base::Error error);
    void put_back(std::vector<Deletion> batch, const std::set<std::string>& remaining);

    IntakeParts parts_;
    IntakeParams params_;
    Callbacks callbacks_;
    std::map<core::MessageHandle, InHand> in_hand_;
    std::size_t in_hand_bytes_ = 0;
    /// Received by receives that were under way together, and more than may be taken in. They stay
    /// hidden until there is room.
    std::vector<core::ReceivedMessage> held_;
    std::deque<Deletion> to_delete_;
    std::size_t deleters_ = 0;
    std::size_t receivers_ = 0;
    std::list<boost::asio::cancellation_signal> receives_;
    boost::asio::steady_timer stopped_;
    bool is_stopping_ = false;
    std::uint64_t empty_receives_ = 0;
    std::uint64_t full_receives_ = 0;
    std::uint32_t failures_ = 0;
    std::optional<base::Error> failure_;
    base::Instant failing_since_;
};

} // namespace exarch::worker
