#pragma once

#include "simulation/swarm/run.hpp"

#include <functional>
#include <string>

namespace exarch::simulation {

/// How a run fails, where it does: the rule it broke, or `abort` where an assertion of the core
/// ended the process; empty where it does not.
using Trial = std::function<std::string(const RunParams&)>;

/// The same in a process of its own, so that an abort ends only that.
[[nodiscard]] std::string try_apart(const RunParams& params);

/// Leaves out of a failing run whatever it fails without: kinds of faults, messages, wishes. Ends
/// with a run that breaks the same rule, mostly in a few lines.
[[nodiscard]] RunParams shrink(RunParams failing, const Trial& trial);

} // namespace exarch::simulation
