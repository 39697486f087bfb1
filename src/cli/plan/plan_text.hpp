#pragma once

#include "cli/plan/plan_report.hpp"
#include "cli/terminal/table.hpp"

#include <string>

namespace exarch::cli {

/// For people: by account, then what is covered and what would be rejected, the first of each.
[[nodiscard]] std::string render_plan(const PlanReport& report, const Layout& layout);

} // namespace exarch::cli
