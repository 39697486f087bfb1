#include "worker/execution/file_execution.hpp"

#include "worker/setup.hpp"

#include <chrono>
#include <utility>

namespace exarch::worker {

FileExecution::FileExecution(Parts parts)
    : parts_(std::move(parts)), core_(core_params(parts_.config, parts_.entropy)) {}

base::Result<std::unique_ptr<FileExecution>> FileExecution::open(Parts parts) {
    std::unique_ptr<FileExecution> execution(new FileExecution(std::move(parts)));
    const Parts& own = execution->parts_;
    ledger::SqliteParams params;
    params.path = own.config.ledger_path;
    EXARCH_TRY(execution->ledger_,
               ledger::SqliteLedger::open(params, own.entropy, own.clock.now().wall));
    EXARCH_CHECK(execution->core_.restore(*execution->ledger_, own.clock.now()));
    execution->writer_.emplace(own.executor, *execution->ledger_, own.crash_points);
    return execution;
}

void FileExecution::connect(route::Route& route, Callbacks callbacks) {
    engine_.emplace(EngineParts{parts_.executor, parts_.clock, parts_.log, core_, *writer_, route,
                                parts_.crash_points},
                    Engine::Callbacks{.delete_messages = std::move(callbacks.delete_messages),
                                      .failed = std::move(callbacks.failed)});
}

void FileExecution::prune() {
    const auto ago = [this](base::Duration duration) {
        return parts_.clock.now().wall -
               std::chrono::duration_cast<base::Timestamp::duration>(duration);
    };
    writer_->prune(ago(parts_.config.lifetimes.settled), ago(parts_.config.lifetimes.duplicates));
}

} // namespace exarch::worker
