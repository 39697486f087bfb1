#include "worker/accounts/account_run.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using base::Duration;
using base::Instant;
using base::Timestamp;

/// Records written at once at most, beyond the first commit's.
constexpr std::size_t records_max = 2'000;
/// Whoever has just finished waits so many looks for more: an account's messages often come one
/// after another, and a lease costs more than a look.
constexpr int idle_looks_max = 2;

/// Until when calls may have left that this core knows nothing of, on the timeline of this process.
Instant sent_until(const table::Lease& lease, base::Moment now) {
    const Timestamp until = std::max(lease.last_sent, lease.taken_over_from.value_or(Timestamp()));
    return now.steady - std::max<Duration>(now.wall - until, {});
}

core::CoreParams with_others(core::CoreParams params, const table::Lease& lease, base::Moment now) {
    params.others_sent_until = sent_until(lease, now);
    return params;
}

} // namespace

AccountRun::AccountRun(Parts parts, std::unique_ptr<table::AccountLedger> ledger,
                       core::CoreParams params)
    : parts_(std::move(parts)), ledger_(std::move(ledger)),
      core_(with_others(std::move(params), ledger_->view().lease(), parts_.clock.now())),
      route_(parts_.route, parts_.clock,
             {.call_longest = parts_.terms.call_longest,
              .held_until = [this] { return ledger_->held_until(); },
              .on_sending = [this] { ledger_->note_sending(); }}),
      wake_(parts_.executor), look_at_(parts_.clock.now().steady) {}

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
    if (is_stopping_) {
        engine_->stop_sending();
    } else {
        engine_->start();
    }
    const base::Status kept = co_await keep_on();
    if (!kept.has_value()) {
        waiting_.clear();
        writing_ = 0;
        callbacks_.failed(kept.error());
        engine_->stop_sending();
    }
    while (!engine_->is_idle()) {
        co_await wait_until(Instant::max());
    }
    co_return kept;
}

asio::awaitable<base::Status> AccountRun::keep_on() {
    for (;;) {
        const Instant now = parts_.clock.now().steady;
        if (!waiting_.empty()) {
            EXARCH_CO_CHECK(co_await write());
        } else if (now >= hold_at()) {
            EXARCH_CO_CHECK(co_await ledger_->commit({}));
        } else if (now >= look_at_ && !is_stopping_) {
            EXARCH_CO_CHECK(co_await look());
        } else if (may_end().has_value()) {
            EXARCH_CO_TRY(const bool has_ended, co_await end());
            if (has_ended) {
                co_return base::Status();
            }
        } else {
            const Instant at = is_stopping_ ? hold_at() : std::min(hold_at(), look_at_);
            co_await wait_until(at);
        }
    }
}

asio::awaitable<base::Status> AccountRun::write() {
    std::vector<core::Committed> commits;
    std::vector<ledger::Record> records;
    std::vector<std::size_t> counts;
    while (!waiting_.empty() && records.size() < records_max) {
        core::Commit& commit = waiting_.front();
        commits.push_back({.revision = commit.revision, .records = {}, .receipts = {}});
        counts.push_back(commit.records.size());
        std::ranges::move(commit.records, std::back_inserter(records));
        waiting_.pop_front();
    }
    writing_ = commits.size();
    parts_.crash_points.pass(CrashPoint::before_commit);
    const base::Status written = co_await ledger_->commit(records);
    EXARCH_CO_CHECK(written);
    parts_.crash_points.pass(CrashPoint::after_commit);
    writing_ = 0;
    auto record = records.begin();
    for (std::size_t place = 0; place < commits.size(); ++place) {
        const auto end = record + static_cast<std::ptrdiff_t>(counts[place]);
        commits[place].records.assign(std::move_iterator(record), std::move_iterator(end));
        record = end;
    }
    callbacks_.committed(std::move(commits));
    co_return base::Status();
}

asio::awaitable<base::Status> AccountRun::look() {
    const std::size_t operations_max = parts_.operations_max();
    EXARCH_CO_TRY(std::vector<table::Discovered> found, co_await ledger_->read_on(operations_max));
    look_at_ = parts_.clock.now().steady + parts_.terms.look_every;
    const bool is_idle = found.empty() && !ledger_->is_behind() && core_.rests_until().has_value();
    idle_looks_ = is_idle ? idle_looks_ + 1 : 0;
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

std::optional<Timestamp> AccountRun::may_end() const {
    const Timestamp now = parts_.clock.now().wall;
    if (!engine_->is_idle()) {
        return std::nullopt;
    }
    if (is_stopping_) {
        return core_.rests_until().has_value() ? std::optional(now) : std::nullopt;
    }
    const auto until = core_.rests_until();
    // An account that is not let in is kept: a new core would knock at once.
    const bool is_over = until.has_value() && idle_looks_ >= idle_looks_max &&
                         *until - now > parts_.terms.rest_longest &&
                         core_.outlook().blocked.empty();
    return is_over ? until : std::nullopt;
}

/// Whether the lease is given up: not where the log has gone on.
asio::awaitable<base::Result<bool>> AccountRun::end() {
    const bool is_finished = ledger_->view().is_finished();
    const Timestamp latest = parts_.clock.now().wall + std::chrono::hours(1);
    const Timestamp due = std::min(may_end().value_or(latest), latest);
    EXARCH_CO_TRY(const bool is_released,
                  co_await ledger_->release(is_finished ? std::nullopt : std::optional(due)));
    if (!is_released) {
        look_soon();
    }
    co_return is_released;
}

Instant AccountRun::hold_at() const {
    return ledger_->held_until() - parts_.terms.lease / 3 * 2;
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
    is_stopping_ = true;
    if (engine_.has_value()) {
        engine_->stop_sending();
    }
    wake_.cancel();
}

void AccountRun::look_soon() {
    look_at_ = parts_.clock.now().steady;
    idle_looks_ = 0;
    wake_.cancel();
}

core::Outlook AccountRun::outlook() const {
    core::Outlook outlook = core_.outlook();
    outlook.is_busy = outlook.is_busy || backlog() > 0 || ledger_->is_behind();
    return outlook;
}

} // namespace exarch::worker
