#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// Reads messages into tasks, to be committed at the end of this step.
void receive(State& state, MessagesReceived& received);

/// Takes over tasks that are accepted already.
void discovered(State& state, TasksDiscovered& found);

/// A commit is durable: its operations are accepted, its messages deletable, its calls may leave.
void committed(State& state, Committed& commit);

} // namespace exarch::core
