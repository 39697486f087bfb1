#include "lambda/table/table_turn.hpp"

#include "aws/sqs_message.hpp"
#include "lambda/control.hpp"
#include "lambda/listing.hpp"
#include "lambda/unsuccessful.hpp"
#include "ledger/conflict.hpp"
#include "table/concurrently.hpp"
#include "table/due_accounts.hpp"
#include "table/intake/intake.hpp"
#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"
#include "worker/accounts/terms.hpp"
#include "worker/setup.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace exarch::lambda {
namespace {

namespace asio = boost::asio;
using base::AccountId;
using base::Timestamp;

/// Accounts worked on at once.
constexpr std::size_t width = 10;
/// Of an account's operations so many are looked at by one tick: what a few calls can carry.
constexpr std::size_t operations_max = 10'000;
/// A wait that is shorter than another invocation takes to begin.
constexpr base::Duration rest_longest = std::chrono::milliseconds(250);
/// A tick that comes so much too early is not too early: clocks differ.
constexpr std::chrono::milliseconds early_most{1'000};

std::string settled(std::size_t messages, const std::vector<std::string>& returned) {
    return fmt::format("messages: {} taken in, {} back to the queue",
                       messages - std::min(messages, returned.size()), returned.size());
}

} // namespace

asio::awaitable<std::vector<std::string>> TableTurn::take_in(std::vector<SqsRecord> records) {
    if (records.empty()) {
        co_return std::vector<std::string>();
    }
    for (SqsRecord& record : records) {
        record.origin.queue = name_of_queue(record.origin.queue);
    }
    tell_of_flaws(parts_.log, records);
    const auto taken = co_await take_in_tasks(records);
    if (!taken.has_value()) {
        parts_.log.error("{}", taken.error().message());
    }
    const auto is_unfinished = [&](const SqsRecord& record) {
        return !taken.has_value() || !taken->contains(record.origin.message_id);
    };
    const std::vector<std::string> returned = messages_to_return(records, is_unfinished);
    if (!returned.empty()) {
        parts_.log.warn("back to the queue: {}", list_some(returned));
    }
    parts_.log.info("{}", settled(records.size(), returned));
    co_return returned;
}

/// Returns the ids of messages that may be deleted.
asio::awaitable<base::Result<std::set<std::string>>>
TableTurn::take_in_tasks(const std::vector<SqsRecord>& records) {
    const core::TaskRules rules = worker::task_rules(parts_.config);
    std::vector<ledger::AcceptTask> tasks;
    for (const SqsRecord& record : records) {
        if (record.flaw.empty()) {
            ledger::AcceptTask task = core::parse_task(record.body, rules);
            task.origin = record.origin;
            task.accepted_at = parts_.clock.now().wall;
            for (const ledger::Rejection& rejection : task.rejections) {
                parts_.log.warn("{}", describe(rejection, record.origin.message_id));
            }
            tasks.push_back(std::move(task));
        }
    }
    table::Intake intake = worker::intake_of(parts_.config, parts_.table, parts_.clock);
    parts_.crash_points.pass(worker::CrashPoint::before_commit);
    const base::Result<std::vector<table::Taken>> taken = co_await intake.take(tasks);
    if (taken.has_value()) {
        parts_.crash_points.pass(worker::CrashPoint::after_commit);
    }
    // Whatever failed: others that meet an account awake send no tick for it.
    std::vector<Tick> ticks;
    for (const AccountId& account : intake.take_woken()) {
        ticks.push_back({account, parts_.clock.now().wall});
    }
    co_await leave(std::move(ticks));
    if (!taken.has_value()) {
        co_return std::unexpected(taken.error());
    }
    co_return tell_taken(tasks, *taken);
}

/// Returns the ids of those whose messages may be deleted.
std::set<std::string> TableTurn::tell_taken(const std::vector<ledger::AcceptTask>& tasks,
                                            const std::vector<table::Taken>& taken) const {
    std::set<std::string> known;
    for (std::size_t place = 0; place < taken.size(); ++place) {
        const std::string& message = tasks[place].origin.message_id;
        if (taken[place].verdict == table::Taken::Verdict::conflict) {
            parts_.log.warn("message {}: rejected: {}", message,
                            ledger::conflict_reason(tasks[place], {}));
        }
        if (taken[place].verdict != table::Taken::Verdict::in_doubt) {
            known.insert(message);
        } else if (!taken[place].reason.empty()) {
            parts_.log.error("message {}: not taken in, and comes again: {}", message,
                             taken[place].reason);
        }
    }
    return known;
}

/// As the configuration names the queue, where it does: a worker that takes from the same queue
/// knows it by its URL, and a message by both.
std::string TableTurn::name_of_queue(const std::string& arn) const {
    const auto found = std::ranges::find_if(parts_.config.queues, [&](const std::string& url) {
        return is_queue(arn, aws::QueueUrl(url));
    });
    return found == parts_.config.queues.end() ? arn
                                               : aws::canonical_url(aws::QueueUrl(*found)).value();
}

asio::awaitable<void> TableTurn::serve_ticks(std::vector<SqsRecord> records) {
    std::set<AccountId> unique;
    for (const SqsRecord& record : records) {
        if (const auto account = parse_tick(record.body)) {
            unique.insert(*account);
        } else {
            parts_.log.error("message {} of {} is no tick, and forgotten: only this function sends "
                             "to that queue",
                             record.origin.message_id, parts_.ticks.url().value());
        }
    }
    const std::vector<AccountId> accounts(unique.begin(), unique.end());
    Serving serving{
        .open = accounts.size(), .next = {}, .over = asio::steady_timer(parts_.executor)};
    [[maybe_unused]] const base::Status done =
        co_await table::concurrently(accounts.size() + 1, width + 1, [&](std::size_t place) {
            return place == 0 ? leave_meanwhile(serving) : serve_tick(accounts[place - 1], serving);
        });
    co_await leave(std::move(serving.next));
}

/// No account waits for its next tick until a slower one is done with.
asio::awaitable<base::Status> TableTurn::leave_meanwhile(Serving& serving) {
    constexpr std::chrono::milliseconds gathered_for(250);
    while (serving.open > 0) {
        serving.over.expires_after(gathered_for);
        boost::system::error_code ended;
        co_await serving.over.async_wait(asio::redirect_error(asio::use_awaitable, ended));
        if (!serving.next.empty()) {
            co_await leave(std::exchange(serving.next, {}));
        }
    }
    co_return base::Status();
}

/// Adds the tick that is to come next, if any.
asio::awaitable<base::Status> TableTurn::serve_tick(AccountId account, Serving& serving) {
    const auto tick = co_await work_on(account);
    if (!tick.has_value()) {
        parts_.log.error("account {}: {}; the sweep comes back to it", account.value(),
                         tick.error().message());
    } else if (tick->has_value()) {
        serving.next.push_back(**tick);
    }
    if (--serving.open == 0) {
        serving.over.cancel();
    }
    co_return base::Status();
}

/// Spends what tokens the account has. Returns the tick that is to come next, if any.
asio::awaitable<base::Result<std::optional<Tick>>> TableTurn::work_on(AccountId account) {
    aws::Item key = table::log_key(account);
    EXARCH_CO_TRY(const aws::Item log, co_await parts_.table.get(std::move(key)));
    const base::Moment now = parts_.clock.now();
    const auto due = table::time_if(log, "due");
    // Whoever has moved the time has left a tick for it.
    if (!due || *due > now.wall + early_most || !plan_.has_time_at(now.steady)) {
        co_return std::nullopt;
    }
    table::AccountLedgerParts ledgers =
        worker::ledger_parts(parts_.config, parts_.table, parts_.clock);
    ledgers.terms.keeps_breakers = true;
    const std::string holder = parts_.entropy.hex(8);
    EXARCH_CO_TRY(auto acquired, co_await table::AccountLedger::acquire(ledgers, account, holder));
    if (acquired.ledger == nullptr) {
        // Whoever holds it looks at the log before it leaves.
        co_return std::nullopt;
    }
    core::CoreParams params = worker::core_params(parts_.config, parts_.entropy);
    params.incarnation = holder;
    params.reports_unsuccessful = false;
    worker::AccountTerms terms = worker::account_terms(parts_.config.worker.lease);
    terms.tenure.rest_longest = rest_longest;
    // Giving the lease up shows whether there is more.
    terms.tenure.idle_looks = 0;
    terms.tenure.keeps_blocked = false;
    worker::AccountRun run({parts_.executor, parts_.clock, parts_.log, parts_.route,
                            parts_.crash_points, terms, [] { return operations_max; },
                            [this](const auto& ended) { tell_unsuccessful(parts_.log, ended); }},
                           std::move(acquired.ledger), std::move(params));
    EXARCH_CO_CHECK(co_await run.open());
    EXARCH_CO_CHECK(co_await carry_out(run));
    if (!run.due()) {
        co_return std::nullopt;
    }
    co_return Tick{account, *run.due()};
}

asio::awaitable<base::Status> TableTurn::carry_out(worker::AccountRun& run) {
    asio::steady_timer timer(parts_.executor);
    timer.expires_after(std::max<base::Duration>(plan_.last_start - parts_.clock.now().steady, {}));
    // The end of the wait may be on its way here when the run is over, and can't be called back.
    const auto under_way = std::make_shared<worker::AccountRun*>(&run);
    timer.async_wait([under_way](const boost::system::error_code& cancelled) {
        if (!cancelled && *under_way != nullptr) {
            (*under_way)->stop();
        }
    });
    const base::Status kept = co_await run.keep();
    *under_way = nullptr;
    tell(run);
    co_return kept;
}

/// How long the oldest operation has waited is a figure that an alarm looks at.
void TableTurn::tell(const worker::AccountRun& run) const {
    const core::RunCounts& counts = run.core().counts();
    const std::size_t open = run.view().open_operations();
    const Timestamp now = parts_.clock.now().wall;
    const Timestamp since = std::min(run.view().oldest_open().value_or(now), now);
    const auto oldest = std::chrono::floor<std::chrono::seconds>(now - since);
    parts_.log.info(
        {.name = "oldest_seconds", .value = oldest.count()},
        fmt::format("account {}: {} done, {} failed, {} expired, {} open{}; calls: {} sent, {} "
                    "throttled",
                    run.account().value(), counts.done, counts.failed, counts.expired, open,
                    open == 0 ? ""
                              : fmt::format(", the oldest for {}", base::format_for_people(oldest)),
                    counts.sent, counts.throttled));
}

asio::awaitable<base::Status> TableTurn::sweep() {
    const Timestamp now = parts_.clock.now().wall;
    EXARCH_CO_TRY(const std::vector<table::DueAccount> accounts,
                  co_await table::find_due(parts_.table, now + sweep_every));
    std::vector<Tick> ticks = ticks_of_sweep(accounts, now);
    // What nobody has looked at since then has waited for as long, and no tick tells of it.
    const Timestamp first = accounts.empty() ? now : std::min(accounts.front().due, now);
    parts_.log.info({.name = "oldest_seconds",
                     .value = std::chrono::floor<std::chrono::seconds>(now - first).count()},
                    fmt::format("sweep: accounts due within a minute: {}, ticks for them: {}",
                                accounts.size(), ticks.size()));
    const base::Status sent = co_await parts_.ticks.send(std::move(ticks));
    if (!sent.has_value()) {
        co_return std::unexpected(base::Error(
            sent.error().kind(),
            fmt::format(
                "{}; accounts whose ticks are lost stand still until the queue is there and "
                "the function's role may send to it, as `exarch policy function` prints",
                sent.error().message())));
    }
    co_return base::Status();
}

asio::awaitable<void> TableTurn::leave(std::vector<Tick> ticks) {
    const base::Status sent = co_await parts_.ticks.send(std::move(ticks));
    if (!sent.has_value()) {
        parts_.log.warn("{}; the sweep tries again within two minutes", sent.error().message());
    }
}

} // namespace exarch::lambda
