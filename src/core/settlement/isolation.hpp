#pragma once

#include "core/state.hpp"

#include <optional>

namespace exarch::core {

/// Divides a batch that AWS refused for its content. Its parts stay with the lane, each to be sent
/// as a call of its own; what they carry is open but waits no more with the others.
void keep_parts(State& state, Index lane, Batch refused);

/// Keeps one that was kept before, by whoever had the work.
void keep_part(State& state, Index lane, Batch part);

/// Takes out the first of the lane's parts of which something fits in these slots, made smaller
/// where only so it does. None where there is none.
[[nodiscard]] std::optional<Batch> take_part(State& state, Index lane,
                                             actions::SlotCount available);

/// The lane's parts wait with the others again.
void dissolve_parts(State& state, Index lane);

/// Operations in parts whose time is over wait with the others again, where they end.
void end_parts(State& state);

} // namespace exarch::core
