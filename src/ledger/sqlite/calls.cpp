#include "ledger/sqlite/calls.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace exarch::ledger {
namespace {

base::Error contradiction(std::string what) {
    return base::Error(base::ErrorKind::corrupt,
                       "the ledger contradicts what is to be written: " + std::move(what));
}

std::string name_of(CallId call) {
    return "call " + std::to_string(call.value());
}

CallState state_after(CallEnd end) {
    switch (end) {
    case CallEnd::done:
        return CallState::done;
    case CallEnd::refused:
        return CallState::refused;
    case CallEnd::unknown:
        break;
    }
    return CallState::unknown;
}

} // namespace

Calls::Calls(Database& database, Desk desk)
    : desk_(desk), insert_call_(database, "INSERT INTO call (id, state, lane, reference, bound_at) "
                                          "VALUES (?, 0, ?, ?, ?)"),
      insert_content_(database,
                      "INSERT INTO call_content (call, operations, items) VALUES (?, ?, ?)"),
      read_call_(database, "SELECT lane, operations FROM call "
                           "JOIN call_content ON call_content.call = call.id "
                           "WHERE call.id = ? AND state = 0"),
      close_call_(database, "UPDATE call SET state = ?, closed_at = ?, result = ?, request = ?, "
                            "reason = ? WHERE id = ?"),
      read_state_(database, "SELECT state FROM call WHERE id = ?"),
      complete_call_(database, "UPDATE call SET state = 2, completed_at = ? WHERE id = ?"),
      insert_ended_(database, "INSERT INTO unsuccessful (state, task, operation, call, reason, "
                              "ended_at) VALUES (?, ?, ?, ?, ?, ?)") {}

base::Status Calls::move(OperationId id, OperationState from, OperationState to) {
    EXARCH_TRY(const bool moved, desk_.states.move(id, from, to));
    if (!moved) {
        return std::unexpected(
            contradiction("operation " + std::to_string(id.value()) + " is not " + format(from)));
    }
    return {};
}

base::Status Calls::bind(const BindCall& record) {
    if (record.call.value() <= desk_.tally.totals.last_call) {
        return std::unexpected(contradiction(name_of(record.call) + " comes after call " +
                                             std::to_string(desk_.tally.totals.last_call)));
    }
    desk_.tally.totals.last_call = record.call.value();
    EXARCH_TRY(const std::int64_t lane, desk_.names.lane(record.lane));
    for (const OperationId id : record.operations) {
        EXARCH_CHECK(move(id, OperationState::pending, OperationState::bound));
    }
    desk_.tally.move(lane, OperationState::pending, OperationState::bound,
                     static_cast<std::int64_t>(record.operations.size()));
    items_.clear();
    for (const std::string& item : record.items) {
        EXARCH_ASSERT(item.find('\n') == std::string::npos);
        append_item(items_, item);
    }
    const std::string operations = encode_operations(record.operations);
    EXARCH_CHECK(insert_content_.execute(record.call.value(), operations, items_));
    return insert_call_.execute(record.call.value(), lane, record.reference,
                                encode_time(record.bound_at));
}

void Calls::count(const CountAttempt& record) {
    CallCounts& calls = desk_.tally.totals.calls;
    ++calls.sent;
    calls.throttled += int(record.end == AttemptEnd::throttled);
    calls.unknown += int(record.end == AttemptEnd::unknown);
}

base::Result<Calls::OpenCallRow> Calls::read_open(CallId call) {
    Rows rows = read_call_.query(call.value());
    EXARCH_TRY(const bool found, rows.next());
    if (!found) {
        return std::unexpected(contradiction(name_of(call) + " is not open"));
    }
    OpenCallRow row{.lane = rows.integer(0), .operations = {}};
    EXARCH_TRY(row.operations, decode_operations(rows.bytes(1)));
    return row;
}

base::Status Calls::close(const CloseCall& record) {
    EXARCH_TRY(const OpenCallRow call, read_open(record.call));
    EXARCH_CHECK(settle(record, call));
    CallCounts& counts = desk_.tally.totals.calls;
    counts.done += int(record.end == CallEnd::done);
    counts.refused += int(is_refused_by_aws(record));
    return close_call_.execute(static_cast<std::int64_t>(state_after(record.end)),
                               encode_time(record.closed_at), null_if_empty(record.result_id),
                               null_if_empty(record.request_id.value()),
                               null_if_empty(record.reason), record.call.value());
}

base::Status Calls::settle(const CloseCall& record, const OpenCallRow& call) {
    const Ending ending{.call = record.call.value(),
                        .reason = std::nullopt,
                        .ended_at = encode_time(record.closed_at)};
    switch (record.end) {
    case CallEnd::done:
        for (const OperationId id : call.operations) {
            EXARCH_CHECK(move(id, OperationState::bound, OperationState::done));
        }
        desk_.tally.move(call.lane, OperationState::bound, OperationState::done,
                         static_cast<std::int64_t>(call.operations.size()));
        return {};
    case CallEnd::refused:
        return settle_refused(record, call, ending);
    case CallEnd::unknown:
        break;
    }
    return end_all(call.operations, ending);
}

base::Status Calls::settle_refused(const CloseCall& record, const OpenCallRow& call,
                                   const Ending& ending) {
    std::vector<OperationId> failed = record.failed;
    std::ranges::sort(failed);
    std::size_t found = 0;
    for (const OperationId id : call.operations) {
        if (std::ranges::binary_search(failed, id)) {
            ++found;
            continue;
        }
        EXARCH_CHECK(move(id, OperationState::bound, OperationState::pending));
    }
    if (found != failed.size()) {
        return std::unexpected(contradiction(name_of(record.call) +
                                             " does not carry every operation that it is to fail"));
    }
    desk_.tally.move(call.lane, OperationState::bound, OperationState::pending,
                     static_cast<std::int64_t>(call.operations.size() - found));
    return end_all(record.failed, ending);
}

base::Status Calls::end_all(std::span<const OperationId> operations, const Ending& ending) {
    const char letter = char(ending.to);
    for (const OperationId id : operations) {
        EXARCH_CHECK(move(id, ending.from, ending.to));
        EXARCH_TRY(const OperationRun run, desk_.runs.covering(id));
        desk_.tally.move(run.lane, ending.from, ending.to, 1);
        EXARCH_CHECK(insert_ended_.execute(std::string_view(&letter, 1), run.task.value(),
                                           id.value(), ending.call, ending.reason,
                                           ending.ended_at));
    }
    return {};
}

base::Status Calls::complete(const CompleteCall& record) {
    std::optional<CallState> state;
    {
        Rows rows = read_state_.query(record.call.value());
        EXARCH_TRY(const bool found, rows.next());
        if (found) {
            state = static_cast<CallState>(rows.integer(0));
        }
    }
    const bool forgotten = !state && record.call.value() <= desk_.tally.totals.last_call;
    if (forgotten || state == CallState::complete) {
        return {};
    }
    if (state != CallState::done) {
        return std::unexpected(contradiction(name_of(record.call) + " is not done"));
    }
    return complete_call_.execute(encode_time(record.completed_at), record.call.value());
}

base::Status Calls::end(const EndOperations& record) {
    const bool expired = record.end == EndOperations::End::expired;
    return end_all(record.operations,
                   {.from = OperationState::pending,
                    .to = expired ? OperationState::expired : OperationState::failed,
                    .call = std::nullopt,
                    .reason = record.reason,
                    .ended_at = encode_time(record.ended_at)});
}

} // namespace exarch::ledger
