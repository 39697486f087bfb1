#include "sandbox/sqs/model/move_tasks.hpp"

#include <algorithm>

namespace exarch::sandbox::sqs {
namespace {

using Status = MoveTask::Status;

base::Duration period_of(const MoveTask& task) {
    return base::Duration(std::chrono::seconds(1)) / task.rate.value_or(MoveTasks::rate_max);
}

} // namespace

std::string_view format(Status status) {
    switch (status) {
    case Status::running:
        return "RUNNING";
    case Status::completed:
        return "COMPLETED";
    case Status::cancelled:
        return "CANCELLED";
    case Status::failed:
        break;
    }
    return "FAILED";
}

const MoveTask* MoveTasks::find_running(const QueueName& source) const {
    const auto found = std::ranges::find_if(tasks_, [&](const MoveTask& task) {
        return task.status == Status::running && task.source == source;
    });
    return found == tasks_.end() ? nullptr : &*found;
}

MoveTask* MoveTasks::find(std::string_view id) {
    const auto found = std::ranges::find(tasks_, id, &MoveTask::id);
    return found == tasks_.end() ? nullptr : &*found;
}

const MoveTask& MoveTasks::start(MoveTask task) {
    const auto is_of_source = [&](const MoveTask& each) { return each.source == task.source; };
    if (std::ranges::count_if(tasks_, is_of_source) >=
        static_cast<std::ptrdiff_t>(kept_of_source)) {
        tasks_.erase(std::ranges::find_if(tasks_, is_of_source));
    }
    return tasks_.emplace_back(std::move(task));
}

std::vector<const MoveTask*> MoveTasks::list(const QueueName& source) const {
    std::vector<const MoveTask*> tasks;
    for (const MoveTask& task : tasks_) {
        if (task.source == source) {
            tasks.insert(tasks.begin(), &task);
        }
    }
    return tasks;
}

void MoveTasks::advance(base::Moment now) {
    for (MoveTask& task : tasks_) {
        if (task.status == Status::running) {
            advance(task, now);
        }
    }
}

std::optional<base::Instant> MoveTasks::next_step_at() const {
    std::optional<base::Instant> next;
    for (const MoveTask& task : tasks_) {
        const base::Instant step =
            task.started.steady + period_of(task) * static_cast<std::int64_t>(task.moved + 1);
        if (task.status == Status::running && (!next.has_value() || step < *next)) {
            next = step;
        }
    }
    return next;
}

void MoveTasks::advance(MoveTask& task, base::Moment now) {
    const auto due =
        static_cast<std::uint64_t>((now.steady - task.started.steady) / period_of(task));
    while (task.status == Status::running && task.moved < std::min(due, task.to_move)) {
        if (!move_one(task, now)) {
            break;
        }
    }
    if (task.status == Status::running && task.moved >= task.to_move) {
        task.status = Status::completed;
    }
}

// False where the task is at its end.
bool MoveTasks::move_one(MoveTask& task, base::Moment now) {
    const auto fail = [&task](std::string_view reason) {
        task.status = Status::failed;
        task.failure = reason;
        return false;
    };
    Queue* const source = queues_.find(task.source, now);
    if (source == nullptr) {
        return fail("AWS.SimpleQueueService.NonExistentQueue");
    }
    if (task.destination.has_value() && queues_.find(*task.destination, now) == nullptr) {
        return fail("AWS.SimpleQueueService.NonExistentQueue");
    }
    std::optional<Message> message = source->give_away();
    if (!message.has_value()) {
        // What was to be moved has been received, deleted or expired meanwhile.
        task.status = Status::completed;
        return false;
    }
    const auto target =
        task.destination.has_value() ? task.destination : parse_arn(message->source_arn);
    Queue* const destination = target.has_value() ? queues_.find(*target, now) : nullptr;
    if (destination == nullptr) {
        source->take_over(std::move(*message));
        return fail("CouldNotDetermineMessageSource");
    }
    // To its new queue it is a new message, with an id and a time of its own.
    message->id = dice_.uuid();
    message->sent = now;
    message->receive_count = 0;
    message->first_received_at.reset();
    message->source_arn.clear();
    destination->take_over(std::move(*message));
    ++task.moved;
    return true;
}

} // namespace exarch::sandbox::sqs
