#pragma once

#include "config/config.hpp"
#include "simulation/swarm/plan.hpp"

#include <cstdint>
#include <vector>

namespace exarch::simulation {

/// Everything about a run with a shared table that is settled before it begins.
struct SharedPlan {
    /// Accounts, producers and what strikes.
    Plan plan;
    config::Config config;
    /// For each worker, by how much its calendar is off.
    std::vector<base::Timestamp::duration> clocks;
    std::uint64_t seed = 0;
};

[[nodiscard]] SharedPlan shared_plan_of(const RunParams& params);

} // namespace exarch::simulation
