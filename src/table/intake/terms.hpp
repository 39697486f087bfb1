#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "base/identifier.hpp"
#include "base/time.hpp"
#include "table/account_view.hpp"
#include "table/items/batch.hpp"

#include <chrono>
#include <cstddef>

namespace exarch::table {

struct IntakeTerms {
    /// For how long a claim that led to nothing is left to whoever made it.
    std::chrono::milliseconds claim_patience = std::chrono::seconds(30);
    /// How long a message, or a task's name, is known.
    std::chrono::milliseconds duplicates = std::chrono::hours(15 * 24);
    /// Beyond what is settled: how long an operation may stay unsettled.
    std::chrono::milliseconds max_age = std::chrono::hours(24);
    /// How long messages are claimed for batches whose numbers are reserved, and up to twice that
    /// where the table is slow, for others wait for those no longer than LeaseTerms::gap_patience,
    /// four times as long: what is left then goes into other batches.
    std::chrono::milliseconds claiming = std::chrono::milliseconds(3'750);
    /// Requests under way at once.
    std::size_t width = 32;
};

/// Puts the batch into the account's log at `now`, where none has its number, to be kept for as
/// long as it has to be.
[[nodiscard]] aws::PutItem placing(const base::AccountId& account, const Batch& batch,
                                   base::Timestamp now, const IntakeTerms& terms,
                                   const Retention& retention);

} // namespace exarch::table
