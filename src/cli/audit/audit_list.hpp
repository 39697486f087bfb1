#pragma once

#include "cli/terminal/table.hpp"
#include "ledger/report.hpp"

#include <string>
#include <vector>

namespace exarch::cli {

/// For people: how each of these ended, what did it, and on whose behalf; empty where there are
/// none.
[[nodiscard]] std::string render_endings(const std::vector<ledger::EndedOperation>& endings,
                                         const Layout& layout);

} // namespace exarch::cli
