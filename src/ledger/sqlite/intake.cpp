#include "ledger/sqlite/intake.hpp"

#include "base/assert.hpp"
#include "ledger/conflict.hpp"
#include "ledger/operation_run.hpp"
#include "ledger/sqlite/columns.hpp"

#include <algorithm>

namespace exarch::ledger {
namespace {

constexpr std::string_view rejected{"r"};

TaskReceipt duplicate(TaskId task, std::int64_t first_operation) {
    return {.verdict = TaskReceipt::Verdict::duplicate,
            .task = task,
            .first_operation = OperationId(first_operation)};
}

} // namespace

/// The columns of a new row in `task` that a message brings, encoded.
struct Intake::Row {
    Row(const AcceptTask& task, std::int64_t queue_number, std::int64_t sender_number)
        : id(0), queue(queue_number), sender(sender_number), message(task.origin.message_id),
          digest(task.digest) {}

    std::int64_t id;
    std::int64_t queue;
    std::int64_t sender;
    CompactText message;
    CompactText digest;
    bool conflict = false;
    std::int64_t first_operation = 0;
};

Intake::Intake(Database& database, Desk desk)
    : desk_(desk), find_message_(database, "SELECT id, first_operation FROM task "
                                           "WHERE message = ? AND queue = ? AND forgotten = 0"),
      find_name_(database, "SELECT id, first_operation, digest FROM task "
                           "WHERE name = ? AND sender = ? AND queue = ? AND name_slot = 0"),
      insert_task_(database, "INSERT INTO task (id, conflict, queue, message, forgotten, sender, "
                             "name, name_slot, digest, requester, labels, sent_at, message_group, "
                             "sequence_number, accepted_at, first_operation, operations) "
                             "VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                             "ON CONFLICT DO NOTHING"),
      insert_run_(database, "INSERT INTO operation_run (first, count, task, lane, priority, "
                            "not_before, deadline, items) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      insert_rejection_(database,
                        "INSERT INTO unsuccessful (state, task, operation, lane, item, reason, "
                        "excerpt, ended_at) VALUES (?, ?, 0, ?, ?, ?, ?, ?)") {}

base::Result<TaskReceipt> Intake::accept(const AcceptTask& task) {
    EXARCH_TRY(const std::int64_t queue, desk_.names.queue(task.origin.queue));
    EXARCH_TRY(const std::int64_t sender, desk_.names.sender(task.origin.sender_id));
    LedgerTotals& totals = desk_.tally.totals;
    Row row(task, queue, sender);
    row.id = totals.last_task + 1;
    TaskReceipt receipt{
        .verdict = TaskReceipt::Verdict::accepted, .task = TaskId(row.id), .first_operation = {}};
    std::string known_digest;
    if (!task.name.empty()) {
        EXARCH_TRY(receipt, settle_name(task, row, known_digest));
        if (receipt.verdict == TaskReceipt::Verdict::duplicate) {
            return receipt;
        }
    }
    row.conflict = receipt.verdict == TaskReceipt::Verdict::conflict;
    row.first_operation = row.conflict ? 0 : totals.last_operation + 1;
    EXARCH_TRY(const bool is_new, insert(task, row));
    if (!is_new) {
        return duplicate_of_message(row);
    }
    totals.last_task = row.id;
    receipt.first_operation = OperationId(row.first_operation);
    EXARCH_CHECK(intern_lanes(task));
    if (row.conflict) {
        EXARCH_CHECK(write_conflict(task, receipt.task, known_digest));
    } else {
        EXARCH_CHECK(write_operations(task, receipt.task));
    }
    EXARCH_CHECK(write_rejections(task, receipt.task));
    return receipt;
}

base::Result<TaskReceipt> Intake::settle_name(const AcceptTask& task, const Row& row,
                                              std::string& known_digest) {
    if (!task.origin.message_id.empty()) {
        Rows rows = find_message_.query(row.message, row.queue);
        EXARCH_TRY(const bool found, rows.next());
        if (found) {
            return duplicate(TaskId(rows.integer(0)), rows.integer(1));
        }
    }
    Rows rows = find_name_.query(task.name, row.sender, row.queue);
    EXARCH_TRY(const bool found, rows.next());
    TaskReceipt receipt{
        .verdict = TaskReceipt::Verdict::accepted, .task = TaskId(row.id), .first_operation = {}};
    if (!found) {
        return receipt;
    }
    known_digest = decode_compact(rows, 2);
    if (known_digest == task.digest) {
        return duplicate(TaskId(rows.integer(0)), rows.integer(1));
    }
    receipt.verdict = TaskReceipt::Verdict::conflict;
    return receipt;
}

base::Result<bool> Intake::insert(const AcceptTask& task, const Row& row) {
    const MessageOrigin& origin = task.origin;
    const std::int64_t operations =
        row.conflict ? 0 : static_cast<std::int64_t>(task.operations.size());
    EXARCH_CHECK(insert_task_.execute(
        row.id, std::int64_t(row.conflict), row.queue, row.message, row.sender,
        null_if_empty(task.name), row.conflict ? row.id : std::int64_t(0), row.digest,
        null_if_empty(task.requester), null_if_empty(task.labels), encode_time(origin.sent_at),
        null_if_empty(origin.group), null_if_empty(origin.sequence_number),
        encode_time(task.accepted_at), row.first_operation, operations));
    return insert_task_.changes() == 1;
}

base::Result<TaskReceipt> Intake::duplicate_of_message(const Row& row) {
    Rows rows = find_message_.query(row.message, row.queue);
    EXARCH_TRY(const bool found, rows.next());
    if (!found) {
        return std::unexpected(base::Error(base::ErrorKind::corrupt,
                                           "the ledger refuses a new task and knows no other of "
                                           "its message: its indexes are damaged"));
    }
    return duplicate(TaskId(rows.integer(0)), rows.integer(1));
}

base::Status Intake::intern_lanes(const AcceptTask& task) {
    lanes_.clear();
    for (const LaneKey& lane : task.lanes) {
        EXARCH_TRY(lanes_.emplace_back(), desk_.names.lane(lane));
    }
    return {};
}

base::Status Intake::write_operations(const AcceptTask& task, TaskId id) {
    const std::span<const NewOperation> operations(task.operations);
    for (std::size_t start = 0; start < operations.size();) {
        std::size_t end = start + 1;
        while (end < operations.size() && same_run(operations[start], operations[end])) {
            ++end;
        }
        const std::int64_t first = desk_.tally.totals.last_operation + 1;
        EXARCH_CHECK(write_run(operations.subspan(start, end - start), id, first));
        desk_.tally.totals.last_operation += static_cast<std::int64_t>(end - start);
        start = end;
    }
    return {};
}

base::Status Intake::write_run(std::span<const NewOperation> run, TaskId id, std::int64_t first) {
    items_.clear();
    for (const NewOperation& operation : run) {
        EXARCH_ASSERT(operation.item.find('\n') == std::string::npos);
        append_item(items_, operation.item);
    }
    const NewOperation& sample = run.front();
    const std::int64_t lane = lanes_.at(sample.lane);
    const auto count = static_cast<std::int64_t>(run.size());
    for (std::int64_t step = 0; step < count; ++step) {
        EXARCH_TRY(const bool is_new,
                   desk_.states.move(OperationId(first + step), OperationState::none,
                                     OperationState::pending));
        EXARCH_ASSERT(is_new);
    }
    desk_.tally.move(lane, OperationState::none, OperationState::pending, count);
    return insert_run_.execute(first, count, id.value(), lane, std::int64_t(sample.priority),
                               encode_time(sample.not_before), encode_time(sample.deadline),
                               items_);
}

base::Status Intake::write_conflict(const AcceptTask& task, TaskId id,
                                    const std::string& known_digest) {
    const std::string reason = conflict_reason(task, known_digest);
    const std::int64_t ended_at = encode_time(task.accepted_at);
    for (const NewOperation& operation : task.operations) {
        const std::int64_t lane = lanes_.at(operation.lane);
        EXARCH_CHECK(insert_rejection_.execute(rejected, id.value(), lane, operation.item, reason,
                                               nullptr, ended_at));
        desk_.tally.move(lane, OperationState::none, OperationState::rejected, 1);
    }
    if (task.operations.empty()) {
        desk_.tally.reject();
        return insert_rejection_.execute(rejected, id.value(), nullptr, nullptr, reason, nullptr,
                                         ended_at);
    }
    return {};
}

base::Status Intake::write_rejections(const AcceptTask& task, TaskId id) {
    const std::int64_t ended_at = encode_time(task.accepted_at);
    for (const Rejection& rejection : task.rejections) {
        std::optional<std::int64_t> lane;
        if (rejection.lane == LaneKey()) {
            desk_.tally.reject();
        } else {
            EXARCH_TRY(lane, desk_.names.lane(rejection.lane));
            desk_.tally.move(*lane, OperationState::none, OperationState::rejected, 1);
        }
        EXARCH_CHECK(insert_rejection_.execute(rejected, id.value(), lane, rejection.place,
                                               rejection.reason, rejection.excerpt, ended_at));
    }
    return {};
}

} // namespace exarch::ledger
