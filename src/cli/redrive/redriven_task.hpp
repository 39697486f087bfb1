#pragma once

#include "base/time.hpp"
#include "cli/submit/outgoing_task.hpp"
#include "ledger/report.hpp"

#include <string>

namespace exarch::cli {

/// A message of the second form that asks again for an operation that ended without success. One
/// each: whatever is chosen together, now or later, an operation's message has the same id, and is
/// known by it to the ledger, also while it is still in the queue.
struct RedrivenTask {
    RawTask raw;
    ledger::EndedOperation operation;
    /// Whether it had a deadline that is past by now, and the task has none.
    bool lost_deadline = false;
};

/// Follows from the operation and its content alone.
[[nodiscard]] std::string redriven_id(const ledger::EndedOperation& operation);

[[nodiscard]] RedrivenTask make_redriven_task(ledger::EndedOperation operation,
                                              base::Timestamp now);

} // namespace exarch::cli
