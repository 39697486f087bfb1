#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// Reads messages into tasks, to be committed at the end of this step.
void receive(State& state, MessagesReceived& received);

/// A commit is durable: its operations are accepted, its messages deletable, its calls may leave.
void committed(State& state, Committed& commit);

/// Since when an operation grows old: a wish for later does not before its time has come.
[[nodiscard]] base::Timestamp aging_of(base::Timestamp accepted_at,
                                       std::optional<base::Timestamp> not_before);

/// When an operation that grows old since then, and must be settled by then, is given up.
[[nodiscard]] base::Timestamp expiry_of(const CoreParams& params, base::Timestamp ages_from,
                                        std::optional<base::Timestamp> deadline = std::nullopt);

} // namespace exarch::core
