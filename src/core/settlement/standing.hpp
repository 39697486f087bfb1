#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// Takes from an answer what it says about the account and the resource, whatever it says about
/// the call: breakers open and close, slots prove full or free. What a broken account had bound
/// and certainly not sent waits in its lanes again.
void learn(State& state, LaneState& lane, const Call& call, const CallAnswered& event);

/// What has nothing open needs no standing: there the breaker closes, so that it is kept nowhere,
/// and what comes later is tried like anything else. Between steps only, for within one what has
/// left a call may be about to wait again.
void forget_standing(State& state);

} // namespace exarch::core
