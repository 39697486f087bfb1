#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// A call is done: it holds its slots until AWS is seen, or thought, to have finished its work.
void begin_unfinished(State& state, ledger::CallId call, Unfinished unfinished);

/// Lets the outlet ask about the next done call, as the quota for asking allows. Returns when
/// looking again may help.
[[nodiscard]] base::Instant ask_progress(State& state, Index outlet);

/// Work waits for slots: what holds them is asked about soon.
void urge_progress(State& state, Outlet& outlet);

/// A call was taken, or refused for want of slots: where slots had been taken to be free, the first
/// such answer tells whether they were.
void judge_estimate(State& state, const Call& call, bool had_slots);

void progress_read(State& state, const ProgressRead& read);

} // namespace exarch::core
