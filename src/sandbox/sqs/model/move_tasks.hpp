#pragma once

#include "base/time.hpp"
#include "sandbox/dice.hpp"
#include "sandbox/sqs/model/queues.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox::sqs {

/// One StartMessageMoveTask: messages on their way out of a dead-letter queue.
struct MoveTask {
    enum class Status { running, completed, cancelled, failed };

    std::string id;
    QueueName source;
    /// None: each message goes back to where it came from.
    std::optional<QueueName> destination;
    /// As the caller asked; None: as fast as a move goes.
    std::optional<int> rate;
    base::Moment started;
    std::uint64_t to_move = 0;
    std::uint64_t moved = 0;
    Status status = Status::running;
    std::string failure = {};
};

[[nodiscard]] std::string_view format(MoveTask::Status status);

/// All move tasks. They make progress whenever they are looked at: by time passed, at their rate.
class MoveTasks {
public:
    static constexpr int rate_max = 500;
    /// Of one source, as ListMessageMoveTasks shows them; older ones are forgotten.
    static constexpr std::size_t kept_of_source = 10;

    MoveTasks(Queues& queues, Dice& dice) : queues_(queues), dice_(dice) {}

    /// Null where none of that source is running.
    [[nodiscard]] const MoveTask* find_running(const QueueName& source) const;
    /// Null where there is none of that id.
    [[nodiscard]] MoveTask* find(std::string_view id);
    const MoveTask& start(MoveTask task);
    /// The latest first.
    [[nodiscard]] std::vector<const MoveTask*> list(const QueueName& source) const;

    void advance(base::Moment now);
    /// When a running task moves its next message.
    [[nodiscard]] std::optional<base::Instant> next_step_at() const;

private:
    void advance(MoveTask& task, base::Moment now);
    bool move_one(MoveTask& task, base::Moment now);

    Queues& queues_;
    Dice& dice_;
    std::deque<MoveTask> tasks_;
};

} // namespace exarch::sandbox::sqs
