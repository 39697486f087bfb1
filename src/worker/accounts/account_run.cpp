#include "worker/accounts/account_run.hpp"

#include "worker/commits/commit_group.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using base::Duration;
using base::Instant;
using base::Timestamp;

/// When an account is looked at again where its log goes on.
constexpr Timestamp::duration behind_for = std::chrono::seconds(15);
constexpr Timestamp::duration unknown_for = std::chrono::hours(24);

/// Until when calls may have left that this core knows nothing of, on the timeline of this process.
Instant sent_until(const table::Lease& lease, base::Moment now) {
    const Timestamp until = std::max(lease.last_sent, lease.taken_over_from.value_or(Timestamp()));
    return now.steady - std::max<Duration>(now.wall - until, {});
}

core::CoreParams with_others(core::CoreParams params, const table::AccountLedger& ledger,
                             base::Moment now) {
    params.others_sent_until = sent_until(ledger.view().lease(), now);
    params.clocks_apart = ledger.terms().clocks_apart;
    params.carried = {.operations = table::call_operations_max, .covered = table::call_covered_max};
    return params;
}

} // namespace

AccountRun::AccountRun(Parts parts, std::unique_ptr<table::AccountLedger> ledger,
                       core::CoreParams params)
    : parts_(std::move(parts)), ledger_(std::move(ledger)),
      core_(with_others(std::move(params), *ledger_, parts_.clock.now())),
      route_(parts_.route, parts_.clock,
             {.call_longest = parts_.terms.call_longest,
              .request_longest = parts_.terms.request_longest,
              .held_until = [this] { return is_releasing_ ? Instant() : ledger_->held_until(); },
              .on_sending = [this] { ledger_->note_sending(); }}),
      wake_(parts_.executor), tenure_(parts_.terms.tenure, parts_.clock.now().steady) {}

asio::awaitable<base::Status> AccountRun::open() {
    const std::size_t operations_max = parts_.operations_max();
    EXARCH_CO_CHECK(co_await ledger_->read(operations_max));
    EXARCH_CO_CHECK(core_.restore(*ledger_, parts_.clock.now()));
    engine_.emplace(EngineParts{parts_.executor, parts_.clock, parts_.log, core_, *this, route_,
                                parts_.crash_points},
                    Engine::Callbacks{.delete_messages = [](const auto&) {},
                                      .failed = [](const auto&) {},
                                      .stepped = [this] { wake_.cancel(); }});
    co_return base::Status();
}

asio::awaitable<base::Status> AccountRun::keep() {
    if (tenure_.is_stopping()) {
        engine_->stop_sending();
    } else {
        engine_->start();
    }
    const base::Status kept = co_await keep_on();
    // Given up or lost, the account is another one's: nothing is begun here any more, not even by a
    // timer that has gone off meanwhile.
    waiting_.clear();
    writing_ = 0;
    callbacks_.failed(kept.has_value() ? base::Error(base::ErrorKind::conflict, "given up")
                                       : kept.error());
    engine_->stop_sending();
    while (!engine_->is_idle()) {
        co_await wait_until(Instant::max());
    }
    co_return kept;
}

asio::awaitable<base::Status> AccountRun::keep_on() {
    bool is_released = false;
    while (!is_released) {
        const table::Tenure::Next next = tenure_.next(state(), parts_.clock.now());
        EXARCH_CO_TRY(is_released, co_await do_next(next));
    }
    co_return base::Status();
}

/// Whether the lease is given up now.
asio::awaitable<base::Result<bool>> AccountRun::do_next(table::Tenure::Next next) {
    using Step = table::Tenure::Step;
    base::Status done;
    switch (next.step) {
    case Step::write:
        done = co_await write();
        break;
    case Step::hold_on:
        done = co_await ledger_->commit({});
        break;
    case Step::look:
        done = co_await look();
        break;
    case Step::release:
        co_return co_await release(next.due);
    case Step::wait:
        co_await wait_until(next.at);
        break;
    }
    EXARCH_CO_CHECK(done);
    co_return false;
}

table::Tenure::State AccountRun::state() const {
    table::Tenure::State state{.held_until = ledger_->held_until(),
                               .has_commits = !waiting_.empty(),
                               .is_busy = !engine_->is_idle(),
                               .is_blocked = false,
                               .rests_until = std::nullopt};
    if (!state.has_commits && !state.is_busy) {
        state.rests_until = core_.rests_until();
        // Only where it matters: it looks at every lane.
        state.is_blocked = state.rests_until.has_value() && !core_.outlook().blocked.empty();
    }
    return state;
}

asio::awaitable<base::Status> AccountRun::write() {
    CommitGroup commits = CommitGroup::take(waiting_);
    writing_ = commits.size();
    std::vector<ledger::EndedOperation> unsuccessful;
    if (parts_.on_unsuccessful) {
        unsuccessful = ledger_->view().unsuccessful(commits.records());
    }
    parts_.crash_points.pass(CrashPoint::before_commit);
    EXARCH_CO_CHECK(co_await ledger_->commit(commits.records()));
    parts_.crash_points.pass(CrashPoint::after_commit);
    if (!unsuccessful.empty()) {
        parts_.on_unsuccessful(unsuccessful);
    }
    writing_ = 0;
    // Tasks come by the log, so there are no receipts.
    callbacks_.committed(commits.committed({}));
    co_return base::Status();
}

asio::awaitable<base::Status> AccountRun::look() {
    const std::size_t operations_max = parts_.operations_max();
    EXARCH_CO_TRY(std::vector<table::Discovered> found, co_await ledger_->read_on(operations_max));
    const bool in_vain = found.empty() && !ledger_->is_behind() && core_.rests_until().has_value();
    tenure_.looked(in_vain, parts_.clock.now().steady);
    if (!found.empty()) {
        core::TasksDiscovered tasks;
        for (table::Discovered& each : found) {
            tasks.tasks.push_back(std::move(each.task));
            tasks.receipts.push_back(each.receipt);
        }
        engine_->feed(std::move(tasks));
    }
    co_return base::Status();
}

/// Whether the lease is given up: not where the log has gone on.
asio::awaitable<base::Result<bool>> AccountRun::release(Timestamp due) {
    // None, where nothing is left. Of a log that goes on, the core knows only a part; and what the
    // ledger has open and the core does not know is for a later version.
    const Timestamp now = parts_.clock.now().wall;
    std::optional<Timestamp> left;
    if (ledger_->is_behind()) {
        left = std::min(due, now + behind_for);
    } else if (!ledger_->view().is_finished()) {
        left = std::min(due, now + unknown_for);
    }
    // Nobody can say when it has taken effect: meanwhile nothing leaves.
    is_releasing_ = true;
    EXARCH_CO_TRY(bool is_released, co_await ledger_->release(left, core_.handover()));
    if (!is_released && tenure_.is_stopping()) {
        // Who stops looks no more: what has come is for whoever is next.
        left = now;
        EXARCH_CO_TRY(is_released, co_await ledger_->release(left, core_.handover()));
    }
    is_releasing_ = is_released;
    if (is_released) {
        due_ = left;
    } else {
        tenure_.look_soon(parts_.clock.now().steady);
    }
    co_return is_released;
}

asio::awaitable<void> AccountRun::wait_until(Instant at) {
    const Duration away =
        at == Instant::max() ? Duration(std::chrono::seconds(1)) : at - parts_.clock.now().steady;
    wake_.expires_after(std::max<Duration>(away, {}));
    boost::system::error_code ended;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
}

void AccountRun::submit(core::Commit commit) {
    waiting_.push_back(std::move(commit));
    wake_.cancel();
}

void AccountRun::stop() {
    tenure_.stop();
    if (engine_.has_value()) {
        engine_->stop_sending();
    }
    wake_.cancel();
}

void AccountRun::look_soon() {
    tenure_.look_soon(parts_.clock.now().steady);
    wake_.cancel();
}

core::Outlook AccountRun::outlook() const {
    core::Outlook outlook = core_.outlook();
    outlook.is_busy = outlook.is_busy || backlog() > 0 || ledger_->is_behind();
    return outlook;
}

} // namespace exarch::worker
