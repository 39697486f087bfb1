#pragma once

#include "core/state.hpp"

#include <string>
#include <vector>

namespace exarch::simulation {

/// What the core keeps twice — counts, orders, slots that are held — worked out anew from its
/// calls, lanes and operations, and compared. Each difference in words; none where all agrees, as
/// it must between steps.
[[nodiscard]] std::vector<std::string> check_state(const core::State& state);

} // namespace exarch::simulation
