#include "ledger/memory.hpp"

#include <set>

namespace exarch::ledger {

base::Result<bool> MemoryLedger::prune(base::Timestamp settled_before,
                                       base::Timestamp duplicates_before) {
    if (failed_) {
        return std::unexpected(base::Error(base::ErrorKind::system,
                                           "the ledger in memory has failed before: start again "
                                           "from a copy"));
    }
    std::erase_if(book_.ended, [&](const auto& entry) {
        const Ended& ended = entry.second;
        const bool old = ended.report.ended_at < settled_before;
        if (old && ended.report.id != OperationId()) {
            forget_operation(ended.report.id.number);
        }
        return old;
    });
    std::erase_if(book_.calls, [&](const auto& entry) {
        const Call& call = entry.second;
        const bool over = call.state != CallState::open && call.state != CallState::done;
        const bool old = over && call.closed.closed_at < settled_before;
        if (old && call.state == CallState::complete) {
            for (const OperationId id : call.bound.operations) {
                forget_operation(id);
            }
        }
        return old;
    });
    for (auto& [id, task] : book_.tasks) {
        if (!task.forgotten && task.content.accepted_at < duplicates_before) {
            forget_task(id);
        }
    }
    remove_empty_tasks();
    return false;
}

void MemoryLedger::forget_operation(OperationId id) {
    if (Operation* const operation = find(id)) {
        *operation = {.task = {}, .content = {}, .state = OperationState::none};
    }
    while (!book_.operations.empty() && book_.operations.front().state == OperationState::none) {
        book_.operations.pop_front();
        book_.first_operation = book_.first_operation.plus(1);
    }
}

void MemoryLedger::forget_task(TaskId id) {
    Task& task = book_.tasks.at(id);
    const MessageOrigin& origin = task.content.origin;
    task.forgotten = true;
    if (!origin.message_id.empty()) {
        book_.messages.erase({origin.queue, origin.message_id});
    }
    if (task.owns_name) {
        book_.names.erase({origin.queue, origin.sender_id, task.content.name});
        task.owns_name = false;
    }
}

void MemoryLedger::remove_empty_tasks() {
    std::set<TaskId> busy;
    for (const auto& [number, ended] : book_.ended) {
        busy.insert(ended.task);
    }
    for (const Operation& operation : book_.operations) {
        busy.insert(operation.task); // That of one that is forgotten is none.
    }
    std::erase_if(book_.tasks, [&](const auto& entry) {
        return entry.second.forgotten && !busy.contains(entry.first);
    });
}

} // namespace exarch::ledger
