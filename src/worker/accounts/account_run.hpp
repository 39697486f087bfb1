#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/core.hpp"
#include "route/route.hpp"
#include "table/account_ledger.hpp"
#include "table/tenure.hpp"
#include "worker/accounts/fenced_route.hpp"
#include "worker/commits/commit_writer.hpp"
#include "worker/crash_point.hpp"
#include "worker/engine.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace exarch::worker {

/// How an account's work is held.
struct AccountTerms {
    table::TenureTerms tenure;
    /// How long a call may take, with the session that it may need first.
    base::Duration call_longest{};
    /// The call alone.
    base::Duration request_longest{};
};

/// One account's work under its lease: a core, what it writes, and what it sends, from the moment
/// the lease is acquired to the one when it is given up or lost. One executor's thread.
class AccountRun final : public CommitWriter {
public:
    /// All of it must outlive the run and the executor's work.
    struct Parts {
        boost::asio::any_io_executor executor;
        const base::Clock& clock;
        base::Log& log;
        route::Route& route;
        CrashPoints& crash_points;
        AccountTerms terms;
        /// How many operations it may have open at once, as of now.
        std::function<std::size_t()> operations_max;
        /// What has ended without success, once that is durable. May be empty.
        std::function<void(const std::vector<ledger::EndedOperation>&)> on_unsuccessful = {};
    };

    AccountRun(Parts parts, std::unique_ptr<table::AccountLedger> ledger, core::CoreParams params);

    /// Once: takes over what is open. Fails as the ledger or the core does; then there is nothing
    /// to be kept, and the lease ends by itself.
    [[nodiscard]] boost::asio::awaitable<base::Status> open();
    /// Carries it out, until nothing is left to do, until stop(), or until it fails: as conflict
    /// where somebody else has the lease. Nothing is under way any more when it returns.
    [[nodiscard]] boost::asio::awaitable<base::Status> keep();

    /// Gives the lease up as soon as nothing is under way.
    void stop();
    /// Where the lease was given up with something left: when somebody has to look at the account.
    [[nodiscard]] const std::optional<base::Timestamp>& due() const { return due_; }
    /// There may be more in its log.
    void look_soon();

    [[nodiscard]] const base::AccountId& account() const { return ledger_->account(); }
    [[nodiscard]] const core::Core& core() const { return core_; }
    [[nodiscard]] const table::AccountView& view() const { return ledger_->view(); }
    [[nodiscard]] core::Outlook outlook() const;

    void tell(Callbacks callbacks) override { callbacks_ = std::move(callbacks); }
    void submit(core::Commit commit) override;
    [[nodiscard]] std::size_t backlog() const override { return waiting_.size() + writing_; }

private:
    [[nodiscard]] boost::asio::awaitable<base::Status> keep_on();
    [[nodiscard]] boost::asio::awaitable<base::Result<bool>> do_next(table::Tenure::Next next);
    [[nodiscard]] boost::asio::awaitable<base::Status> write();
    [[nodiscard]] boost::asio::awaitable<base::Status> look();
    [[nodiscard]] boost::asio::awaitable<base::Result<bool>> release(base::Timestamp due);
    [[nodiscard]] boost::asio::awaitable<void> wait_until(base::Instant at);
    [[nodiscard]] table::Tenure::State state() const;

    Parts parts_;
    std::unique_ptr<table::AccountLedger> ledger_;
    core::Core core_;
    FencedRoute route_;
    Callbacks callbacks_;
    std::optional<Engine> engine_;
    std::deque<core::Commit> waiting_;
    std::size_t writing_ = 0;
    boost::asio::steady_timer wake_;
    table::Tenure tenure_;
    std::optional<base::Timestamp> due_;
    bool is_releasing_ = false;
};

} // namespace exarch::worker
