#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// Reads messages into tasks, to be committed at the end of this step.
void receive(State& state, MessagesReceived& received);

/// A commit is durable: its operations are accepted, its messages deletable, its calls may leave.
void committed(State& state, Committed& commit);

/// When an operation that was accepted then, and may start and must be settled then, is given up.
[[nodiscard]] base::Timestamp expiry_of(const CoreParams& params, base::Timestamp accepted_at,
                                        std::optional<base::Timestamp> not_before,
                                        std::optional<base::Timestamp> deadline);

} // namespace exarch::core
