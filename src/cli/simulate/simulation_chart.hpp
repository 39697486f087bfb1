#pragma once

#include "cli/simulate/simulation_report.hpp"

#include <string>

namespace exarch::cli {

/// An SVG picture of the run as configured: operations waiting, and calls a second, over time.
[[nodiscard]] std::string render_chart(const SimulationReport& report);

} // namespace exarch::cli
