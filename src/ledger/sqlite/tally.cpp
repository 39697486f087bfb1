#include "ledger/sqlite/tally.hpp"

namespace exarch::ledger {

base::Result<LedgerTotals> read_totals(Database& database) {
    Statement read(database,
                   "SELECT pending, bound, done, failed, rejected, expired, attempts_sent, "
                   "calls_done, attempts_throttled, calls_refused, attempts_unknown, last_task, "
                   "last_operation, last_call FROM ledger");
    Rows rows = read.query();
    EXARCH_TRY(const bool found, rows.next());
    if (!found) {
        return std::unexpected(database.failure(SQLITE_CORRUPT, "read the ledger"));
    }
    return LedgerTotals{.operations = {.pending = rows.integer(0),
                                       .bound = rows.integer(1),
                                       .done = rows.integer(2),
                                       .failed = rows.integer(3),
                                       .rejected = rows.integer(4),
                                       .expired = rows.integer(5)},
                        .calls = {.sent = rows.integer(6),
                                  .done = rows.integer(7),
                                  .throttled = rows.integer(8),
                                  .refused = rows.integer(9),
                                  .unknown = rows.integer(10)},
                        .last_task = rows.integer(11),
                        .last_operation = rows.integer(12),
                        .last_call = rows.integer(13)};
}

Tally::Tally(Database& database)
    : database_(&database),
      write_totals_(database, "UPDATE ledger SET pending = ?, bound = ?, done = ?, failed = ?, "
                              "rejected = ?, expired = ?, attempts_sent = ?, calls_done = ?, "
                              "attempts_throttled = ?, calls_refused = ?, attempts_unknown = ?, "
                              "last_task = ?, last_operation = ?, last_call = ?"),
      write_lane_(database, "UPDATE lane SET pending = pending + ?, bound = bound + ?, "
                            "done = done + ?, failed = failed + ?, rejected = rejected + ?, "
                            "expired = expired + ? WHERE id = ?") {}

base::Status Tally::load() {
    EXARCH_TRY(totals, read_totals(*database_));
    written_ = totals;
    return {};
}

void Tally::move(std::int64_t lane, OperationState from, OperationState to, std::int64_t steps) {
    OperationCounts& counts = lanes_[lane];
    count(counts, from, -steps);
    count(counts, to, steps);
    count(totals.operations, from, -steps);
    count(totals.operations, to, steps);
}

base::Status Tally::flush() {
    for (const auto& [lane, steps] : lanes_) {
        EXARCH_CHECK(write_lane_.execute(steps.pending, steps.bound, steps.done, steps.failed,
                                         steps.rejected, steps.expired, lane));
    }
    lanes_.clear();
    if (totals == written_) {
        return {};
    }
    written_ = totals;
    const OperationCounts& operations = totals.operations;
    const CallCounts& calls = totals.calls;
    return write_totals_.execute(
        operations.pending, operations.bound, operations.done, operations.failed,
        operations.rejected, operations.expired, calls.sent, calls.done, calls.throttled,
        calls.refused, calls.unknown, totals.last_task, totals.last_operation, totals.last_call);
}

} // namespace exarch::ledger
