#include "ledger/memory.hpp"
#include "table/account_ledger.hpp"
#include "table/intake/intake.hpp"
#include "table/items/lease.hpp"
#include "table/reporter/reporter.hpp"
#include "unit/table/model_table.hpp"
#include "unit/table/real_table.hpp"
#include "unit/table/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace exarch::table {
namespace {

using ledger::CallEnd;
using ledger::CallId;
using ledger::EndedOperation;
using ledger::EndingQuery;
using ledger::OperationCounts;
using ledger::OperationId;
using ledger::OperationKey;
using ledger::TaskKey;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

/// What happens to a ledger in a table and to one in memory. Operations are named by their items,
/// which no two have in common: their numbers differ.
class TableReporterTest : public testing::Test {
protected:
    TableReporterTest() {
        if (const char* address = std::getenv("EXARCH_DYNAMODB")) {
            const auto* test = testing::UnitTest::GetInstance()->current_test_info();
            real_ = std::make_unique<RealTable>(io_, address, test->name());
        }
    }
    Table& table() { return real_ == nullptr ? model_ : real_->table(); }
    TableReporter reporter() { return {table(), io_}; }

    void take(std::vector<ledger::AcceptTask> tasks) {
        std::vector<ledger::Record> records;
        for (ledger::AcceptTask& task : tasks) {
            task.accepted_at = clock_.moment.wall;
            records.emplace_back(task);
        }
        note(records);
        Intake intake(table(), clock_, {});
        ASSERT_TRUE(run(io_, intake.take(tasks)).has_value());
    }
    AccountLedger& held(const base::AccountId& account) {
        std::unique_ptr<AccountLedger>& ledger = held_[account];
        if (ledger == nullptr) {
            ledger = run(io_, AccountLedger::acquire({table(), clock_, {}, {}}, account,
                                                     "w" + account.value()))
                         .value()
                         .ledger;
            EXPECT_TRUE(run(io_, ledger->read(10'000)).has_value());
        }
        EXPECT_TRUE(run(io_, ledger->read_on(10'000)).has_value());
        return *ledger;
    }
    /// The numbers that the table gave: where each item stands.
    std::vector<OperationId> ids(const base::AccountId& account,
                                 const std::vector<std::string>& items) {
        std::vector<OperationId> found;
        found.reserve(items.size());
        for (const std::string& item : items) {
            found.push_back(in_table_.at({account, item}));
        }
        return found;
    }
    std::vector<OperationId> ids_in_memory(const std::vector<std::string>& items) {
        std::vector<OperationId> found;
        found.reserve(items.size());
        for (const std::string& item : items) {
            found.push_back(in_memory_.at(item));
        }
        return found;
    }
    /// Looks up where what is open stands in both.
    void learn(const base::AccountId& account);
    void note(const std::vector<ledger::Record>& records) {
        const auto receipts = memory_.commit(records);
        ASSERT_TRUE(receipts.has_value()) << receipts.error().message();
    }
    void write(const base::AccountId& account, const ledger::Record& in_table,
               const ledger::Record& in_memory) {
        AccountLedger& ledger = held(account);
        const base::Status written = run(io_, ledger.commit(std::vector{in_table}));
        ASSERT_TRUE(written.has_value()) << written.error().message();
        note({in_memory});
    }
    void bind(std::int64_t call, const ledger::LaneKey& lane, std::vector<std::string> items) {
        learn(lane.account);
        ledger::BindCall bind{.call = CallId(call),
                              .lane = lane,
                              .reference = "r-" + std::to_string(call),
                              .items = items,
                              .operations = ids(lane.account, items),
                              .bound_at = clock_.moment.wall};
        ledger::BindCall again = bind;
        again.operations = ids_in_memory(items);
        write(lane.account, bind, again);
    }
    void close(std::int64_t call, const base::AccountId& account, CallEnd end = CallEnd::done,
               const std::vector<std::string>& failed = {}) {
        ledger::CloseCall close;
        close.call = CallId(call);
        close.end = end;
        close.result_id = end == CallEnd::done ? "I" + std::to_string(call) : "";
        close.request_id = base::RequestId("q-" + std::to_string(call));
        close.reason = end == CallEnd::done ? "" : "why " + std::to_string(call);
        close.closed_at = clock_.moment.wall;
        ledger::CloseCall again = close;
        close.failed = ids(account, failed);
        again.failed = ids_in_memory(failed);
        write(account, close, again);
    }
    void expire(const base::AccountId& account, const std::vector<std::string>& items) {
        learn(account);
        ledger::EndOperations end{.end = ledger::EndOperations::End::expired,
                                  .operations = ids(account, items),
                                  .reason = "too old",
                                  .ended_at = clock_.moment.wall};
        ledger::EndOperations again = end;
        again.operations = ids_in_memory(items);
        write(account, end, again);
    }
    void write_same(const base::AccountId& account, const ledger::Record& record) {
        write(account, record, record);
    }
    void pass() { clock_.pass(std::chrono::seconds(10)); }

    static std::string text(const EndedOperation& ended) {
        return ended.state + " " + ended.lane.account.value() + " " + ended.lane.resource + " " +
               ended.item + " " + ended.reason + " " + ended.excerpt + " " + ended.message_id +
               " " + ended.task_name + " " + ended.requester + " " + ended.sender_id + " " +
               ended.reference + " " + ended.request_id.value() + " " + ended.result_id + " " +
               base::format(ended.ended_at) + (ended.is_outcome_unknown ? " unknown" : "");
    }
    static std::vector<std::string> endings(ledger::Reporter& reporter, const EndingQuery& query) {
        std::vector<std::string> found;
        const base::Status told = reporter.endings(query, [&](const EndedOperation& ended) {
            found.push_back(text(ended));
            return true;
        });
        EXPECT_TRUE(told.has_value()) << told.error().message();
        return found;
    }
    static std::string text(const ledger::TaskReport& task) {
        std::string told = task.name + " " + task.origin.message_id + " " + task.requester + " " +
                           base::format(task.accepted_at) + (task.owns_name ? " owned " : " ") +
                           text(task.operations) + " incomplete " + std::to_string(task.incomplete);
        for (const ledger::LaneReport& lane : task.blocked) {
            told +=
                " " + lane.lane.resource + " " + lane.blocked_reason + " " + text(lane.operations);
        }
        return told;
    }
    static std::vector<std::string> tasks(ledger::Reporter& reporter, const std::string& name) {
        const auto reports = reporter.tasks(name);
        EXPECT_TRUE(reports.has_value()) << reports.error().message();
        std::vector<std::string> told;
        for (const ledger::TaskReport& report : reports.value()) {
            told.push_back(text(report));
        }
        return told;
    }
    static std::string text(const OperationCounts& counts) {
        return std::to_string(counts.pending) + "p " + std::to_string(counts.bound) + "b " +
               std::to_string(counts.done) + "d " + std::to_string(counts.failed) + "f " +
               std::to_string(counts.rejected) + "r " + std::to_string(counts.expired) + "x";
    }
    /// What both tell of what is open, and of accounts.
    static std::vector<std::string> open_lanes(ledger::Reporter& reporter) {
        std::vector<std::string> told;
        for (const ledger::LaneReport& lane : reporter.lanes().value()) {
            if (lane.operations.open() > 0) {
                told.push_back(lane.lane.account.value() + " " + lane.lane.resource + " " +
                               std::to_string(lane.operations.pending) + " " +
                               std::to_string(lane.operations.bound) + " " + lane.blocked_reason);
            }
        }
        return told;
    }
    static std::vector<std::string> account_lines(ledger::Reporter& reporter) {
        std::vector<std::string> told;
        for (const ledger::AccountReport& account : reporter.accounts().value()) {
            told.push_back(account.account.value() + " " + text(account.operations) + " " +
                           account.blocked_reason + " " + std::to_string(account.quotas.size()));
        }
        return told;
    }
    /// Several accounts, every way to end, and something of each kind still open.
    void make_history();
    void expect_sums_hold(ledger::Reporter& reporter);

    boost::asio::io_context io_;
    ManualClock clock_;
    ModelStore store_;
    ModelTable model_{store_};
    std::unique_ptr<RealTable> real_;
    ledger::MemoryLedger memory_;
    std::map<base::AccountId, std::unique_ptr<AccountLedger>> held_;
    std::map<std::pair<base::AccountId, std::string>, OperationId> in_table_;
    std::map<std::string, OperationId> in_memory_;
};

/// Where items stand.
struct Places final : ledger::Restorer {
    void open_call(ledger::OpenCall call) override { calls.push_back(call.id); }
    void incomplete_call(ledger::IncompleteCall call) override { incomplete.push_back(call.id); }
    void learned_quota(ledger::LearnQuota) override {}
    void last_call(CallId) override {}
    ledger::LaneNumber lane(const ledger::LaneKey& key) override {
        lanes.push_back(key);
        return static_cast<ledger::LaneNumber>(lanes.size() - 1);
    }
    void operation(ledger::LaneNumber lane, ledger::OpenOperation operation) override {
        at[{lanes.at(lane).account, operation.item}] = operation.id;
    }

    std::vector<ledger::LaneKey> lanes;
    std::vector<CallId> calls;
    std::vector<CallId> incomplete;
    std::map<std::pair<base::AccountId, std::string>, OperationId> at;
};

void TableReporterTest::learn(const base::AccountId& account) {
    Places places;
    held(account).view().restore(places);
    for (const auto& [key, id] : places.at) {
        in_table_[key] = id;
    }
    Places in_memory;
    ASSERT_TRUE(memory_.load(in_memory).has_value());
    for (const auto& [key, id] : in_memory.at) {
        in_memory_[key.second] = id;
    }
}

void TableReporterTest::make_history() {
    ledger::AcceptTask sale = task_of("m-1", {"/a", "/b", "/c"});
    sale.name = "sale";
    sale.digest = "d1";
    sale.requester = "shop";
    sale.lanes.push_back(lane_of("E4", account_two));
    for (const char* item : {"/d", "/e"}) {
        ledger::NewOperation elsewhere;
        elsewhere.lane = 1;
        elsewhere.item = item;
        sale.operations.push_back(elsewhere);
    }
    sale.rejections.push_back({"entries[4]", "no path", "5"});
    take({sale});
    pass();
    take({task_of("m-2", {"/f", "/g", "/h", "/i"}), task_of("m-3", {"/j"}, lane_of("E2"))});
    pass();
    bind(1, lane_of("E1"), {"/a", "/f"});
    bind(2, lane_of("E1"), {"/b", "/g"});
    bind(11, lane_of("E4", account_two), {"/d"});
    bind(12, lane_of("E4", account_two), {"/e"});
    pass();
    close(1, account_one);
    pass();
    close(2, account_one, CallEnd::refused, {"/g"});
    pass();
    close(11, account_two, CallEnd::unknown);
    pass();
    expire(account_one, {"/h"});
    pass();
    bind(21, lane_of("E1"), {"/b"});
    write_same(account_two, ledger::NoteBreaker{.lane = {account_two, {}, {}},
                                                .open = true,
                                                .reason = "AccessDenied",
                                                .changed_at = clock_.moment.wall});
    write_same(account_one, ledger::NoteBreaker{.lane = lane_of("E2"),
                                                .open = true,
                                                .reason = "NoSuchDistribution",
                                                .changed_at = clock_.moment.wall});
    write_same(account_one, ledger::LearnQuota{.account = account_one,
                                               .api = "cloudfront.CreateInvalidation",
                                               .rate = 0.5,
                                               .learned_at = clock_.moment.wall});
    write_same(account_one, ledger::CountAttempt{CallId(1), ledger::AttemptEnd::throttled});
}

void TableReporterTest::expect_sums_hold(ledger::Reporter& reporter) {
    const auto overview = reporter.overview(10);
    ASSERT_TRUE(overview.has_value()) << overview.error().message();
    OperationCounts by_account;
    for (const ledger::AccountReport& account : overview->accounts) {
        by_account += account.operations;
        OperationCounts by_lane;
        for (const ledger::LaneReport& lane : overview->lanes) {
            if (lane.lane.account == account.account) {
                by_lane += lane.operations;
            }
        }
        EXPECT_EQ(text(by_lane), text(account.operations)) << account.account.value();
    }
    by_account.rejected = overview->totals.operations.rejected;
    EXPECT_EQ(text(by_account), text(overview->totals.operations));
}

TEST_F(TableReporterTest, an_empty_table_has_nothing_to_tell) {
    TableReporter empty = reporter();
    const ledger::Overview overview = empty.overview(10).value();
    EXPECT_EQ(overview.totals.operations.total(), 0);
    EXPECT_THAT(overview.accounts, IsEmpty());
    EXPECT_THAT(overview.lanes, IsEmpty());
    EXPECT_THAT(overview.unsuccessful, IsEmpty());
    EXPECT_THAT(tasks(empty, "sale"), IsEmpty());
    EXPECT_THAT(tasks(empty, ""), IsEmpty());
    EXPECT_THAT(endings(empty, {}), IsEmpty());
    EXPECT_TRUE(empty.numbers_by_account());
}

TEST_F(TableReporterTest, what_it_tells_of_a_history_is_what_any_ledger_tells) {
    make_history();
    TableReporter table = reporter();
    EXPECT_EQ(open_lanes(table), open_lanes(memory_));
    EXPECT_THAT(open_lanes(table), SizeIs(3));
    EXPECT_EQ(account_lines(table), account_lines(memory_));
    EXPECT_EQ(text(table.totals().value().operations), text(memory_.totals().value().operations));
    EXPECT_EQ(table.totals().value().calls, memory_.totals().value().calls);
    for (const char* name : {"sale", "m-2", "m-3"}) {
        EXPECT_EQ(tasks(table, name), tasks(memory_, name)) << name;
        EXPECT_THAT(tasks(table, name), SizeIs(1)) << name;
    }
    EXPECT_EQ(endings(table, {}), endings(memory_, {}));
    EXPECT_THAT(endings(table, {}), SizeIs(6));
    expect_sums_hold(table);
}

TEST_F(TableReporterTest, queries_choose_as_in_any_ledger) {
    make_history();
    TableReporter table = reporter();
    std::vector<EndingQuery> queries(6);
    queries[0].states = {"done"};
    queries[1].states = {"failed", "expired", "rejected"};
    queries[2].account = account_one;
    queries[3].reason_part = "why";
    queries[4].since = clock_.moment.wall - std::chrono::seconds(35);
    queries[5].states = {"rejected"};
    for (const EndingQuery& query : queries) {
        EXPECT_EQ(endings(table, query), endings(memory_, query));
        EXPECT_THAT(endings(table, query), testing::Not(IsEmpty()));
    }
    EndingQuery by_id;
    by_id.operations = {OperationKey(account_one, in_table_.at({account_one, "/g"})),
                        OperationKey(account_two, in_table_.at({account_two, "/d"})),
                        OperationKey(account_two, OperationId(99))};
    EndingQuery by_id_in_memory;
    by_id_in_memory.operations = {in_memory_.at("/g"), in_memory_.at("/d")};
    EXPECT_EQ(endings(table, by_id), endings(memory_, by_id_in_memory));
    by_id.account = account_two;
    EXPECT_THAT(endings(table, by_id), SizeIs(1));
    by_id.account = base::AccountId("777788889999");
    EXPECT_THAT(endings(table, by_id), IsEmpty());
    by_id = {};
    by_id.operations = {OperationKey(account_one, OperationId(99))};
    EXPECT_THAT(endings(table, by_id), IsEmpty()) << "what is not there is not all";
}

TEST_F(TableReporterTest, what_was_rejected_is_found_by_the_account_it_was_for) {
    ledger::AcceptTask task = task_of("m-1", {"/a"});
    task.name = "sale";
    take({task});
    ledger::AcceptTask other = task_of("m-2", {"/b"});
    other.name = "sale";
    other.digest = "another";
    take({other});
    TableReporter table = reporter();
    EndingQuery query;
    query.account = account_one;
    EXPECT_THAT(endings(table, query), ElementsAre(StartsWith("rejected 111122223333 E1 /b ")));
    EXPECT_THAT(endings(memory_, query), SizeIs(1));
    query.tasks = {TaskKey(rejections_account(), task_id(1, 0))};
    EXPECT_THAT(endings(table, query), SizeIs(1));
    query.account = account_two;
    EXPECT_THAT(endings(table, query), IsEmpty());
}

TEST_F(TableReporterTest, a_piece_stands_for_the_whole_of_its_task) {
    make_history();
    TableReporter table = reporter();
    const ledger::TaskReport sale = table.tasks("sale").value().at(0);
    ASSERT_THAT(sale.pieces, SizeIs(3));
    EXPECT_EQ(sale.task, sale.pieces[0]);
    EXPECT_EQ(format(sale.task), "111122223333:1048576");
    EXPECT_EQ(format(sale.pieces[2]), "rejections:1048576");
    const ledger::TaskReport in_memory = memory_.tasks("sale").value().at(0);
    EndingQuery of_task;
    of_task.tasks = {in_memory.task};
    const std::vector<std::string> all = endings(memory_, of_task);
    ASSERT_THAT(all, SizeIs(3));
    for (const TaskKey& piece : sale.pieces) {
        EXPECT_EQ(tasks(table, format(piece)), tasks(table, "sale"));
        of_task.tasks = {piece};
        EXPECT_EQ(endings(table, of_task), all);
        EXPECT_THAT(table.unsuccessful(piece, 10).value(), SizeIs(2));
        EXPECT_THAT(table.unsuccessful(piece, 1).value(), SizeIs(1));
        EXPECT_TRUE(is_of(piece, sale));
    }
    for (const char* none :
         {"111122223333:1048577", "444455556666:99", "nobody:1048576", "1048576"}) {
        EXPECT_THAT(tasks(table, none), IsEmpty()) << none;
    }
    of_task.tasks = {TaskKey(account_one, ledger::TaskId(99))};
    EXPECT_THAT(endings(table, of_task), IsEmpty());
}

TEST_F(TableReporterTest, the_newest_that_did_not_succeed_come_first) {
    make_history();
    TableReporter table = reporter();
    const auto text_of = [](const std::vector<EndedOperation>& all) {
        std::vector<std::string> told;
        told.reserve(all.size());
        for (const EndedOperation& each : all) {
            told.push_back(text(each));
        }
        return told;
    };
    const std::vector<std::string> all = text_of(memory_.unsuccessful({}, 10).value());
    ASSERT_THAT(all, SizeIs(4));
    EXPECT_EQ(text_of(table.unsuccessful({}, 10).value()), all);
    EXPECT_EQ(text_of(table.unsuccessful({}, 2).value()),
              text_of(memory_.unsuccessful({}, 2).value()));
    EXPECT_THAT(table.unsuccessful({}, 0).value(), IsEmpty());
    EXPECT_EQ(text_of(table.overview(1).value().unsuccessful), std::vector{all[0]});
}

TEST_F(TableReporterTest, all_that_is_open_is_handed_over_account_by_account) {
    make_history();
    TableReporter table = reporter();
    Places open;
    ASSERT_TRUE(table.open_work(open).has_value());
    EXPECT_THAT(open.at, SizeIs(5));
    EXPECT_THAT(open.calls, ElementsAre(CallId(21), CallId(12)));
    EXPECT_THAT(open.incomplete, ElementsAre(CallId(1)));
    EXPECT_EQ(open.at.at({account_two, "/e"}), in_table_.at({account_two, "/e"}));
}

TEST_F(TableReporterTest, tasks_stay_known_when_all_of_them_is_done) {
    make_history();
    pass();
    close(21, account_one);
    close(12, account_two);
    bind(22, lane_of("E1"), {"/c"});
    close(22, account_one);
    for (const std::int64_t call : {1, 21, 22}) {
        write_same(account_one, ledger::CompleteCall{CallId(call), clock_.moment.wall});
    }
    TableReporter table = reporter();
    EXPECT_EQ(tasks(table, "sale"), tasks(memory_, "sale"));
    EXPECT_THAT(tasks(table, "sale").at(0), HasSubstr("incomplete 1"));
    write_same(account_two, ledger::CompleteCall{CallId(12), clock_.moment.wall});
    EXPECT_EQ(tasks(table, "sale"), tasks(memory_, "sale"));
    EXPECT_THAT(tasks(table, "sale").at(0), HasSubstr("0p 0b 4d 1f 1r 0x incomplete 0"));
    expect_sums_hold(table);
}

TEST_F(TableReporterTest, while_it_is_held_an_account_is_read_once) {
    make_history();
    TableReporter table = reporter();
    auto moment = table.hold();
    ASSERT_TRUE(moment.has_value());
    const std::vector<std::string> before = open_lanes(table);
    close(21, account_one);
    EXPECT_EQ(open_lanes(table), before);
    {
        const auto within = table.hold();
        EXPECT_EQ(open_lanes(table), before);
    }
    EXPECT_EQ(open_lanes(table), before);
    moment->reset();
    EXPECT_EQ(open_lanes(table), open_lanes(memory_));
    EXPECT_NE(open_lanes(table), before);
}

TEST_F(TableReporterTest, a_call_that_was_open_for_long_is_told_where_it_ended) {
    std::vector<std::string> items;
    items.reserve(20);
    for (int item = 0; item < 20; ++item) {
        items.push_back("/" + std::to_string(item));
    }
    take({task_of("m-1", items)});
    std::int64_t bound = 0;
    for (const std::string& item : items) {
        pass();
        bind(++bound, lane_of("E1"), {item});
    }
    for (const std::int64_t call :
         {20, 1, 19, 18, 17, 2, 16, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}) {
        pass();
        close(call, account_one, call % 4 == 0 ? CallEnd::unknown : CallEnd::done);
    }
    TableReporter table = reporter();
    EXPECT_EQ(endings(table, {}), endings(memory_, {}));
    EXPECT_THAT(endings(table, {}), SizeIs(18));
    EndingQuery recent;
    recent.since = clock_.moment.wall - std::chrono::seconds(100);
    EXPECT_EQ(endings(table, recent), endings(memory_, recent));
    int told = 0;
    ASSERT_TRUE(table.endings({}, [&](const EndedOperation&) { return ++told < 3; }).has_value());
    EXPECT_EQ(told, 3) << "whoever wants no more gets no more";
}

TEST_F(TableReporterTest, whoever_takes_endings_may_ask_for_more) {
    make_history();
    TableReporter table = reporter();
    std::vector<std::string> names;
    ASSERT_TRUE(table
                    .endings({},
                             [&](const EndedOperation& ended) {
                                 names.push_back(table.tasks(ended.message_id).value().empty()
                                                     ? "named"
                                                     : ended.message_id);
                                 return true;
                             })
                    .has_value());
    EXPECT_THAT(names, SizeIs(6));
    EXPECT_THAT(names, testing::Contains("m-2"));
}

} // namespace
} // namespace exarch::table
