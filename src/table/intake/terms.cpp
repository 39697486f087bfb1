#include "table/intake/terms.hpp"

#include "table/items/keys.hpp"

#include <algorithm>

namespace exarch::table {
namespace {

/// Until when a batch is to be kept that is written at `now`.
base::Timestamp keep_until(const Batch& batch, base::Timestamp now, const IntakeTerms& terms,
                           const Retention& retention) {
    base::Timestamp last = batch.is_void ? now : batch.accepted_at;
    for (const ledger::AcceptTask& task : batch.tasks) {
        for (const ledger::NewOperation& operation : task.operations) {
            last = std::max(last, operation.not_before.value_or(last));
        }
    }
    // What a claim names has to be there for as long, or the message would be taken for new; and it
    // is claimed a while after it came. For as long nobody may have worked: what was to expire
    // meanwhile has to be there to be told of.
    constexpr std::chrono::hours claimed_within(1);
    return last + terms.max_age + std::max(retention.settled, terms.duplicates + claimed_within);
}

} // namespace

aws::PutItem placing(const base::AccountId& account, const Batch& batch, base::Timestamp now,
                     const IntakeTerms& terms, const Retention& retention) {
    return {.item = batch_item(account, batch, keep_until(batch, now, terms, retention)),
            .condition = if_absent()};
}

} // namespace exarch::table
