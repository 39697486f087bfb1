#pragma once

#include "base/result.hpp"
#include "cli/command_line.hpp"
#include "ledger/report.hpp"

#include <cstdint>
#include <vector>

namespace exarch::cli {

/// What a selection meets in a ledger.
struct Selected {
    /// Failed and expired ones, the earliest first.
    std::vector<ledger::EndedOperation> operations;
    /// Those among them that the ledger shows to have been redriven before.
    std::vector<ledger::EndedOperation> known;
    /// Left out because they may have taken effect.
    std::int64_t unknown = 0;
    /// Left out because they never became operations.
    std::int64_t rejected = 0;
    /// Whether there are more.
    bool is_cut = false;
};

/// Chooses in all of a ledger, the latest first, until `chosen_max` are found that have not been
/// redriven; of those that have it keeps as many. Fails as invalid where the task or one of the
/// operations is not there, or where all that is met was rejected.
[[nodiscard]] base::Result<Selected>
select(ledger::Reporter& reporter, const RedriveSelection& selection, std::int64_t chosen_max);

} // namespace exarch::cli
