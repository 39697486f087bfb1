#pragma once

#include "core/core.hpp"

#include <string>

namespace exarch::worker {

/// What is measured beside the run's counts.
struct Gauges {
    std::size_t open_operations = 0;
    std::size_t blocked_operations = 0;
    std::size_t ledger_backlog = 0;
    bool is_ready = false;
};

/// In the Prometheus text format, version 0.0.4.
[[nodiscard]] std::string render_metrics(const core::RunCounts& counts, const Gauges& gauges);

} // namespace exarch::worker
