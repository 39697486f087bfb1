#pragma once

#include "base/result.hpp"
#include "cli/command_line.hpp"
#include "ledger/report.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace exarch::cli {

/// What a selection meets in a ledger.
struct Selected {
    /// Failed and expired ones, the earliest first.
    std::vector<ledger::EndedOperation> operations;
    /// Left out because they may have taken effect.
    std::int64_t unknown = 0;
    /// Left out because they never became operations.
    std::int64_t rejected = 0;
    /// Whether there may be more than was looked at.
    bool is_cut = false;
};

/// Keeps of `ended` what the selection means.
[[nodiscard]] Selected select(std::vector<ledger::EndedOperation> ended,
                              const RedriveSelection& selection);

/// The same of a ledger, of which it looks at the newest `ended_max`; of a named task's at as many.
/// Fails as invalid where the task or one of the operations is not among them, or where all that
/// is met was rejected.
[[nodiscard]] base::Result<Selected>
select(ledger::Reporter& reporter, const RedriveSelection& selection, std::int64_t ended_max);

} // namespace exarch::cli
