#pragma once

#include "simulation/swarm/run.hpp"

#include <string>

namespace exarch::simulation {

/// What the runs came to, for people: events and virtual time, faults by kind, probes.
[[nodiscard]] std::string describe(const RunTotals& totals, double seconds,
                                   const std::string& digest);

/// The story of a failing run, its rule, and how to make it again.
[[nodiscard]] std::string tell(const RunParams& params, const std::string& rule);

/// Rare branches of the core that no run in this process has reached.
[[nodiscard]] std::string probes_missed(std::uint64_t workers = 0);

} // namespace exarch::simulation
