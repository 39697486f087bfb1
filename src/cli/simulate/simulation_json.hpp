#pragma once

#include "cli/simulate/simulation_report.hpp"

#include <boost/json/object.hpp>

namespace exarch::cli {

/// Both runs, with every account of the first and its course in time.
[[nodiscard]] boost::json::object to_json(const SimulationReport& report);

} // namespace exarch::cli
