#pragma once

#include "simulation/swarm/run.hpp"

namespace exarch::simulation {

/// As run(), of several workers that share a table.
[[nodiscard]] RunOutcome run_shared(const RunParams& params);

} // namespace exarch::simulation
