#pragma once

#include "base/result.hpp"
#include "cli/command_line.hpp"
#include "ledger/report.hpp"

namespace exarch::cli {

/// What a selection asks a ledger for. Fails as invalid where the task is not in it.
[[nodiscard]] base::Result<ledger::EndingQuery> query_of(ledger::Reporter& reporter,
                                                         const Selection& selection);

} // namespace exarch::cli
