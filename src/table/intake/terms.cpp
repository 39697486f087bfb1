#include "table/intake/terms.hpp"

#include <algorithm>

namespace exarch::table {

base::Timestamp keep_until(const Batch& batch, base::Timestamp now, const IntakeTerms& terms,
                           const Retention& retention) {
    base::Timestamp last = batch.is_void ? now : batch.accepted_at;
    for (const ledger::AcceptTask& task : batch.tasks) {
        for (const ledger::NewOperation& operation : task.operations) {
            last = std::max(last, operation.not_before.value_or(last));
        }
    }
    return last + terms.max_age + retention.settled;
}

} // namespace exarch::table
