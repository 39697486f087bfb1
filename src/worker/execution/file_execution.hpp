#pragma once

#include "base/environment.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "ledger/sqlite.hpp"
#include "route/route.hpp"
#include "worker/commits/ledger_writer.hpp"
#include "worker/crash_point.hpp"
#include "worker/engine.hpp"
#include "worker/execution/execution.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>

namespace exarch::worker {

/// The ledger in a file, which one process at a time holds: one core for all accounts.
class FileExecution final : public Execution {
public:
    /// All of it must outlive the execution and the executor's work.
    struct Parts {
        boost::asio::any_io_executor executor;
        const base::Clock& clock;
        base::Entropy& entropy;
        base::Log& log;
        const config::Config& config;
        CrashPoints& crash_points;
    };

    /// Opens the ledger and takes over what is open in it, which may take long. Fails as both do.
    [[nodiscard]] static base::Result<std::unique_ptr<FileExecution>> open(Parts parts);
    /// Before all else, once.
    void connect(route::Route& route, Callbacks callbacks);

    void start() override { engine_->start(); }
    void take_in(core::MessagesReceived messages) override { engine_->feed(std::move(messages)); }
    void stop() override { engine_->stop_sending(); }
    void prune() override;
    [[nodiscard]] bool wants_messages() const override { return core_.wants_messages(); }
    [[nodiscard]] std::size_t
    fitting(std::span<const core::ReceivedMessage> messages) const override {
        return core_.fitting(messages);
    }
    [[nodiscard]] core::RunCounts counts() const override { return core_.counts(); }
    [[nodiscard]] std::size_t open_operations() const override { return core_.open_operations(); }
    [[nodiscard]] core::Outlook outlook() const override { return core_.outlook(); }
    [[nodiscard]] std::size_t backlog() const override { return writer_->backlog(); }
    [[nodiscard]] bool is_idle() const override { return engine_->is_idle(); }

private:
    explicit FileExecution(Parts parts);

    Parts parts_;
    core::Core core_;
    std::unique_ptr<ledger::SqliteLedger> ledger_;
    std::optional<LedgerWriter> writer_;
    std::optional<Engine> engine_;
};

} // namespace exarch::worker
