#pragma once

#include "ledger/report.hpp"
#include "table/reporter/account_reading.hpp"
#include "table/reporter/ending_search.hpp"
#include "table/reporter/task_search.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace exarch::table {

struct ReporterTerms {
    /// Accounts read at once, each with a request at a time.
    std::size_t width = 64;
    /// No call stays open for longer: retry.max_age.
    std::chrono::milliseconds longest_call = std::chrono::hours(24);
    /// How many of an account's latest calls are looked at for the newest that did not succeed,
    /// where no task is named.
    std::size_t looked_at_max = 10'000;
};

/// Reads the ledger in a table while others write it.
///
/// Blocking: each function runs `io`, on which the table works and which nobody else runs
/// meanwhile, until it has its answer. It asks all accounts, so it takes as long, and costs as
/// many read units, as there is open work.
///
/// No moment is to be had over many items. What is told of an account comes from one reading of
/// it, and adds up (see AccountReading); different accounts are read a little apart. While what
/// hold() returned lives, an account is read once, and kept in memory.
class TableReporter final : public ledger::Reporter {
public:
    /// `table` and `io` must outlive it.
    TableReporter(Table& table, boost::asio::io_context& io, ReporterTerms terms = {})
        : table_(table), io_(io), terms_(terms) {}

    [[nodiscard]] base::Result<std::unique_ptr<Moment>> hold() override;
    [[nodiscard]] bool numbers_by_account() const override { return true; }
    [[nodiscard]] base::Status open_work(ledger::Restorer& restorer) override;
    [[nodiscard]] base::Result<ledger::TotalsReport> totals() override;
    [[nodiscard]] base::Result<std::vector<ledger::AccountReport>> accounts() override;
    /// Of each account, after its lanes, one without action and resource: what has ended there is
    /// not counted by lane.
    [[nodiscard]] base::Result<std::vector<ledger::LaneReport>> lanes() override;
    /// A task with a name of its own is not found by its message. A piece's key stands for all of
    /// its task.
    [[nodiscard]] base::Result<std::vector<ledger::TaskReport>>
    tasks(const std::string& name) override;
    /// Where no task is named, among so many of the latest calls only as ReporterTerms says.
    [[nodiscard]] base::Result<std::vector<ledger::EndedOperation>>
    unsuccessful(const ledger::TaskKey& task, std::int64_t limit) override;
    /// Takes some dozens of bytes for each call of the last ReporterTerms::longest_call besides,
    /// and tells a call that was open for longer out of turn.
    [[nodiscard]] base::Status endings(const ledger::EndingQuery& query,
                                       const ledger::EndingSink& sink) override;
    [[nodiscard]] base::Result<ledger::Overview> overview(std::int64_t unsuccessful_max) override;

private:
    using Reading = std::shared_ptr<const AccountReading>;
    using Readings = std::map<base::AccountId, Reading>;
    struct Held;
    template <class Value>
    using Awaitable = boost::asio::awaitable<base::Result<Value>>;

    /// Runs a coroutine to its end.
    template <class Value>
    [[nodiscard]] Value wait(boost::asio::awaitable<Value> coroutine);

    [[nodiscard]] Awaitable<Reading> read(base::AccountId account);
    [[nodiscard]] Awaitable<std::vector<AccountSummary>> read_all();
    [[nodiscard]] boost::asio::awaitable<base::Status> summarise_into(AccountSummary& place,
                                                                      base::AccountId account);
    [[nodiscard]] Awaitable<std::int64_t> count_rejections();
    [[nodiscard]] Awaitable<std::vector<ledger::TaskReport>> report_tasks(std::string name);
    [[nodiscard]] Awaitable<ledger::TaskReport> report(const FoundTask& task);
    [[nodiscard]] Awaitable<std::vector<ledger::EndedOperation>>
    find_failures(const FoundTask& task, base::AccountId account);
    /// The query with all pieces of its tasks, and where its answers may stand.
    struct Asked {
        ledger::EndingQuery query;
        EndingScope scope;
    };
    [[nodiscard]] Awaitable<Asked> prepare(ledger::EndingQuery query);
    [[nodiscard]] Awaitable<std::vector<base::AccountId>> accounts_with_failures();
    [[nodiscard]] boost::asio::awaitable<base::Status>
    look_for_failures(std::set<base::AccountId>& failing, base::AccountId account);
    [[nodiscard]] Awaitable<ledger::TotalsReport> add_up(std::vector<AccountSummary> summaries);
    [[nodiscard]] base::Result<std::vector<ledger::EndedOperation>>
    newest_failures(std::vector<base::AccountId> failing, std::int64_t limit);
    [[nodiscard]] base::Result<std::vector<ledger::EndedOperation>> newest(Asked asked,
                                                                           std::int64_t limit);

    Table& table_;
    boost::asio::io_context& io_;
    ReporterTerms terms_;
    std::weak_ptr<Readings> held_;
};

} // namespace exarch::table
