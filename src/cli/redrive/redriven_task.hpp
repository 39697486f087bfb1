#pragma once

#include "base/time.hpp"
#include "cli/submit/outgoing_task.hpp"
#include "ledger/report.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace exarch::cli {

/// A message of the second form that asks again for operations that ended without success.
struct RedrivenTask {
    /// Follows from what is redriven alone: the same operations make the same id.
    std::string id;
    RawTask raw;
    std::vector<ledger::EndedOperation> operations;
    /// Whether they had a deadline that is past by now, and the task has none.
    bool lost_deadline = false;
};

/// One task for the operations of a task and lane that ended at one moment, or more where they do
/// not fit into a message. By these and not by what else was chosen, so that choosing otherwise, or
/// once more has ended, makes the same tasks of what has been redriven already.
[[nodiscard]] std::vector<RedrivenTask>
make_redriven_tasks(std::span<const ledger::EndedOperation> operations, base::Timestamp now);

} // namespace exarch::cli
