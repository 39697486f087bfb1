#pragma once

#include "ledger/ledger.hpp"
#include "ledger/sqlite/tally.hpp"

namespace exarch::ledger {

/// Hands everything open to `restorer`, without reading settled work. The caller holds a
/// transaction, so that it is of one moment.
/// Fails as corrupt where the open operations, the open calls and the counts do not agree.
[[nodiscard]] base::Status load_open(Database& database, const LedgerTotals& totals,
                                     Restorer& restorer);

} // namespace exarch::ledger
