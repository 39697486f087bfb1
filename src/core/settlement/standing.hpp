#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// Takes from an answer what it says about the account and the resource, whatever it says about
/// the call: breakers open and close, slots prove full or free. What a broken account had bound
/// and certainly not sent waits in its lanes again.
void learn(State& state, LaneState& lane, const Call& call, const CallAnswered& event);

} // namespace exarch::core
