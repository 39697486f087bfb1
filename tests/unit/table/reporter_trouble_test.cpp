#include "table/account_ledger.hpp"
#include "table/intake/intake.hpp"
#include "table/items/keys.hpp"
#include "table/reporter/reporter.hpp"
#include "unit/table/model_table.hpp"
#include "unit/table/support.hpp"

#include <boost/asio/detached.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace exarch::table {
namespace {

using aws::AttributeValue;
using ledger::CallEnd;
using ledger::CallId;
using ledger::OperationId;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// What a reporter makes of a table in which not all is well, or in which others write meanwhile.
class ReporterTroubleTest : public testing::Test {
protected:
    TableReporter reporter() { return {table_, io_}; }
    AccountLedgerParts parts(Table& table) { return {table, clock_, {}, {}}; }
    void take(std::vector<ledger::AcceptTask> tasks) {
        Intake intake(table_, clock_, {});
        ASSERT_TRUE(run(io_, intake.take(std::move(tasks))).has_value());
    }
    /// One item of every kind: a call that is done, one that is open, an expired operation.
    void fill() {
        take({task_of("m-1", {"/a", "/b", "/c"})});
        auto ledger =
            run(io_, AccountLedger::acquire(parts(table_), account_one, "w")).value().ledger;
        ASSERT_TRUE(run(io_, ledger->read(100)).has_value());
        const auto at = [](std::int64_t place) { return operation_id(1, place); };
        const base::Timestamp now = clock_.moment.wall;
        ledger::BindCall first{.call = CallId(1),
                               .lane = lane_of("E1"),
                               .reference = "r-1",
                               .items = {"/a"},
                               .operations = {at(0)},
                               .bound_at = now};
        ledger::BindCall second = first;
        second.call = CallId(2);
        second.items = {"/b"};
        second.operations = {at(1)};
        ledger::CloseCall close;
        close.call = CallId(1);
        close.closed_at = now;
        const ledger::EndOperations expired{.end = ledger::EndOperations::End::expired,
                                            .operations = {at(2)},
                                            .reason = "too old",
                                            .ended_at = now};
        const std::vector<ledger::Record> records{first, second, close, expired};
        ASSERT_TRUE(run(io_, ledger->commit(records)).has_value());
    }
    aws::Item& item(const std::string& sort_key) {
        return store_.items.at({"account#111122223333", sort_key});
    }
    /// What is said where the whole ledger is looked through.
    std::string complaint() {
        TableReporter table = reporter();
        const auto overview = table.overview(10);
        const base::Status ended =
            table.endings({}, [](const ledger::EndedOperation&) { return true; });
        EXPECT_TRUE(!overview.has_value() || !ended.has_value());
        const base::Error& error = overview.has_value() ? ended.error() : overview.error();
        EXPECT_EQ(error.kind(), base::ErrorKind::corrupt);
        return error.message();
    }

    boost::asio::io_context io_;
    ManualClock clock_;
    ModelStore store_;
    ModelTable table_{store_};
};

TEST_F(ReporterTroubleTest, an_item_that_cannot_be_right_is_named) {
    struct Case {
        std::string sort_key;
        std::string attribute;
        AttributeValue value;
    };
    const std::vector<Case> cases{
        {"batch#000000000001", "tasks", AttributeValue("x")},
        {"batch#000000000001", "accepted", AttributeValue("x")},
        {"call#000000000001", "operations", AttributeValue("x")},
        {"call#000000000001", "sent", AttributeValue("9")},
        {"end#000000000001", "end", AttributeValue("gone")},
        {"ending#000000000001", "ended", AttributeValue(true)},
        {"lease", "epoch", AttributeValue("x")},
        {"lease", "finished_batch", AttributeValue("x")},
    };
    fill();
    const ModelStore whole = store_;
    for (const Case& each : cases) {
        store_ = whole;
        item(each.sort_key).insert_or_assign(each.attribute, each.value);
        EXPECT_THAT(complaint(), HasSubstr("account#111122223333 " + each.sort_key));
    }
}

TEST_F(ReporterTroubleTest, items_that_contradict_each_other_are_no_answer) {
    fill();
    const ModelStore whole = store_;
    item("call#000000000002")
        .insert_or_assign("operations", item("call#000000000001").at("operations"));
    EXPECT_THAT(complaint(), HasSubstr("operation 1:0 of account 111122223333"));
    // A batch that is forgotten too early, or a mark that has moved past it.
    store_ = whole;
    store_.items.erase({"account#111122223333", "batch#000000000001"});
    EXPECT_THAT(complaint(), HasSubstr("operation 1:0 of account 111122223333"));
    store_ = whole;
    item("lease").insert_or_assign("finished_batch", AttributeValue(std::int64_t{1}));
    EXPECT_THAT(complaint(), HasSubstr("carries what has ended before it"));
}

TEST_F(ReporterTroubleTest, what_ends_after_it_was_counted_is_told_as_done) {
    take({task_of("m-1", {"/a"})});
    auto ledger = run(io_, AccountLedger::acquire(parts(table_), account_one, "w")).value().ledger;
    ASSERT_TRUE(run(io_, ledger->read(100)).has_value());
    const ledger::BindCall bind{.call = CallId(1),
                                .lane = lane_of("E1"),
                                .reference = "r-1",
                                .items = {"/a"},
                                .operations = {operation_id(1, 0)},
                                .bound_at = clock_.moment.wall};
    ASSERT_TRUE(run(io_, ledger->commit(std::vector<ledger::Record>{bind})).has_value());
    const aws::Item counted_before = item("lease");
    ledger::CloseCall close;
    close.call = CallId(1);
    close.closed_at = clock_.moment.wall;
    ASSERT_TRUE(run(io_, ledger->commit(std::vector<ledger::Record>{close})).has_value());
    // Of the account it is read first, and last what is in progress.
    item("lease") = counted_before;
    TableReporter table = reporter();
    const auto totals = table.totals();
    ASSERT_TRUE(totals.has_value()) << totals.error().message();
    EXPECT_EQ(totals->operations.done, 1);
    EXPECT_EQ(totals->operations.bound, 0);
    EXPECT_EQ(totals->operations.expired, 0);
}

TEST_F(ReporterTroubleTest, a_call_that_aws_works_on_holds_its_batches) {
    fill();
    // Call 1 is done, and AWS works on it: its batch cannot be finished.
    store_.items.erase({"account#111122223333", "call#000000000002"});
    item("lease").insert_or_assign("finished_batch", AttributeValue(std::int64_t{1}));
    EXPECT_THAT(complaint(), HasSubstr("call 1 is not finished, and carries"));
}

TEST_F(ReporterTroubleTest, a_foreign_item_in_the_index_is_named) {
    fill();
    aws::Item foreign;
    foreign.emplace("pk", AttributeValue("account#../x"));
    foreign.emplace("sk", AttributeValue("log"));
    foreign.emplace("kind", AttributeValue("log"));
    foreign.emplace("due", AttributeValue(std::int64_t{1}));
    store_.items[{"account#../x", "log"}] = foreign;
    EXPECT_THAT(complaint(), HasSubstr("the item account#../x log is no account's log"));
}

TEST_F(ReporterTroubleTest, a_batch_far_behind_the_end_of_its_log_is_named) {
    fill();
    aws::Item far = item("batch#000000000001");
    far.insert_or_assign("sk", AttributeValue("batch#000999999999"));
    store_.items[{"account#111122223333", "batch#000999999999"}] = far;
    EXPECT_THAT(complaint(), HasSubstr("account#111122223333 batch#000999999999 is far behind"));
}

TEST_F(ReporterTroubleTest, what_stands_behind_a_gap_counts) {
    // The claim is the second request; the batch would be the third.
    ModelTable dying(store_, 1,
                     {.delays_max = 0, .repeated_percent = 0, .refused_percent = 0, .dies_at = 3});
    Intake intake(dying, clock_, {});
    EXPECT_FALSE(run(io_, intake.take({task_of("m-1", {"/a"})})).has_value());
    take({task_of("m-2", {"/b", "/c"})});
    TableReporter table = reporter();
    EXPECT_EQ(table.totals().value().operations.pending, 2);
    EXPECT_THAT(table.tasks("m-2").value(), SizeIs(1));
    EXPECT_THAT(table.tasks("m-1").value(), IsEmpty()) << "it was never taken in";
}

TEST_F(ReporterTroubleTest, what_is_forgotten_is_told_of_no_more) {
    fill();
    store_.items.erase({"account#111122223333", "call#000000000001"});
    int told = 0;
    TableReporter table = reporter();
    ASSERT_TRUE(table
                    .endings({},
                             [&](const ledger::EndedOperation& ended) {
                                 EXPECT_EQ(ended.item, "/c");
                                 ++told;
                                 return true;
                             })
                    .has_value());
    EXPECT_EQ(told, 1);
}

TEST_F(ReporterTroubleTest, a_task_outlives_its_claim) {
    fill();
    std::erase_if(store_.items, [](const auto& each) { return each.first.first == "message#m-1"; });
    TableReporter table = reporter();
    EXPECT_THAT(table.tasks("m-1").value(), IsEmpty());
    const auto by_key = table.tasks("111122223333:1048576").value();
    ASSERT_THAT(by_key, SizeIs(1));
    EXPECT_EQ(by_key[0].operations.total(), 3);
    EXPECT_EQ(by_key[0].origin.message_id, "m-1");
}

TEST_F(ReporterTroubleTest, an_error_of_the_table_is_the_answer) {
    fill();
    for (std::size_t dies_at = 0; dies_at < 12; ++dies_at) {
        ModelTable dying(
            store_, 1,
            {.delays_max = 2, .repeated_percent = 0, .refused_percent = 0, .dies_at = dies_at});
        TableReporter table(dying, io_);
        const auto overview = table.overview(10);
        EXPECT_EQ(overview.has_value(), !dying.is_dead());
    }
}

/// Takes in, binds, closes, refuses and expires as it likes, one commit after the other.
class Busy {
public:
    Busy(ModelStore& store, const base::Clock& clock, std::uint32_t seed)
        : table_(store, seed,
                 {.delays_max = 3, .repeated_percent = 0, .refused_percent = 0, .dies_at = {}}),
          clock_(clock), random_(seed) {}

    boost::asio::awaitable<void> work(int steps) {
        AccountLedgerParts parts{table_, clock_, {}, {}};
        auto acquired = co_await AccountLedger::acquire(parts, account_one, "w");
        const auto ledger = std::move(acquired).value().ledger;
        base::Status done = co_await ledger->read(1'000);
        EXPECT_TRUE(done.has_value());
        pending_[operation_id(1, 0)] = "/first";
        for (int step = 0; step < steps; ++step) {
            if (draw(3) == 0) {
                co_await take_in();
            }
            const auto found = (co_await ledger->read_on(1'000)).value();
            for (const Discovered& each : found) {
                for (std::size_t i = 0; i < each.task.operations.size(); ++i) {
                    pending_[each.receipt.first_operation.plus(static_cast<std::int64_t>(i))] =
                        each.task.operations[i].item;
                }
            }
            const std::vector<ledger::Record> records = act();
            done = co_await ledger->commit(records);
            EXPECT_TRUE(done.has_value());
        }
        is_over = true;
    }

    std::int64_t taken = 0;
    bool is_over = false;
    /// Of the first operation: AWS has finished its call.
    bool first_is_complete = false;

private:
    std::size_t draw(std::size_t below) { return random_() % below; }

    boost::asio::awaitable<void> take_in() {
        std::vector<std::string> items;
        for (std::size_t count = 1 + draw(4); count > 0; --count) {
            items.push_back("/" + std::to_string(++items_));
        }
        taken += static_cast<std::int64_t>(items.size());
        Intake intake(table_, clock_, {});
        std::vector<ledger::AcceptTask> tasks{task_of("m-" + std::to_string(items_), items)};
        const auto verdict = co_await intake.take(std::move(tasks));
        EXPECT_TRUE(verdict.has_value());
    }

    std::vector<ledger::Record> act() {
        std::vector<ledger::Record> records;
        for (std::size_t count = draw(4); count > 0; --count) {
            switch (draw(4)) {
            case 0:
            case 1:
                bind(records);
                break;
            case 2:
                close(records);
                break;
            default:
                expire(records);
            }
        }
        return records;
    }
    void bind(std::vector<ledger::Record>& records) {
        ledger::BindCall bind{.call = CallId(++calls_),
                              .lane = lane_of("E1"),
                              .reference = "r",
                              .items = {},
                              .operations = {},
                              .bound_at = clock_.now().wall};
        while (!pending_.empty() && bind.items.size() < 3) {
            bind.items.push_back(pending_.begin()->second);
            bind.operations.push_back(pending_.begin()->first);
            pending_.erase(pending_.begin());
        }
        if (!bind.items.empty()) {
            open_.push_back(bind);
            records.emplace_back(std::move(bind));
        }
    }
    void close(std::vector<ledger::Record>& records) {
        if (open_.empty()) {
            return;
        }
        const ledger::BindCall bind = open_.front();
        open_.erase(open_.begin());
        ledger::CloseCall close;
        close.call = bind.call;
        close.closed_at = clock_.now().wall;
        if (draw(3) == 0) {
            close.end = CallEnd::refused;
            close.failed = {bind.operations[0]};
            for (std::size_t i = 1; i < bind.operations.size(); ++i) {
                pending_[bind.operations[i]] = bind.items[i];
                returned_.push_back(bind.operations[i]);
            }
        }
        records.emplace_back(close);
        if (close.end == CallEnd::done && draw(2) == 0) {
            records.emplace_back(ledger::CompleteCall{close.call, clock_.now().wall});
            first_is_complete |= std::ranges::count(bind.operations, operation_id(1, 0)) > 0;
        }
    }
    void expire(std::vector<ledger::Record>& records) {
        // Rather what has just come back from a call.
        std::erase_if(returned_, [&](OperationId id) { return !pending_.contains(id); });
        if (!pending_.empty()) {
            const OperationId id = returned_.empty() ? pending_.rbegin()->first : returned_.back();
            pending_.erase(id);
            records.emplace_back(ledger::EndOperations{.end = ledger::EndOperations::End::expired,
                                                       .operations = {id},
                                                       .reason = "too old",
                                                       .ended_at = clock_.now().wall});
        }
    }

    ModelTable table_;
    const base::Clock& clock_;
    std::mt19937 random_;
    int items_ = 0;
    std::int64_t calls_ = 0;
    std::map<OperationId, std::string> pending_;
    std::vector<ledger::BindCall> open_;
    std::vector<OperationId> returned_;
};

void expect_first_task_whole(TableReporter& table, const Busy& busy) {
    const auto tasks = table.tasks("m-0");
    ASSERT_TRUE(tasks.has_value()) << tasks.error().message();
    const ledger::TaskReport& first = tasks->at(0);
    EXPECT_EQ(first.operations.total(), 1);
    const bool is_done = first.operations.done == 1;
    EXPECT_TRUE(!is_done || first.incomplete == 1 || busy.first_is_complete);
}

TEST_F(ReporterTroubleTest, what_is_told_while_others_write_adds_up) {
    std::size_t overviews = 0;
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        store_ = ModelStore();
        Busy busy(store_, clock_, seed);
        take({task_of("m-0", {"/first"})});
        boost::asio::co_spawn(io_, busy.work(40), boost::asio::detached);
        ModelTable slow(
            store_, seed,
            {.delays_max = 2, .repeated_percent = 0, .refused_percent = 0, .dies_at = {}});
        TableReporter table(slow, io_);
        std::int64_t told_before = 0;
        while (!busy.is_over) {
            for (int times = 0; times < 5; ++times) {
                expect_first_task_whole(table, busy);
            }
            const auto overview = table.overview(5);
            ASSERT_TRUE(overview.has_value()) << seed << ": " << overview.error().message();
            ASSERT_THAT(overview->accounts, SizeIs(1));
            ledger::OperationCounts by_lane;
            for (const ledger::LaneReport& lane : overview->lanes) {
                by_lane += lane.operations;
            }
            EXPECT_EQ(by_lane, overview->totals.operations) << seed;
            const std::int64_t told = overview->totals.operations.total();
            EXPECT_GE(told, told_before) << seed;
            EXPECT_LE(told, busy.taken + 1) << seed;
            told_before = told;
            ++overviews;
        }
        const ledger::OperationCounts last = table.totals().value().operations;
        EXPECT_EQ(last.total(), busy.taken + 1);
    }
    EXPECT_GT(overviews, 40U);
}

} // namespace
} // namespace exarch::table
