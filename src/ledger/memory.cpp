#include "ledger/memory.hpp"

#include "ledger/conflict.hpp"

#include <algorithm>
#include <set>

namespace exarch::ledger {
namespace {

base::Error contradiction(const std::string& what) {
    return base::Error(base::ErrorKind::corrupt,
                       "the ledger contradicts what is to be written: " + what);
}

} // namespace

void MemoryLedger::fail_commit(std::int64_t nth, Fault fault) {
    commits_to_fault_ = nth;
    fault_ = fault;
}

base::Status MemoryLedger::load(Restorer& restorer) {
    restorer.last_call(book_.last_call);
    for (const auto& [key, quota] : book_.quotas) {
        restorer.learned_quota(quota);
    }
    for (const auto& [id, call] : book_.calls) {
        if (call.state == CallState::open) {
            restorer.open_call({.id = id,
                                .lane = call.bound.lane,
                                .reference = call.bound.reference,
                                .items = call.bound.items,
                                .operations = call.bound.operations,
                                .bound_at = call.bound.bound_at});
        }
    }
    for (const auto& [id, call] : book_.calls) {
        if (call.state == CallState::done) {
            restorer.incomplete_call({.id = id,
                                      .lane = call.bound.lane,
                                      .items = call.bound.items,
                                      .result_id = call.closed.result_id,
                                      .closed_at = call.closed.closed_at});
        }
    }
    for (const auto& [id, operation] : book_.operations) {
        if (!is_open(operation.state)) {
            continue;
        }
        const AcceptTask& task = book_.tasks.at(operation.task).content;
        OpenOperation open{.id = id,
                           .task = operation.task,
                           .item = operation.content.item,
                           .sender = task.origin.sender_id,
                           .priority = operation.content.priority,
                           .accepted_at = task.accepted_at,
                           .not_before = operation.content.not_before,
                           .deadline = operation.content.deadline};
        restorer.operation(operation.lane, std::move(open));
    }
    return {};
}

base::Result<std::vector<TaskReceipt>> MemoryLedger::commit(std::span<const Record> records) {
    const bool faulty = commits_to_fault_ > 0 && --commits_to_fault_ == 0;
    if (failed_ || (faulty && fault_ == Fault::lost)) {
        failed_ = true;
        return std::unexpected(base::Error(base::ErrorKind::system,
                                           "cannot write to the ledger in memory: it was told to "
                                           "fail: start again from a copy"));
    }
    receipts_.clear();
    for (const Record& record : records) {
        auto applied = std::visit([this](const auto& content) { return apply(content); }, record);
        if (!applied.has_value()) {
            failed_ = true;
            return std::unexpected(std::move(applied).error());
        }
    }
    if (faulty) {
        failed_ = true;
        return std::unexpected(base::Error(base::ErrorKind::system,
                                           "the ledger in memory was told to fail after writing: "
                                           "start again from a copy"));
    }
    return receipts_;
}

TaskReceipt MemoryLedger::judge(const AcceptTask& record) const {
    const MessageOrigin& origin = record.origin;
    const auto message = book_.messages.find({origin.queue, origin.message_id});
    if (!origin.message_id.empty() && message != book_.messages.end()) {
        return {.verdict = TaskReceipt::Verdict::duplicate,
                .task = message->second,
                .first_operation = book_.tasks.at(message->second).first_operation};
    }
    const auto name = book_.names.find({origin.queue, origin.sender_id, record.name});
    if (record.name.empty() || name == book_.names.end()) {
        return {.verdict = TaskReceipt::Verdict::accepted,
                .task = book_.last_task.plus(1),
                .first_operation = book_.last_operation.plus(1)};
    }
    const Task& known = book_.tasks.at(name->second);
    if (known.content.digest == record.digest) {
        return {.verdict = TaskReceipt::Verdict::duplicate,
                .task = name->second,
                .first_operation = known.first_operation};
    }
    return {.verdict = TaskReceipt::Verdict::conflict,
            .task = book_.last_task.plus(1),
            .first_operation = {}};
}

base::Status MemoryLedger::apply(const AcceptTask& record) {
    const TaskReceipt receipt = judge(record);
    receipts_.push_back(receipt);
    if (receipt.verdict == TaskReceipt::Verdict::duplicate) {
        return {};
    }
    const bool conflict = receipt.verdict == TaskReceipt::Verdict::conflict;
    const NameKey name{record.origin.queue, record.origin.sender_id, record.name};
    const TaskId known = conflict ? book_.names.at(name) : TaskId();
    book_.last_task = receipt.task;
    Task task{.content = record,
              .first_operation = receipt.first_operation,
              .operations = conflict ? 0 : static_cast<std::int64_t>(record.operations.size()),
              .owns_name = !conflict && !record.name.empty()};
    if (!record.origin.message_id.empty()) {
        book_.messages.emplace(MessageKey(record.origin.queue, record.origin.message_id),
                               receipt.task);
    }
    if (task.owns_name) {
        book_.names.emplace(name, receipt.task);
    }
    if (!conflict) {
        write_operations(record);
    }
    write_rejections(record, known);
    task.content.operations.clear();
    task.content.rejections.clear();
    book_.tasks.emplace(receipt.task, std::move(task));
    return {};
}

void MemoryLedger::write_operations(const AcceptTask& record) {
    for (const NewOperation& content : record.operations) {
        book_.last_operation = book_.last_operation.plus(1);
        const LaneKey& lane = record.lanes.at(content.lane);
        book_.operations.emplace_hint(
            book_.operations.end(), book_.last_operation,
            Operation{.task = book_.last_task, .lane = lane, .content = content});
        count_in_lane(lane, OperationState::pending, 1);
    }
}

void MemoryLedger::write_rejections(const AcceptTask& record, TaskId known) {
    Ended ended;
    ended.task = book_.last_task;
    ended.report.state = format(OperationState::rejected);
    ended.report.ended_at = record.accepted_at;
    const auto write = [&] { book_.ended.emplace(++book_.last_ended, ended); };
    if (known != TaskId()) {
        ended.report.reason = conflict_reason(record, book_.tasks.at(known).content.digest);
        for (const NewOperation& operation : record.operations) {
            ended.report.lane = record.lanes.at(operation.lane);
            ended.report.item = operation.item;
            count_in_lane(ended.report.lane, OperationState::rejected, 1);
            write();
        }
        ended.report.lane = {};
        ended.report.item.clear();
        if (record.operations.empty()) {
            ++book_.totals.operations.rejected;
            write();
        }
    }
    for (const Rejection& rejection : record.rejections) {
        ended.report.item = rejection.place;
        ended.report.reason = rejection.reason;
        ended.report.excerpt = rejection.excerpt;
        ++book_.totals.operations.rejected;
        write();
    }
}

void MemoryLedger::count_in_lane(const LaneKey& lane, OperationState state, std::int64_t steps) {
    count(book_.lanes[lane], state, steps);
    count(book_.totals.operations, state, steps);
}

base::Status MemoryLedger::move(OperationId id, OperationState from, OperationState to) {
    const auto operation = book_.operations.find(id);
    if (operation == book_.operations.end() || operation->second.state != from) {
        return std::unexpected(
            contradiction("operation " + std::to_string(id.value()) + " is not " + format(from)));
    }
    operation->second.state = to;
    count_in_lane(operation->second.lane, from, -1);
    count_in_lane(operation->second.lane, to, 1);
    return {};
}

base::Status MemoryLedger::apply(const BindCall& record) {
    if (record.call <= book_.last_call) {
        return std::unexpected(contradiction("call " + std::to_string(record.call.value()) +
                                             " comes after call " +
                                             std::to_string(book_.last_call.value())));
    }
    book_.last_call = record.call;
    for (const OperationId id : record.operations) {
        EXARCH_CHECK(move(id, OperationState::pending, OperationState::bound));
    }
    book_.calls.emplace(record.call, Call{.bound = record, .closed = {}});
    return {};
}

base::Status MemoryLedger::apply(const CountAttempt& record) {
    CallCounts& calls = book_.totals.calls;
    ++calls.sent;
    calls.throttled += int(record.end == AttemptEnd::throttled);
    calls.unknown += int(record.end == AttemptEnd::unknown);
    return {};
}

base::Status MemoryLedger::end(OperationId id, OperationState to, Ended ended) {
    const Operation& operation = book_.operations.at(id);
    ended.task = operation.task;
    ended.state = to;
    ended.report.id = id;
    ended.report.state = format(to);
    ended.report.lane = operation.lane;
    ended.report.item = operation.content.item;
    ended.report.priority = operation.content.priority;
    ended.report.deadline = operation.content.deadline;
    book_.ended.emplace(++book_.last_ended, std::move(ended));
    return {};
}

base::Status MemoryLedger::end_call(const Call& call, std::span<const OperationId> operations) {
    Ended ended;
    ended.report.reason = call.closed.reason;
    ended.report.reference = call.bound.reference;
    ended.report.request_id = call.closed.request_id;
    ended.report.ended_at = call.closed.closed_at;
    ended.report.is_outcome_unknown = call.closed.end == CallEnd::unknown;
    for (const OperationId id : operations) {
        EXARCH_CHECK(move(id, OperationState::bound, OperationState::failed));
        EXARCH_CHECK(end(id, OperationState::failed, ended));
    }
    return {};
}

base::Status MemoryLedger::apply(const CloseCall& record) {
    const auto found = book_.calls.find(record.call);
    if (found == book_.calls.end() || found->second.state != CallState::open) {
        return std::unexpected(
            contradiction("call " + std::to_string(record.call.value()) + " is not open"));
    }
    Call& call = found->second;
    call.closed = record;
    switch (record.end) {
    case CallEnd::done:
        call.state = CallState::done;
        ++book_.totals.calls.done;
        for (const OperationId id : call.bound.operations) {
            EXARCH_CHECK(move(id, OperationState::bound, OperationState::done));
        }
        return {};
    case CallEnd::unknown:
        call.state = CallState::unknown;
        return end_call(call, call.bound.operations);
    case CallEnd::refused:
        break;
    }
    call.state = CallState::refused;
    book_.totals.calls.refused += is_refused_by_aws(record) ? 1 : 0;
    const std::set<OperationId> failed(record.failed.begin(), record.failed.end());
    const std::set<OperationId> carried(call.bound.operations.begin(), call.bound.operations.end());
    if (!std::ranges::includes(carried, failed)) {
        return std::unexpected(contradiction("call " + std::to_string(record.call.value()) +
                                             " does not carry every operation that it is to fail"));
    }
    for (const OperationId id : carried) {
        if (!failed.contains(id)) {
            EXARCH_CHECK(move(id, OperationState::bound, OperationState::pending));
        }
    }
    return end_call(call, record.failed);
}

base::Status MemoryLedger::apply(const EndOperations& record) {
    const OperationState to = record.end == EndOperations::End::expired ? OperationState::expired
                                                                        : OperationState::failed;
    Ended ended;
    ended.report.reason = record.reason;
    ended.report.ended_at = record.ended_at;
    for (const OperationId id : record.operations) {
        EXARCH_CHECK(move(id, OperationState::pending, to));
        EXARCH_CHECK(end(id, to, ended));
    }
    return {};
}

base::Status MemoryLedger::apply(const CompleteCall& record) {
    const auto call = book_.calls.find(record.call);
    const bool forgotten = call == book_.calls.end() && record.call <= book_.last_call;
    if (forgotten || (call != book_.calls.end() && call->second.state == CallState::complete)) {
        return {};
    }
    if (call == book_.calls.end() || call->second.state != CallState::done) {
        return std::unexpected(
            contradiction("call " + std::to_string(record.call.value()) + " is not done"));
    }
    call->second.state = CallState::complete;
    return {};
}

base::Status MemoryLedger::apply(const LearnQuota& record) {
    book_.quotas.insert_or_assign({record.account, record.api}, record);
    return {};
}

base::Status MemoryLedger::apply(const NoteBreaker& record) {
    if (record.open) {
        book_.breakers.insert_or_assign(record.lane, record);
    } else {
        book_.breakers.erase(record.lane);
    }
    return {};
}

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
            book_.operations.erase(ended.report.id);
        }
        return old;
    });
    std::erase_if(book_.calls, [&](const auto& entry) {
        const Call& call = entry.second;
        const bool over = call.state != CallState::open && call.state != CallState::done;
        const bool old = over && call.closed.closed_at < settled_before;
        if (old && call.state == CallState::complete) {
            for (const OperationId id : call.bound.operations) {
                book_.operations.erase(id);
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
    for (const auto& [id, operation] : book_.operations) {
        busy.insert(operation.task);
    }
    std::erase_if(book_.tasks, [&](const auto& entry) {
        return entry.second.forgotten && !busy.contains(entry.first);
    });
}

} // namespace exarch::ledger
