#pragma once

#include "actions/action.hpp"

#include <span>

namespace exarch::actions {

/// Every action there is, in the order of their names. A new action is one line in registry.cpp.
[[nodiscard]] std::span<const Action* const> all();

/// None where no action has this name.
[[nodiscard]] const Action* find(std::string_view name);

} // namespace exarch::actions
