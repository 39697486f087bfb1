#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// Starts what may start now and ends what is over: operations behind their not_before, waiting
/// operations at their expiry, calls whose operations or whose chance to be settled have ended.
void pass_deadlines(State& state);

/// The next moment at which that has something to do.
[[nodiscard]] std::optional<base::Timestamp> next_deadline(const State& state);

/// Since when an operation grows old: a wish for later does not before its time has come.
[[nodiscard]] base::Timestamp aging_of(base::Timestamp accepted_at,
                                       std::optional<base::Timestamp> not_before);

/// When an operation that grows old since then, and must be settled by then, is given up.
[[nodiscard]] base::Timestamp expiry_of(const CoreParams& params, base::Timestamp ages_from,
                                        std::optional<base::Timestamp> deadline = std::nullopt);

} // namespace exarch::core
