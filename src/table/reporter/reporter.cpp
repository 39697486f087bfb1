#include "table/reporter/reporter.hpp"

#include "base/assert.hpp"
#include "ledger/operation_state.hpp"
#include "table/concurrently.hpp"
#include "table/items/batch.hpp"
#include "table/items/keys.hpp"
#include "table/numbered_query.hpp"
#include "table/reporter/task_report.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

namespace exarch::table {
namespace {

namespace asio = boost::asio;
using ledger::EndedOperation;
using ledger::EndingQuery;

bool wants(const EndingQuery& query, ledger::OperationState state) {
    return query.states.empty() ||
           std::ranges::find(query.states, format(state)) != query.states.end();
}

/// What the query says of itself about where its answers may stand.
EndingScope scope_of(const EndingQuery& query) {
    EndingScope scope;
    scope.has_done = wants(query, ledger::OperationState::done) && query.reason_part.empty();
    scope.has_failed = wants(query, ledger::OperationState::failed);
    scope.has_expired = wants(query, ledger::OperationState::expired);
    scope.has_rejected = wants(query, ledger::OperationState::rejected) && query.operations.empty();
    scope.since = query.since;
    return scope;
}

} // namespace

/// While it lives, accounts are read once.
struct TableReporter::Held final : Moment {
    explicit Held(std::shared_ptr<Readings> all) : readings(std::move(all)) {}

    std::shared_ptr<Readings> readings;
};

base::Result<std::unique_ptr<ledger::Reporter::Moment>> TableReporter::hold() {
    std::shared_ptr<Readings> readings = held_.lock();
    if (readings == nullptr) {
        readings = std::make_shared<Readings>();
        held_ = readings;
    }
    return std::make_unique<Held>(std::move(readings));
}

template <class Value>
Value TableReporter::wait(asio::awaitable<Value> coroutine) {
    std::optional<Value> value;
    std::exception_ptr failure;
    asio::co_spawn(io_, std::move(coroutine), [&](const std::exception_ptr& thrown, Value result) {
        failure = thrown;
        value = std::move(result);
    });
    io_.restart();
    // Others' timers may go on: what is waited for is this.
    while (!value.has_value()) {
        const std::size_t handlers = io_.run_one();
        EXARCH_ASSERT(handlers > 0);
    }
    if (failure != nullptr) {
        std::rethrow_exception(failure);
    }
    return *std::move(value);
}

asio::awaitable<base::Result<TableReporter::Reading>> TableReporter::read(base::AccountId account) {
    const std::shared_ptr<Readings> held = held_.lock();
    if (held != nullptr && held->contains(account)) {
        co_return held->at(account);
    }
    EXARCH_CO_TRY(AccountReading reading, co_await read_account(table_, account));
    Reading shared = std::make_shared<const AccountReading>(std::move(reading));
    if (held != nullptr) {
        held->insert_or_assign(account, shared);
    }
    co_return shared;
}

asio::awaitable<base::Result<std::vector<AccountSummary>>> TableReporter::read_all() {
    EXARCH_CO_TRY(const std::vector<base::AccountId> accounts, co_await list_accounts(table_));
    std::vector<AccountSummary> summaries(accounts.size());
    EXARCH_CO_CHECK(co_await concurrently(accounts.size(), terms_.width, [&](std::size_t place) {
        return summarise_into(summaries[place], accounts[place]);
    }));
    co_return summaries;
}

asio::awaitable<base::Status> TableReporter::summarise_into(AccountSummary& place,
                                                            base::AccountId account) {
    EXARCH_CO_TRY(const Reading reading, co_await read(std::move(account)));
    place = summarise(*reading);
    co_return base::Status();
}

/// They are in nobody's counts.
asio::awaitable<base::Result<std::int64_t>> TableReporter::count_rejections() {
    aws::Query query = numbered_query(rejections_account(), Numbered::batch, 1);
    std::int64_t rejections = 0;
    do {
        EXARCH_CO_TRY(aws::QueryPage page, co_await table_.query(query));
        for (const aws::Item& item : page.items) {
            EXARCH_CO_TRY(const Batch batch, read_batch(rejections_account(), item));
            for (const ledger::AcceptTask& task : batch.tasks) {
                rejections += std::ssize(task.rejections);
            }
        }
        query.start = std::move(page.next);
    } while (!query.start.empty());
    co_return rejections;
}

asio::awaitable<base::Result<ledger::TotalsReport>>
TableReporter::add_up(std::vector<AccountSummary> summaries) {
    ledger::TotalsReport totals;
    for (const AccountSummary& summary : summaries) {
        totals.operations += summary.account.operations;
        totals.calls.sent += summary.calls.sent;
        totals.calls.done += summary.calls.done;
        totals.calls.throttled += summary.calls.throttled;
        totals.calls.refused += summary.calls.refused;
        totals.calls.unknown += summary.calls.unknown;
    }
    EXARCH_CO_TRY(totals.operations.rejected, co_await count_rejections());
    co_return totals;
}

base::Status TableReporter::open_work(ledger::Restorer& restorer) {
    EXARCH_TRY(const std::vector<base::AccountId> accounts, wait(list_accounts(table_)));
    for (const base::AccountId& account : accounts) {
        EXARCH_TRY(const Reading reading, wait(read(account)));
        reading->view.restore(restorer);
    }
    return {};
}

base::Result<ledger::TotalsReport> TableReporter::totals() {
    EXARCH_TRY(std::vector<AccountSummary> summaries, wait(read_all()));
    return wait(add_up(std::move(summaries)));
}

base::Result<std::vector<ledger::AccountReport>> TableReporter::accounts() {
    EXARCH_TRY(std::vector<AccountSummary> summaries, wait(read_all()));
    std::vector<ledger::AccountReport> reports;
    reports.reserve(summaries.size());
    for (AccountSummary& summary : summaries) {
        reports.push_back(std::move(summary.account));
    }
    return reports;
}

base::Result<std::vector<ledger::LaneReport>> TableReporter::lanes() {
    EXARCH_TRY(std::vector<AccountSummary> summaries, wait(read_all()));
    std::vector<ledger::LaneReport> reports;
    for (AccountSummary& summary : summaries) {
        std::ranges::move(summary.lanes, std::back_inserter(reports));
    }
    return reports;
}

base::Result<ledger::Overview> TableReporter::overview(std::int64_t unsuccessful_max) {
    EXARCH_TRY(std::vector<AccountSummary> summaries, wait(read_all()));
    ledger::Overview overview;
    EXARCH_TRY(overview.totals, wait(add_up(summaries)));
    std::vector<base::AccountId> failing;
    for (AccountSummary& summary : summaries) {
        if (summary.has_failures) {
            failing.push_back(summary.account.account);
        }
        overview.accounts.push_back(std::move(summary.account));
        std::ranges::move(summary.lanes, std::back_inserter(overview.lanes));
    }
    EXARCH_TRY(overview.unsuccessful, newest_failures(std::move(failing), unsuccessful_max));
    return overview;
}

base::Result<std::vector<ledger::TaskReport>> TableReporter::tasks(const std::string& name) {
    return wait(report_tasks(name));
}

asio::awaitable<base::Result<std::vector<ledger::TaskReport>>>
TableReporter::report_tasks(std::string name) {
    EXARCH_CO_TRY(const std::vector<FoundTask> tasks, co_await find_tasks(table_, std::move(name)));
    std::vector<ledger::TaskReport> reports;
    for (const FoundTask& task : tasks) {
        EXARCH_CO_TRY(ledger::TaskReport of_task, co_await report(task));
        reports.push_back(std::move(of_task));
    }
    co_return reports;
}

asio::awaitable<base::Result<ledger::TaskReport>> TableReporter::report(const FoundTask& task) {
    TaskReportMaker maker(task);
    std::set<base::AccountId> accounts;
    for (const TaskPiece& piece : task.pieces) {
        accounts.insert(piece.account);
    }
    accounts.erase(rejections_account());
    for (const base::AccountId& account : accounts) {
        EXARCH_CO_TRY(const Reading reading, co_await read(account));
        std::vector<EndedOperation> failures;
        if (reading->has_failures) {
            EXARCH_CO_TRY(failures, co_await find_failures(task, account));
        }
        maker.take(*reading, failures);
    }
    co_return maker.take_report();
}

asio::awaitable<base::Result<std::vector<EndedOperation>>>
TableReporter::find_failures(const FoundTask& task, base::AccountId account) {
    EndingQuery query;
    query.states = {"failed", "expired"};
    for (const TaskPiece& piece : task.pieces) {
        query.tasks.push_back(piece.key());
    }
    EndingScope scope = scope_of(query);
    scope.accounts = {std::move(account)};
    const TaskPiece& first = *std::ranges::min_element(
        task.pieces, {}, [](const TaskPiece& piece) { return piece.content.accepted_at; });
    scope.accepted_since = first.content.accepted_at - clocks_apart;
    EndingSearch search(table_, std::move(query), std::move(scope), terms_.longest_call);
    std::vector<EndedOperation> found;
    EXARCH_CO_TRY(std::vector<EndedOperation> some, co_await search.next());
    while (!some.empty()) {
        std::ranges::move(some, std::back_inserter(found));
        EXARCH_CO_TRY(some, co_await search.next());
    }
    co_return found;
}

/// Nothing ends before it is accepted, so a search for a few need not go back further.
asio::awaitable<base::Result<TableReporter::Asked>> TableReporter::prepare(EndingQuery query) {
    Asked asked{.query = {}, .scope = scope_of(query)};
    std::set<base::AccountId> accounts;
    std::optional<base::Timestamp> accepted;
    const bool is_narrow = !query.tasks.empty() || !query.operations.empty();
    const std::vector<ledger::TaskKey> tasks = std::exchange(query.tasks, {});
    for (const ledger::TaskKey& task : tasks) {
        EXARCH_CO_TRY(const std::optional<FoundTask> found, co_await find_task(table_, task));
        // What is asked for and not there must not come to mean all.
        query.tasks.push_back(task);
        for (const TaskPiece& piece : found.value_or(FoundTask()).pieces) {
            query.tasks.push_back(piece.key());
            accounts.insert(piece.account);
            const base::Timestamp at = piece.content.accepted_at;
            accepted = std::min(accepted.value_or(at), at);
        }
    }
    for (const ledger::OperationKey& operation : query.operations) {
        aws::Item key =
            numbered_key(operation.account, Numbered::batch, batch_of(operation.number));
        EXARCH_CO_TRY(const aws::Item item, co_await table_.get(std::move(key)));
        if (!item.empty()) {
            EXARCH_CO_TRY(const Batch batch, read_batch(operation.account, item));
            accounts.insert(operation.account);
            accepted = std::min(accepted.value_or(batch.accepted_at), batch.accepted_at);
        }
    }
    if (is_narrow && accepted.has_value()) {
        asked.scope.accepted_since = *accepted - clocks_apart;
    }
    if (!query.account.empty()) {
        // What was rejected there stands with all that was.
        std::erase_if(accounts, [&](const auto& each) {
            return each != query.account && each != rejections_account();
        });
    }
    if (is_narrow) {
        asked.scope.accounts.assign(accounts.begin(), accounts.end());
    } else if (!query.account.empty()) {
        asked.scope.accounts = {query.account, rejections_account()};
    } else {
        EXARCH_CO_TRY(asked.scope.accounts, co_await list_accounts(table_));
        asked.scope.accounts.push_back(rejections_account());
    }
    asked.query = std::move(query);
    co_return asked;
}

base::Status TableReporter::endings(const EndingQuery& query, const ledger::EndingSink& sink) {
    EXARCH_TRY(Asked asked, wait(prepare(query)));
    EndingSearch search(table_, std::move(asked.query), std::move(asked.scope),
                        terms_.longest_call);
    // The sink may ask for more: it is called while nothing is under way.
    EXARCH_TRY(std::vector<EndedOperation> some, wait(search.next()));
    while (!some.empty()) {
        if (!std::ranges::all_of(some, sink)) {
            break;
        }
        EXARCH_TRY(some, wait(search.next()));
    }
    return {};
}

base::Result<std::vector<EndedOperation>> TableReporter::newest(Asked asked, std::int64_t limit) {
    std::vector<EndedOperation> found;
    EndingSearch search(table_, std::move(asked.query), std::move(asked.scope),
                        terms_.longest_call);
    while (std::cmp_less(found.size(), limit)) {
        EXARCH_TRY(std::vector<EndedOperation> some, wait(search.next()));
        if (some.empty()) {
            break;
        }
        const auto room = std::min(some.size(), static_cast<std::size_t>(limit) - found.size());
        std::move(some.begin(), some.begin() + static_cast<std::ptrdiff_t>(room),
                  std::back_inserter(found));
    }
    return found;
}

base::Result<std::vector<EndedOperation>> TableReporter::unsuccessful(const ledger::TaskKey& task,
                                                                      std::int64_t limit) {
    if (limit <= 0) {
        return std::vector<EndedOperation>();
    }
    if (task != ledger::TaskKey()) {
        EndingQuery query;
        query.states = {"failed", "expired", "rejected"};
        query.tasks.push_back(task);
        EXARCH_TRY(Asked asked, wait(prepare(std::move(query))));
        return newest(std::move(asked), limit);
    }
    EXARCH_TRY(std::vector<base::AccountId> failing, wait(accounts_with_failures()));
    return newest_failures(std::move(failing), limit);
}

base::Result<std::vector<EndedOperation>>
TableReporter::newest_failures(std::vector<base::AccountId> failing, std::int64_t limit) {
    if (limit <= 0) {
        return std::vector<EndedOperation>();
    }
    Asked asked{.query = {}, .scope = {}};
    asked.query.states = {"failed", "expired", "rejected"};
    asked.scope = scope_of(asked.query);
    asked.scope.accounts = std::move(failing);
    asked.scope.accounts.push_back(rejections_account());
    asked.scope.looked_at_max = terms_.looked_at_max;
    return newest(std::move(asked), limit);
}

/// In the others there is nothing to look for, however many calls they have.
asio::awaitable<base::Result<std::vector<base::AccountId>>>
TableReporter::accounts_with_failures() {
    EXARCH_CO_TRY(const std::vector<base::AccountId> accounts, co_await list_accounts(table_));
    std::set<base::AccountId> failing;
    EXARCH_CO_CHECK(co_await concurrently(accounts.size(), terms_.width, [&](std::size_t place) {
        return look_for_failures(failing, accounts[place]);
    }));
    co_return std::vector<base::AccountId>(failing.begin(), failing.end());
}

asio::awaitable<base::Status> TableReporter::look_for_failures(std::set<base::AccountId>& failing,
                                                               base::AccountId account) {
    aws::Item key = lease_key(account);
    EXARCH_CO_TRY(const aws::Item item, co_await table_.get(std::move(key)));
    EXARCH_CO_TRY(const Lease lease, read_lease(account, item));
    if (lease.operations.failed + lease.operations.expired > 0) {
        failing.insert(std::move(account));
    }
    co_return base::Status();
}

} // namespace exarch::table
