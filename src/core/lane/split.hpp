#pragma once

#include "core/lane/lane.hpp"

#include <utility>

namespace exarch::core {

/// Divides a refused batch of at least two items in two, each item with the operations it settles.
/// The cut is where one requester's items end and another's begin, the nearest such place to the
/// middle; failing that, between two tasks; failing that, in the middle. So a task's culprit
/// costs other requesters one further call, and other tasks a few.
[[nodiscard]] std::pair<Batch, Batch> split(Batch batch);

/// Divides a batch into what takes path slots and what takes wildcard slots; it has both.
[[nodiscard]] std::pair<Batch, Batch> split_by_kind(const actions::Action& action, Batch batch);

} // namespace exarch::core
