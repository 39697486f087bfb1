#pragma once

#include "core/core.hpp"
#include "http/message.hpp"

#include <string>

namespace exarch::worker {

/// What the pages of `worker --listen` tell.
struct WorkerFacts {
    core::RunCounts counts;
    std::size_t open_operations = 0;
    std::size_t blocked_operations = 0;
    std::size_t ledger_backlog = 0;
    /// Empty while messages are taken in.
    std::string why_not_ready;
};

/// `/healthz` (the process answers), `/readyz` (it takes messages in, or why not) and `/metrics`.
[[nodiscard]] http::Response status_page(const http::Request& request, const WorkerFacts& facts);

/// In the Prometheus text format, version 0.0.4.
[[nodiscard]] std::string render_metrics(const WorkerFacts& facts);

} // namespace exarch::worker
