#pragma once

#include "cli/doctor/finding.hpp"
#include "cli/terminal/table.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace exarch::cli {

/// One paragraph a finding, each with what mends it below, and a line that counts them.
[[nodiscard]] std::string render_findings(const Findings& findings, const Layout& layout);

[[nodiscard]] boost::json::object to_json(const Findings& findings);

/// True where nothing is wrong; warnings are not.
[[nodiscard]] bool is_healthy(const Findings& findings);

} // namespace exarch::cli
