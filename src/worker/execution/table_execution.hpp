#pragma once

#include "base/environment.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "route/route.hpp"
#include "table/table.hpp"
#include "worker/accounts/account_runs.hpp"
#include "worker/accounts/message_taker.hpp"
#include "worker/crash_point.hpp"
#include "worker/execution/execution.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>

namespace exarch::worker {

/// The ledger in a table that any number of processes share: whoever receives a message takes it
/// in, and whoever holds an account's lease carries out what the account has to do.
class TableExecution final : public Execution {
public:
    /// All of it must outlive the execution and the executor's work.
    struct Parts {
        boost::asio::any_io_executor executor;
        const base::Clock& clock;
        base::Entropy& entropy;
        base::Log& log;
        const config::Config& config;
        CrashPoints& crash_points;
        route::Route& route;
        table::Table& table;
        /// Whether a ledger can be kept in it; asked once, before anything else is.
        std::function<boost::asio::awaitable<base::Status>()> check;
        /// Ends when nothing is left to do, so others' work is waited for.
        bool is_draining = false;
    };

    TableExecution(Parts parts, Callbacks callbacks);

    void start() override;
    void take_in(core::MessagesReceived messages) override { taker_.take_in(std::move(messages)); }
    void stop() override { runs_.stop(); }
    [[nodiscard]] bool wants_messages() const override { return taker_.wants_messages(); }
    [[nodiscard]] std::size_t
    fitting(std::span<const core::ReceivedMessage> messages) const override {
        return taker_.wants_messages() ? messages.size() : 0;
    }
    [[nodiscard]] core::RunCounts counts() const override;
    [[nodiscard]] std::size_t open_operations() const override { return runs_.open_operations(); }
    [[nodiscard]] core::Outlook outlook() const override;
    [[nodiscard]] std::size_t backlog() const override;
    [[nodiscard]] bool is_idle() const override {
        return !is_checking_ && taker_.is_idle() && runs_.is_idle();
    }

private:
    [[nodiscard]] boost::asio::awaitable<void> begin();

    boost::asio::any_io_executor executor_;
    std::function<boost::asio::awaitable<base::Status>()> check_;
    std::function<void(base::Error)> failed_;
    bool is_checking_ = false;
    AccountRuns runs_;
    MessageTaker taker_;
};

} // namespace exarch::worker
