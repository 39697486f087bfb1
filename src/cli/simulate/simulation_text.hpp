#pragma once

#include "cli/simulate/simulation_report.hpp"
#include "cli/terminal/table.hpp"

#include <string>

namespace exarch::cli {

/// For people: both runs, then the slowest accounts as configured.
[[nodiscard]] std::string render_simulation(const SimulationReport& report, const Layout& layout);

} // namespace exarch::cli
