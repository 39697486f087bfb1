#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// Starts what may start now and ends what is over: operations behind their not_before, waiting
/// operations at their expiry, calls whose operations or whose chance to be settled have ended.
void pass_deadlines(State& state);

/// The next moment at which that has something to do.
[[nodiscard]] std::optional<base::Timestamp> next_deadline(const State& state);

} // namespace exarch::core
