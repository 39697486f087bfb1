#pragma once

#include "ledger/operation_state.hpp"
#include "ledger/sqlite/statement.hpp"

#include <map>

namespace exarch::ledger {

/// The counts of all operations and calls and the last ids given, as the table `ledger` keeps
/// them. They count for the life of a ledger: forgetting settled work changes none.
struct LedgerTotals {
    OperationCounts operations;
    CallCounts calls;
    std::int64_t last_task = 0;
    std::int64_t last_operation = 0;
    std::int64_t last_call = 0;

    friend bool operator==(const LedgerTotals&, const LedgerTotals&) = default;
};

[[nodiscard]] base::Result<LedgerTotals> read_totals(Database& database);

/// Keeps the totals and the counts of each lane, in the transaction that changes what they count.
class Tally {
public:
    explicit Tally(Database& database);

    [[nodiscard]] base::Status load();

    LedgerTotals totals;

    /// Counts `steps` operations of a lane out of `from` and into `to`. `none` counts nowhere.
    void move(std::int64_t lane, OperationState from, OperationState to, std::int64_t steps);
    /// Counts a rejection that belongs to no lane.
    void reject() { ++totals.operations.rejected; }

    /// Writes what changed: nothing where every message was a duplicate, and then the commit
    /// costs no write to the disk.
    [[nodiscard]] base::Status flush();

private:
    Database* database_;
    LedgerTotals written_;
    std::map<std::int64_t, OperationCounts> lanes_;
    Statement write_totals_;
    Statement write_lane_;
};

} // namespace exarch::ledger
