#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// Lets the outlet do what its quota, its breaker and its slots allow now: send a bound call, or
/// bind the next one. Puts it on the agenda for when more will be possible.
void dispatch(State& state, Index outlet);

/// Takes a call that is not on its way out of its outlet's waiting ones, or puts it there.
void stop_waiting(State& state, const Call& call);
void wait_until(State& state, Call& call, base::Instant at);

/// Sets when the call's operations end and when its outcome is given up, and has it looked at then.
void set_ends(State& state, Call& call);

/// Has the call looked at when the calendar says this, and not when it was to be until now.
void look_at(State& state, Call& call, base::Timestamp at);

} // namespace exarch::core
