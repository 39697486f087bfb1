#pragma once

#include "cli/doctor/function_checks.hpp"

namespace exarch::cli {

/// Whether each queue's messages reach the function, and whether those that it could not do come
/// back. What brings it something else than a queue's messages is not looked at.
[[nodiscard]] Findings check_mappings(const FunctionProbe& probe, const MendContext& context);

} // namespace exarch::cli
