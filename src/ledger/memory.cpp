#include "ledger/memory.hpp"

#include "ledger/conflict.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace exarch::ledger {
namespace {

base::Error contradiction(const std::string& what) {
    return base::Error(base::ErrorKind::corrupt,
                       "the ledger contradicts what is to be written: " + what);
}

/// What is kept of a task beside its operations and rejections.
AcceptTask heading(const AcceptTask& record) {
    return {.origin = record.origin,
            .name = record.name,
            .digest = record.digest,
            .requester = record.requester,
            .labels = record.labels,
            .accepted_at = record.accepted_at,
            .lanes = {},
            .operations = {},
            .rejections = {}};
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
    for (const CallId id : book_.unfinished) {
        const Call& call = book_.calls.at(id);
        if (call.state == CallState::open) {
            restorer.open_call({.id = id,
                                .lane = call.bound.lane,
                                .reference = call.bound.reference,
                                .items = call.bound.items,
                                .operations = call.bound.operations,
                                .bound_at = call.bound.bound_at});
        }
    }
    for (const CallId id : book_.unfinished) {
        const Call& call = book_.calls.at(id);
        if (call.state == CallState::done) {
            restorer.incomplete_call({.id = id,
                                      .lane = call.bound.lane,
                                      .items = call.bound.items,
                                      .result_id = call.closed.result_id,
                                      .closed_at = call.closed.closed_at});
        }
    }
    LaneNumbers numbers(book_.lanes.size());
    OperationId id = book_.first_operation;
    for (const Operation& operation : book_.operations) {
        if (is_open(operation.state)) {
            load_operation(restorer, numbers, id, operation);
        }
        id = id.plus(1);
    }
    return {};
}

void MemoryLedger::load_operation(Restorer& restorer, LaneNumbers& numbers, OperationId id,
                                  const Operation& operation) const {
    const AcceptTask& task = book_.tasks.at(operation.task).content;
    std::optional<LaneNumber>& number = numbers[operation.content.lane];
    if (!number) {
        number = restorer.lane(book_.lanes[operation.content.lane].key);
    }
    restorer.operation(*number, {.id = id,
                                 .task = operation.task,
                                 .item = operation.content.item,
                                 .sender = task.origin.sender_id,
                                 .priority = operation.content.priority,
                                 .accepted_at = task.accepted_at,
                                 .not_before = operation.content.not_before,
                                 .deadline = operation.content.deadline});
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
                .first_operation = next_operation()};
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
    Task task{.content = heading(record),
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
    book_.tasks.emplace(receipt.task, std::move(task));
    return {};
}

void MemoryLedger::write_operations(const AcceptTask& record) {
    // A lane is there once something was wished for in it, whatever the task names.
    std::vector<std::optional<std::uint32_t>> lanes(record.lanes.size());
    for (const NewOperation& content : record.operations) {
        Operation& operation =
            book_.operations.emplace_back(Operation{.task = book_.last_task, .content = content});
        std::optional<std::uint32_t>& known = lanes.at(content.lane);
        known = known ? *known : lane(record.lanes[content.lane]);
        operation.content.lane = *known;
        count_in_lane(operation.content.lane, OperationState::pending, 1);
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
            count_in_lane(lane(ended.report.lane), OperationState::rejected, 1);
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
        ended.report.lane = rejection.lane;
        if (rejection.lane == LaneKey()) {
            ++book_.totals.operations.rejected;
        } else {
            count_in_lane(lane(rejection.lane), OperationState::rejected, 1);
        }
        write();
    }
}

std::uint32_t MemoryLedger::lane(const LaneKey& key) {
    const auto next = static_cast<std::uint32_t>(book_.lanes.size());
    const auto [entry, is_new] = book_.lane_of.try_emplace(key, next);
    if (is_new) {
        book_.lanes.push_back({.key = key, .counts = {}});
    }
    return entry->second;
}

void MemoryLedger::count_in_lane(std::uint32_t lane, OperationState state, std::int64_t steps) {
    count(book_.lanes[lane].counts, state, steps);
    count(book_.totals.operations, state, steps);
}

MemoryLedger::Operation* MemoryLedger::find(OperationId id) {
    if (id < book_.first_operation || id >= next_operation()) {
        return nullptr;
    }
    const auto index = static_cast<std::size_t>(id.value() - book_.first_operation.value());
    Operation& operation = book_.operations[index];
    return operation.state == OperationState::none ? nullptr : &operation;
}

base::Status MemoryLedger::move(OperationId id, OperationState from, OperationState to) {
    Operation* const operation = find(id);
    if (operation == nullptr || operation->state != from) {
        return std::unexpected(
            contradiction("operation " + std::to_string(id.value()) + " is not " + format(from)));
    }
    operation->state = to;
    count_in_lane(operation->content.lane, from, -1);
    count_in_lane(operation->content.lane, to, 1);
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
    book_.unfinished.insert(record.call);
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
    const Operation& operation = *find(id);
    ended.task = operation.task;
    ended.state = to;
    ended.report.id = id;
    ended.report.state = format(to);
    ended.report.lane = book_.lanes[operation.content.lane].key;
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
    ended.report.call = call.bound.call;
    ended.report.bound_at = call.bound.bound_at;
    ended.report.result_id = call.closed.result_id;
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
        book_.unfinished.erase(record.call);
        return end_call(call, call.bound.operations);
    case CallEnd::refused:
        break;
    }
    call.state = CallState::refused;
    book_.unfinished.erase(record.call);
    book_.totals.calls.refused += is_refused_by_aws(record) ? 1 : 0;
    const std::set<OperationId> failed(record.failed.begin(), record.failed.end());
    std::size_t found_failed = 0;
    for (const OperationId id : call.bound.operations) {
        if (failed.contains(id)) {
            ++found_failed;
        } else {
            EXARCH_CHECK(move(id, OperationState::bound, OperationState::pending));
        }
    }
    if (found_failed != failed.size()) {
        return std::unexpected(contradiction("call " + std::to_string(record.call.value()) +
                                             " does not carry every operation that it is to fail"));
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
    book_.unfinished.erase(record.call);
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

} // namespace exarch::ledger
