#pragma once

#include "simulate/simulation.hpp"

namespace exarch::cli {

/// A workload carried out twice.
struct SimulationReport {
    simulate::SimulationResult as_configured;
    simulate::SimulationResult twice_the_quotas;
};

/// Nothing is rejected, fails or expires as configured.
[[nodiscard]] inline bool is_sound(const SimulationReport& report) {
    const simulate::SimulationResult& result = report.as_configured;
    return result.rejected == 0 && result.all.failed == 0 && result.all.expired == 0;
}

/// How many of the slowest accounts are told.
inline constexpr std::size_t slowest_max = 10;

/// The accounts with the longest waits, longest first, at most slowest_max.
[[nodiscard]] std::vector<const simulate::AccountRun*>
slowest_accounts(const simulate::SimulationResult& result);

} // namespace exarch::cli
