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
    /// For each worker, and then each environment of a function, by how much its calendar is off.
    std::vector<base::Timestamp::duration> clocks;
    /// How many of them are a function's.
    std::size_t functions = 0;
    /// What an invocation gets.
    base::Duration function_time = std::chrono::seconds(60);
    /// Some writes take seconds, so that others come in between, faults or not.
    bool has_late_writes = true;
    std::uint64_t seed = 0;
};

/// What a worker, or a function, is told of such a world.
[[nodiscard]] config::Config config_of(const WorldParams& world, base::Duration lease);

[[nodiscard]] SharedPlan shared_plan_of(const RunParams& params);

} // namespace exarch::simulation
