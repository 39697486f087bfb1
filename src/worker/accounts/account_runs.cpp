#include "worker/accounts/account_runs.hpp"

#include "table/concurrently.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using base::AccountId;
using base::Duration;
using base::Timestamp;

/// Leases asked for at once.
constexpr std::size_t width = 32;
/// No account has more of all that may be open than an eighth, and each has so much.
constexpr std::size_t share = 8;
constexpr std::size_t operations_least = 1'000;

void rethrow(const std::exception_ptr& failure) {
    if (failure) {
        std::rethrow_exception(failure);
    }
}

void add(core::Outlook outlook, core::Outlook& all) {
    all.open += outlook.open;
    all.blocked_operations += outlook.blocked_operations;
    all.is_busy = all.is_busy || outlook.is_busy;
    std::ranges::move(outlook.blocked, std::back_inserter(all.blocked));
}

} // namespace

AccountRuns::AccountRuns(Parts parts, Params params, std::function<void(base::Error)> failed)
    : parts_(std::move(parts)), params_(std::move(params)), failed_(std::move(failed)),
      wake_(parts_.executor) {}

void AccountRuns::start() {
    is_finding_ = true;
    asio::co_spawn(parts_.executor, find_on(), rethrow);
}

void AccountRuns::stop() {
    is_stopping_ = true;
    wake_.cancel();
    for (const auto& [account, run] : runs_) {
        run->stop();
    }
}

void AccountRuns::expect(const std::vector<AccountId>& accounts) {
    for (const AccountId& account : accounts) {
        const auto held = runs_.find(account);
        if (held != runs_.end()) {
            held->second->look_soon();
        } else {
            expected_.insert(account);
            ++left_;
        }
    }
    wake_.cancel();
}

asio::awaitable<void> AccountRuns::find_on() {
    base::Instant find_at = parts_.clock.now().steady;
    while (!is_stopping_) {
        std::vector<table::DueAccount> candidates = expected();
        if (parts_.clock.now().steady >= find_at) {
            auto found = co_await find();
            find_at = parts_.clock.now().steady + params_.find_every;
            if (found.has_value()) {
                std::ranges::move(*found, std::back_inserter(candidates));
                has_found_ = true;
            } else if (!has_found_) {
                failed_(std::move(found).error());
                break;
            } else {
                parts_.log.warn("{}; trying again", found.error().message());
            }
        }
        const base::Status asked =
            co_await table::concurrently(candidates.size(), width, [&](std::size_t place) {
                return acquire(candidates[place]);
            });
        if (!asked.has_value()) {
            parts_.log.warn("{}; trying again", asked.error().message());
        }
        if (expected_.empty() && !is_stopping_) {
            wake_.expires_after(std::max<Duration>(find_at - parts_.clock.now().steady, {}));
            boost::system::error_code ended;
            co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
        }
    }
    is_finding_ = false;
}

/// Accounts whose messages were taken in here. Whoever else has one of them is not known to have
/// it: the message is news to all.
std::vector<table::DueAccount> AccountRuns::expected() {
    std::vector<table::DueAccount> candidates;
    for (const AccountId& account : std::exchange(expected_, {})) {
        const auto elsewhere = elsewhere_.find(account);
        const Timestamp now = parts_.clock.now().wall;
        if (elsewhere == elsewhere_.end() || elsewhere->second.until < now) {
            candidates.push_back({account, now});
        }
    }
    return candidates;
}

asio::awaitable<base::Result<std::vector<table::DueAccount>>> AccountRuns::find() {
    const auto after = std::chrono::duration_cast<Timestamp::duration>(params_.find_after);
    const Timestamp until = parts_.clock.now().wall - after;
    EXARCH_CO_TRY(std::vector<table::DueAccount> accounts,
                  co_await table::find_due(parts_.ledgers.table, until));
    std::erase_if(accounts,
                  [this](const table::DueAccount& each) { return runs_.contains(each.account); });
    left_ = accounts.size();
    std::erase_if(accounts,
                  [this](const table::DueAccount& each) { return !is_worth_asking(each); });
    co_return accounts;
}

bool AccountRuns::is_worth_asking(const table::DueAccount& candidate) const {
    const auto elsewhere = elsewhere_.find(candidate.account);
    return elsewhere == elsewhere_.end() || elsewhere->second.due != candidate.due ||
           elsewhere->second.until + parts_.ledgers.terms.clocks_apart < parts_.clock.now().wall;
}

asio::awaitable<base::Status> AccountRuns::acquire(table::DueAccount candidate) {
    const AccountId account = candidate.account;
    if (is_stopping_ || runs_.contains(account) || operations_max() == 0) {
        co_return base::Status();
    }
    const std::string holder = parts_.entropy.hex(8);
    EXARCH_CO_TRY(auto acquired,
                  co_await table::AccountLedger::acquire(parts_.ledgers, account, holder));
    if (acquired.ledger == nullptr) {
        elsewhere_.insert_or_assign(account, Elsewhere{candidate.due, acquired.until});
        co_return base::Status();
    }
    elsewhere_.erase(account);
    core::CoreParams params = params_.core;
    params.incarnation = holder;
    auto run = std::make_unique<AccountRun>(
        AccountRun::Parts{parts_.executor, parts_.clock, parts_.log, parts_.route,
                          parts_.crash_points, params_.terms, [this] { return operations_max(); }},
        std::move(acquired.ledger), std::move(params));
    const base::Status opened = co_await run->open();
    if (!opened.has_value()) {
        // The other accounts are none the worse for it.
        parts_.log.error("account {}: {}", account.value(), opened.error().message());
        elsewhere_.insert_or_assign(account, Elsewhere{candidate.due, acquired.until});
        co_return base::Status();
    }
    AccountRun& kept = *runs_.insert_or_assign(account, std::move(run)).first->second;
    if (is_stopping_) {
        kept.stop();
    }
    asio::co_spawn(parts_.executor, carry_out(kept), rethrow);
    co_return base::Status();
}

asio::awaitable<void> AccountRuns::carry_out(AccountRun& run) {
    const base::Status how = co_await run.keep();
    // Its frame is left before it goes.
    asio::post(parts_.executor, [this, account = run.account(), how] { ended(account, how); });
}

void AccountRuns::ended(const AccountId& account, const base::Status& how) {
    const auto run = runs_.find(account);
    ended_ += run->second->core().counts();
    if (is_stopping_) {
        add(run->second->outlook(), stopped_);
    }
    runs_.erase(run);
    ++left_;
    if (!how.has_value()) {
        parts_.log.warn("account {}: {}", account.value(), how.error().message());
    }
    wake_.cancel();
}

/// How many operations an account may have open. All accounts ask, so it is not counted anew for
/// each.
std::size_t AccountRuns::operations_max() {
    const base::Instant now = parts_.clock.now().steady;
    if (!counted_at_ || now - *counted_at_ > std::chrono::milliseconds(250)) {
        counted_at_ = now;
        open_ = open_operations();
    }
    const std::size_t open = open_;
    const std::size_t all = params_.core.pending_max;
    if (open >= all) {
        return 0;
    }
    return std::clamp(all - open, operations_least, std::max(all / share, operations_least));
}

core::RunCounts AccountRuns::counts() const {
    core::RunCounts counts = ended_;
    for (const auto& [account, run] : runs_) {
        counts += run->core().counts();
    }
    return counts;
}

std::size_t AccountRuns::open_operations() const {
    std::size_t open = 0;
    for (const auto& [account, run] : runs_) {
        open += run->core().open_operations();
    }
    return open;
}

core::Outlook AccountRuns::outlook() const {
    core::Outlook all = stopped_;
    all.is_busy = all.is_busy || left_ > 0 || !expected_.empty();
    for (const auto& [account, run] : runs_) {
        add(run->outlook(), all);
    }
    return all;
}

std::size_t AccountRuns::backlog() const {
    std::size_t commits = 0;
    for (const auto& [account, run] : runs_) {
        commits += run->backlog();
    }
    return commits;
}

} // namespace exarch::worker
