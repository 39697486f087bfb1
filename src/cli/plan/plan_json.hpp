#pragma once

#include "cli/plan/plan_report.hpp"

#include <boost/json/object.hpp>

namespace exarch::cli {

[[nodiscard]] boost::json::object to_json(const PlanReport& report);

} // namespace exarch::cli
