#pragma once

#include "base/environment.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "core/core.hpp"
#include "queue/dead_letters.hpp"

#include <functional>
#include <vector>

namespace exarch::worker {

struct WorkerOptions {
    /// Ends when there is nothing left to do, instead of at SIGTERM.
    bool drain = false;
    base::Duration drain_timeout = std::chrono::minutes(15);
    /// Taken from as well: a message out of one of them is the message that its source delivered.
    std::vector<queue::DeadLetterQueue> dead_letters = {};
};

/// The doors to the outside. All of it must outlive run().
struct WorkerSurroundings {
    const base::Environment& environment;
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Log& log;
    /// Told twice a second how a drain goes on; may be empty.
    std::function<void(const core::RunCounts&, std::size_t open)> on_progress;
};

/// How a run has ended.
struct WorkerReport {
    enum class End : std::uint8_t {
        /// By SIGTERM or SIGINT.
        stopped,
        /// Nothing is left that this run could settle.
        drained,
        /// drain_timeout has passed before that.
        timed_out,
    };
    End end = End::stopped;
    core::RunCounts counts;
    core::Outlook outlook;
};

/// Takes tasks from the configured queues and carries them out, until a signal or, draining, until
/// nothing is left. Blocks. Takes the process's SIGTERM and SIGINT for itself.
/// Fails before anything is taken in where the ledger, AWS's configuration or the queue is not
/// fit: as invalid, not_found, conflict or corrupt for what has to be written or chosen
/// differently, as denied or unreachable for what refuses us; and as system where the ledger can
/// no longer be written, at any time.
[[nodiscard]] base::Result<WorkerReport>
run(const config::Config& config, const WorkerOptions& options, WorkerSurroundings surroundings);

} // namespace exarch::worker
