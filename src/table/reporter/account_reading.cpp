#include "table/reporter/account_reading.hpp"

#include "table/items/attributes.hpp"
#include "table/items/batch.hpp"
#include "table/items/keys.hpp"
#include "table/numbered_query.hpp"
#include "table/reporter/open_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace exarch::table {
namespace {

namespace asio = boost::asio;

asio::awaitable<base::Result<Lease>> get_lease(Table& table, base::AccountId account) {
    aws::Item key = lease_key(account);
    EXARCH_CO_TRY(const aws::Item item, co_await table.get(std::move(key)));
    co_return read_lease(account, item);
}

asio::awaitable<base::Result<std::vector<aws::Item>>>
read_from(Table& table, const base::AccountId& account, Numbered kind, std::int64_t first) {
    aws::Query query = numbered_query(account, kind, first);
    co_return co_await read_items(table, std::move(query));
}

base::Status take_batches(AccountView& view, const base::AccountId& account,
                          const std::vector<aws::Item>& items) {
    std::int64_t gaps = 0;
    for (const aws::Item& item : items) {
        EXARCH_TRY(Batch batch, read_batch(account, item));
        // Whoever reserved a number may be about to write it; what came after stands already.
        while (view.next_batch() < batch.number) {
            if (++gaps > gaps_max) {
                return std::unexpected(corrupt(fmt::format(
                    "the item {} {} is far behind where its account's log ends",
                    account_partition(account), numbered_sort_key(Numbered::batch, batch.number))));
            }
            EXARCH_CHECK(view.take(gap(view.next_batch())));
        }
        EXARCH_CHECK(view.take(std::move(batch)));
    }
    return {};
}

std::vector<CallItem> unfinished_of(const Past& past, const Lease& lease) {
    const std::set<std::int64_t> numbers(lease.unfinished_calls.begin(),
                                         lease.unfinished_calls.end());
    std::vector<CallItem> calls;
    for (const CallItem& call : past.calls) {
        if (numbers.contains(call.number) && past.ends.contains(call.number)) {
            calls.push_back(call);
        }
    }
    return calls;
}

bool has_failures(const Past& past, const ledger::OperationCounts& counted) {
    return counted.failed + counted.expired > 0 || !past.endings.empty() ||
           std::ranges::any_of(past.ends, [](const auto& each) {
               return each.second.end != ledger::CallEnd::done;
           });
}

} // namespace

/// What rests on something is read before it: an operation ends when the calls that carried it
/// have, is bound again when the call before has ended, and all of that after its batch was
/// written. That AWS works on a call is told by the lease as it is after the call's end was read.
asio::awaitable<base::Result<AccountReading>> read_account(Table& table, base::AccountId account) {
    EXARCH_CO_TRY(Lease lease, co_await get_lease(table, account));
    EXARCH_CO_TRY(const std::vector<aws::Item> endings,
                  co_await read_from(table, account, Numbered::ending, lease.first_ending));
    EXARCH_CO_TRY(const std::vector<aws::Item> calls,
                  co_await read_from(table, account, Numbered::call, lease.first_call));
    EXARCH_CO_TRY(const std::vector<aws::Item> ends,
                  co_await read_from(table, account, Numbered::end, lease.first_call));
    EXARCH_CO_TRY(const std::vector<aws::Item> batches,
                  co_await read_from(table, account, Numbered::batch, lease.finished_batch + 1));
    EXARCH_CO_TRY(Lease later, co_await get_lease(table, account));
    lease.unfinished_calls = std::move(later.unfinished_calls);
    EXARCH_CO_TRY(Past past, read_past(account, calls, ends, endings));
    AccountReading reading{.account = account,
                           .view = AccountView(account, std::move(lease)),
                           .unfinished = {},
                           .has_failures = has_failures(past, later.operations)};
    reading.unfinished = unfinished_of(past, reading.view.lease());
    EXARCH_CO_CHECK(take_batches(reading.view, account, batches));
    EXARCH_CO_CHECK(reading.view.take(std::move(past)));
    co_return reading;
}

std::string blocked_reason(const Lease& lease, const ledger::LaneKey& lane) {
    auto reason = lease.blocked.find(lane_name(lane));
    if (reason == lease.blocked.end()) {
        reason = lease.blocked.find("");
    }
    return reason == lease.blocked.end() ? std::string() : reason->second.reason;
}

AccountSummary summarise(const AccountReading& reading) {
    const Lease& lease = reading.view.lease();
    OpenCounts open;
    reading.view.restore(open);
    AccountSummary summary;
    summary.calls = lease.calls;
    summary.has_failures = reading.has_failures;
    ledger::OperationCounts counts = lease.operations;
    const std::int64_t all = counts.total() - counts.rejected;
    counts.rejected = 0;
    counts.pending = 0;
    counts.bound = 0;
    for (auto& [lane, report] : open.take()) {
        counts.pending += report.operations.pending;
        counts.bound += report.operations.bound;
        report.blocked_reason = blocked_reason(lease, lane);
        summary.lanes.push_back(std::move(report));
    }
    // What has ended since it was counted: nearly all of that is done.
    counts.done += std::max<std::int64_t>(all - counts.total(), 0);
    summary.account.account = reading.account;
    summary.account.operations = counts;
    for (const auto& [api, quota] : lease.quotas) {
        summary.account.quotas.push_back(quota);
    }
    const auto blocked = lease.blocked.find("");
    summary.account.blocked_reason =
        blocked == lease.blocked.end() ? std::string() : blocked->second.reason;
    ledger::OperationCounts ended = counts;
    ended.pending = 0;
    ended.bound = 0;
    if (ended.total() > 0) {
        summary.lanes.push_back(
            {.lane = {reading.account, {}, {}}, .operations = ended, .blocked_reason = {}});
    }
    return summary;
}

asio::awaitable<base::Result<std::vector<base::AccountId>>> list_accounts(Table& table) {
    aws::Query query = logs_query();
    EXARCH_CO_TRY(const std::vector<aws::Item> logs, co_await read_items(table, std::move(query)));
    std::vector<base::AccountId> accounts;
    for (const aws::Item& log : logs) {
        const std::string partition = text_or_empty(log, partition_attribute);
        base::AccountId account = account_of(partition);
        if (!base::is_account_id(account.value()) && account != rejections_account()) {
            co_return std::unexpected(
                corrupt(fmt::format("the item {} {} is no account's log, and its `kind` says so",
                                    partition, text_or_empty(log, sort_attribute))));
        }
        if (account != rejections_account()) {
            accounts.push_back(std::move(account));
        }
    }
    std::ranges::sort(accounts);
    co_return accounts;
}

} // namespace exarch::table
