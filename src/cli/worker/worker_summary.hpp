#pragma once

#include "cli/exit_code.hpp"
#include "cli/terminal/table.hpp"
#include "ledger/report.hpp"
#include "worker/worker.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace exarch::cli {

/// What a run of the worker came to.
struct WorkerSummary {
    worker::WorkerReport report;
    /// What ended badly in this run, newest first.
    std::vector<ledger::EndedOperation> unsuccessful;
};

/// 0 for a run ended by a signal; 1 for a drain after which something has not succeeded.
[[nodiscard]] ExitCode exit_code_of(const WorkerSummary& summary);

[[nodiscard]] std::string render_text(const WorkerSummary& summary, const Layout& layout);
[[nodiscard]] boost::json::object to_json(const WorkerSummary& summary);

} // namespace exarch::cli
