#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// Forgets lanes in which nothing is open or in progress, where there are more than
/// CoreParams::idle_lanes_max. What is learned of a lane (how long AWS takes, how much it lets be
/// in progress) goes with it, and is learned again. Looks at a few for each lane that was made
/// or came to an end of its work since, so that it costs next to nothing. Between steps only: a
/// step may hold the number of a lane in which nothing waits yet.
void forget_idle_lanes(State& state);

} // namespace exarch::core
