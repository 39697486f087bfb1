#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// A call's first byte is being written.
void departed(State& state, const CallDeparted& event);

/// A sending has ended: settles the call, sends it again later, or gives its operations back.
void answered(State& state, const CallAnswered& event);

/// AWS's records were looked through for a call whose outcome is unknown.
void proved(State& state, const CallProved& event);

/// Closes a call that was definitely without effect; its operations wait again.
void release(State& state, Call& call, const std::string& reason);

/// The run is ending: gives back what is bound and was never sent.
void give_back_unsent(State& state);

/// Closes a call of which nobody can say whether it took effect; its operations are failed.
void give_up(State& state, Call& call);

} // namespace exarch::core
