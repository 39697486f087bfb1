#pragma once

#include "base/environment.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/core.hpp"
#include "route/route.hpp"
#include "table/account_ledger.hpp"
#include "table/due_accounts.hpp"
#include "worker/accounts/account_run.hpp"
#include "worker/crash_point.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace exarch::worker {

/// The accounts that this process works on, of all that have work: those whose leases it gets. One
/// executor's thread.
class AccountRuns {
public:
    /// All of it must outlive the runs and the executor's work.
    struct Parts {
        boost::asio::any_io_executor executor;
        const base::Clock& clock;
        base::Entropy& entropy;
        base::Log& log;
        CrashPoints& crash_points;
        route::Route& route;
        table::AccountLedgerParts ledgers;
    };
    struct Params {
        AccountTerms terms;
        /// What each account's core is told; its incarnation is made anew for each.
        core::CoreParams core;
        /// How often accounts that have work are looked for.
        base::Duration find_every = std::chrono::seconds(2);
        /// For how long a new account is left to whoever took its messages in, and has them at
        /// hand.
        base::Duration find_after = std::chrono::seconds(1);
    };

    /// `failed` is told, once, where it cannot even begin.
    AccountRuns(Parts parts, Params params, std::function<void(base::Error)> failed);

    void start();
    /// Gives all leases up, each as soon as nothing of it is under way.
    void stop();
    /// These have work now.
    void expect(const std::vector<base::AccountId>& accounts);

    /// True where no lease is held, nor looked for.
    [[nodiscard]] bool is_idle() const { return runs_.empty() && !is_finding_; }
    [[nodiscard]] core::RunCounts counts() const;
    [[nodiscard]] std::size_t open_operations() const;
    /// Busy also where any account has work that is not held here. After stop() with what was given
    /// up by it.
    [[nodiscard]] core::Outlook outlook() const;
    [[nodiscard]] std::size_t backlog() const;

private:
    /// Who has the lease of an account that has work, as far as it is known here.
    struct Elsewhere {
        /// When its log was due, at that time: another time is news.
        base::Timestamp due;
        base::Timestamp until;
    };

    [[nodiscard]] boost::asio::awaitable<void> find_on();
    [[nodiscard]] boost::asio::awaitable<base::Result<std::vector<table::DueAccount>>> find();
    [[nodiscard]] boost::asio::awaitable<base::Status> acquire(table::DueAccount candidate);
    [[nodiscard]] boost::asio::awaitable<void> carry_out(AccountRun& run);
    void ended(const base::AccountId& account, const base::Status& how);
    [[nodiscard]] std::vector<table::DueAccount> expected();
    [[nodiscard]] bool is_worth_asking(const table::DueAccount& candidate) const;
    [[nodiscard]] std::size_t operations_max();

    Parts parts_;
    Params params_;
    std::function<void(base::Error)> failed_;
    boost::asio::steady_timer wake_;
    std::map<base::AccountId, std::unique_ptr<AccountRun>> runs_;
    std::map<base::AccountId, Elsewhere> elsewhere_;
    std::set<base::AccountId> expected_;
    /// What ended runs have come to.
    core::RunCounts ended_;
    /// What a stop has left of them.
    core::Outlook stopped_;
    /// Open operations of all accounts, and when they were counted.
    std::size_t open_ = 0;
    std::optional<base::Instant> counted_at_;
    bool is_finding_ = false;
    bool is_stopping_ = false;
    bool has_found_ = false;
    /// Accounts that had work when they were last looked for and are not held here. One is assumed
    /// until they have been.
    std::size_t left_ = 1;
};

} // namespace exarch::worker
