#include "ledger/sqlite/endings.hpp"

#include "ledger/operation_state.hpp"
#include "ledger/sqlite/calls.hpp"
#include "ledger/sqlite/columns.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace exarch::ledger {
namespace {

LaneKey read_lane(const Rows& rows, int column) {
    return {.account = base::AccountId(rows.bytes(column)),
            .action = rows.text(column + 1),
            .resource = rows.text(column + 2)};
}

bool wants(const EndingQuery& query, OperationState state) {
    return query.states.empty() ||
           std::ranges::find(query.states, format(state)) != query.states.end();
}

base::Error damaged(const std::string& what) {
    return base::Error(base::ErrorKind::corrupt, "the ledger contradicts itself: " + what);
}

} // namespace

Endings::Endings(Database& database)
    : newest_unsuccessful_(database,
                           "SELECT id, ended_at, operation FROM unsuccessful WHERE ended_at >= ? "
                           "ORDER BY ended_at DESC, id DESC"),
      newest_finished_(database, "SELECT id, closed_at FROM call WHERE state >= 2 AND state = 2 "
                                 "AND closed_at >= ? ORDER BY closed_at DESC, id DESC"),
      newest_unfinished_(database, "SELECT id, closed_at FROM call WHERE state < 2 AND state = 1 "
                                   "AND closed_at >= ? ORDER BY closed_at DESC, id DESC"),
      read_unsuccessful_(database,
                         "SELECT unsuccessful.operation, unsuccessful.state, account, action, "
                         "resource, item, coalesce(unsuccessful.reason, call.reason), reference, "
                         "request, ended_at, excerpt, call.state, task, call.id, bound_at, result "
                         "FROM unsuccessful LEFT JOIN lane ON lane.id = unsuccessful.lane "
                         "LEFT JOIN call ON call.id = unsuccessful.call WHERE unsuccessful.id = ?"),
      read_call_(database, "SELECT account, action, resource, reference, bound_at, closed_at, "
                           "result, request, forgotten, operations FROM call "
                           "JOIN call_content ON call = call.id JOIN lane ON lane.id = call.lane "
                           "WHERE call.id = ?"),
      read_run_(database, "SELECT account, action, resource, first, count, task, priority, "
                          "deadline, items FROM operation_run JOIN lane ON lane.id = lane "
                          "WHERE first <= ? ORDER BY first DESC LIMIT 1"),
      read_task_(database, "SELECT message, task.name, requester, labels, accepted_at, sender.name "
                           "FROM task JOIN sender ON sender.id = task.sender WHERE task.id = ?"),
      read_extent_(database,
                   "SELECT accepted_at, first_operation, operations FROM task WHERE id = ?") {}

base::Status Endings::step(Cursor& cursor) {
    EXARCH_TRY(cursor.is_there, cursor.rows.next());
    if (cursor.is_there) {
        cursor.id = cursor.rows.integer(0);
        cursor.ended_at = cursor.rows.integer(1);
    }
    return {};
}

// Nothing ends before it is accepted, so a search for a few need not go back further.
base::Result<std::int64_t> Endings::prepare(const EndingQuery& query) {
    std::vector<std::int64_t> tasks;
    tasks.reserve(query.tasks.size() + query.operations.size());
    for (const TaskKey& task : query.tasks) {
        tasks.push_back(task.number.value());
    }
    for (const OperationKey& operation : query.operations) {
        Rows rows = read_run_.query(operation.number.value());
        EXARCH_TRY(const bool found, rows.next());
        tasks.push_back(found ? rows.integer(5) : 0);
    }
    ranges_.clear();
    std::int64_t accepted = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t task : tasks) {
        Rows rows = read_extent_.query(task);
        EXARCH_TRY(const bool found, rows.next());
        if (found) {
            accepted = std::min(accepted, rows.integer(0));
            ranges_.emplace_back(rows.integer(1), rows.integer(1) + rows.integer(2));
        }
    }
    const auto least = std::numeric_limits<std::int64_t>::min();
    const std::int64_t since = query.since.has_value() ? encode_time(*query.since) : least;
    return std::max(tasks.empty() ? least : accepted, since);
}

// Without reading anything about it. What was rejected has no id of its own.
bool Endings::may_meet(OperationId operation, const EndingQuery& query) const {
    if (!query.operations.empty()) {
        return std::ranges::find(query.operations, OperationKey(operation)) !=
               query.operations.end();
    }
    return ranges_.empty() || operation == OperationId() ||
           std::ranges::any_of(ranges_, [&](const auto& range) {
               return operation.value() >= range.first && operation.value() < range.second;
           });
}

base::Status Endings::visit(const EndingQuery& query, const EndingSink& taker) {
    std::size_t left = query.operations.size();
    const EndingSink sink = [&](const EndedOperation& ended) {
        // Whoever asks for a few has them then.
        const bool is_last = left > 0 && --left == 0;
        return taker(ended) && !is_last;
    };
    run_ = {};
    task_ = {};
    EXARCH_TRY(const std::int64_t since, prepare(query));
    // At one moment what did not succeed comes first.
    std::array<Cursor, 3> cursors{Cursor{newest_unsuccessful_.query(since)},
                                  Cursor{newest_finished_.query(since)},
                                  Cursor{newest_unfinished_.query(since)}};
    for (Cursor& cursor : cursors) {
        EXARCH_CHECK(step(cursor));
    }
    const auto rank = [&](const Cursor& cursor) {
        return std::tuple(cursor.is_there, cursor.ended_at, &cursor == cursors.data(), cursor.id);
    };
    bool goes_on = true;
    while (goes_on) {
        Cursor& next = *std::ranges::max_element(cursors, {}, rank);
        if (!next.is_there) {
            break;
        }
        if (&next == cursors.data()) {
            EXARCH_TRY(goes_on, visit_unsuccessful(next, query, sink));
        } else if (wants(query, OperationState::done) && query.reason_part.empty()) {
            EXARCH_TRY(goes_on, visit_call(next.id, query, sink));
        }
        EXARCH_CHECK(step(next));
    }
    return {};
}

base::Result<bool> Endings::visit_unsuccessful(const Cursor& cursor, const EndingQuery& query,
                                               const EndingSink& sink) {
    if (!may_meet(OperationId(cursor.rows.integer(2)), query)) {
        return true;
    }
    EXARCH_TRY(const EndedOperation ended, unsuccessful(cursor.id));
    return !meets(ended, query) || sink(ended);
}

base::Result<bool> Endings::visit_call(std::int64_t id, const EndingQuery& query,
                                       const EndingSink& sink) {
    EndedOperation report;
    std::vector<OperationId> operations;
    {
        Rows rows = read_call_.query(id);
        EXARCH_TRY(const bool found, rows.next());
        if (!found) {
            return std::unexpected(damaged("call " + std::to_string(id) + " has no content"));
        }
        report.lane = read_lane(rows, 0);
        if (!query.account.empty() && report.lane.account != query.account) {
            return true;
        }
        report.state = format(OperationState::done);
        report.reference = rows.text(3);
        report.bound_at = decode_time(rows.integer(4));
        report.ended_at = decode_time(rows.integer(5));
        report.result_id = rows.text(6);
        report.request_id = base::RequestId(rows.bytes(7));
        report.call = CallId(id);
        EXARCH_TRY(operations, decode_operations(rows.bytes(9)));
        const auto forgotten = std::min<std::int64_t>(rows.integer(8), std::ssize(operations));
        operations.erase(operations.begin(), operations.begin() + forgotten);
    }
    for (const OperationId operation : operations) {
        if (!may_meet(operation, query)) {
            continue;
        }
        report.id = operation;
        EXARCH_TRY(const bool is_known, tell_operation(report));
        if (is_known && meets(report, query) && !sink(report)) {
            return false;
        }
    }
    return true;
}

base::Result<EndedOperation> Endings::unsuccessful(std::int64_t row) {
    Rows rows = read_unsuccessful_.query(row);
    EXARCH_TRY(const bool is_there, rows.next());
    const std::string_view letter = rows.bytes(1);
    if (!is_there || letter.empty()) {
        return std::unexpected(damaged("ending " + std::to_string(row) + " has no state"));
    }
    EndedOperation report;
    report.id = OperationId(rows.integer(0));
    report.state = format(OperationState(letter.front()));
    report.lane = read_lane(rows, 2);
    report.item = rows.text(5);
    report.reason = rows.text(6);
    report.reference = rows.text(7);
    report.request_id = base::RequestId(rows.bytes(8));
    report.ended_at = decode_time(rows.integer(9));
    report.excerpt = rows.text(10);
    report.is_outcome_unknown = CallState(rows.integer(11)) == CallState::unknown;
    report.task = TaskId(rows.integer(12));
    report.call = CallId(rows.integer(13));
    report.bound_at = decode_time(rows.integer_or_none(14));
    report.result_id = rows.text(15);
    if (report.id == OperationKey()) {
        EXARCH_CHECK(tell_task(report));
        return report;
    }
    EXARCH_TRY([[maybe_unused]] const bool is_known, tell_operation(report));
    return report;
}

base::Result<bool> Endings::tell_operation(EndedOperation& report) {
    const std::int64_t id = report.id.number.value();
    if (id < run_.first || id >= run_.first + run_.count) {
        Rows rows = read_run_.query(id);
        EXARCH_TRY(const bool found, rows.next());
        if (!found || id >= rows.integer(3) + rows.integer(4)) {
            return false;
        }
        run_.first = rows.integer(3);
        run_.count = rows.integer(4);
        run_.sample.lane = read_lane(rows, 0);
        run_.sample.task = TaskId(rows.integer(5));
        run_.sample.priority = static_cast<std::int32_t>(rows.integer(6));
        run_.sample.deadline = decode_time(rows.integer_or_none(7));
        run_.items = decode_items(rows.bytes(8));
    }
    const auto place = static_cast<std::size_t>(id - run_.first);
    report.lane = run_.sample.lane;
    report.task = run_.sample.task;
    report.priority = run_.sample.priority;
    report.deadline = run_.sample.deadline;
    report.item = place < run_.items.size() ? run_.items[place] : std::string();
    EXARCH_CHECK(tell_task(report));
    return true;
}

base::Status Endings::tell_task(EndedOperation& report) {
    if (task_.id != report.task.number.value()) {
        task_ = {};
        Rows rows = read_task_.query(report.task.number.value());
        EXARCH_TRY(const bool found, rows.next());
        if (found) {
            task_.sample.message_id = decode_compact(rows, 0);
            task_.sample.task_name = rows.text(1);
            task_.sample.requester = rows.text(2);
            task_.sample.labels = rows.text(3);
            task_.sample.accepted_at = decode_time(rows.integer(4));
            task_.sample.sender_id = rows.text(5);
        }
        task_.id = report.task.number.value();
    }
    report.message_id = task_.sample.message_id;
    report.task_name = task_.sample.task_name;
    report.requester = task_.sample.requester;
    report.labels = task_.sample.labels;
    report.accepted_at = task_.sample.accepted_at;
    report.sender_id = task_.sample.sender_id;
    return {};
}

} // namespace exarch::ledger
