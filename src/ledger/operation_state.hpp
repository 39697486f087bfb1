#pragma once

#include "ledger/report.hpp"

#include <cstdint>

namespace exarch::ledger {

/// Where an operation stands. It is in exactly one state, and moves only
/// pending -> bound -> done | failed | pending, or pending -> expired | failed.
/// The values are the letters of `operation_state.states` in an SQLite ledger.
enum class OperationState : char {
    /// Never given, or settled so long ago that it is forgotten.
    none = '.',
    pending = 'p',
    bound = 'b',
    done = 'd',
    failed = 'f',
    expired = 'x',
    /// Part of a message that was never accepted: has no OperationId.
    rejected = 'r',
};

[[nodiscard]] constexpr bool is_open(OperationState state) {
    return state == OperationState::pending || state == OperationState::bound;
}

/// The field of `counts` that counts operations in `state`; null for `none`.
[[nodiscard]] constexpr std::int64_t* count_of(OperationCounts& counts, OperationState state) {
    switch (state) {
    case OperationState::pending:
        return &counts.pending;
    case OperationState::bound:
        return &counts.bound;
    case OperationState::done:
        return &counts.done;
    case OperationState::failed:
        return &counts.failed;
    case OperationState::expired:
        return &counts.expired;
    case OperationState::rejected:
        return &counts.rejected;
    case OperationState::none:
        break;
    }
    return nullptr;
}

/// Counts `steps` operations more in `state`; nothing for `none`.
constexpr void count(OperationCounts& counts, OperationState state, std::int64_t steps) {
    if (std::int64_t* field = count_of(counts, state)) {
        *field += steps;
    }
}

/// `failed`, `rejected` or `expired`, as EndedOperation tells it.
[[nodiscard]] constexpr const char* format(OperationState state) {
    switch (state) {
    case OperationState::pending:
        return "pending";
    case OperationState::bound:
        return "bound";
    case OperationState::done:
        return "done";
    case OperationState::failed:
        return "failed";
    case OperationState::expired:
        return "expired";
    case OperationState::rejected:
        return "rejected";
    case OperationState::none:
        break;
    }
    return "none";
}

} // namespace exarch::ledger
