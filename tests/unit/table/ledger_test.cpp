#include "unit/table/ledger_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace exarch::table {
namespace {

using ledger::CallEnd;
using ledger::CallId;
using ledger::OperationId;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Verdict = Taken::Verdict;

TEST_F(TableLedgerTest, what_one_worker_takes_in_another_one_carries_out) {
    EXPECT_THAT(take(table(), {task_of("m-1", {"/a", "/b"}), task_of("m-2", {"/c"})}),
                ElementsAre(Taken{Verdict::accepted, {account_one}},
                            Taken{Verdict::accepted, {account_one}}));
    const auto ledger = load("w");
    EXPECT_THAT(
        restored(*ledger).operations,
        ElementsAre("E1 /a of AIDAEXAMPLE", "E1 /b of AIDAEXAMPLE", "E1 /c of AIDAEXAMPLE"));
    EXPECT_THAT(read_on(*ledger), IsEmpty());
    EXPECT_FALSE(ledger->is_behind());
    take(table(), {task_of("m-3", {"/d"})});
    const std::vector<Discovered> found = read_on(*ledger);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].task.operations[0].item, "/d");
    EXPECT_EQ(found[0].task.origin, task_of("m-3", {}).origin);
    EXPECT_GT(found[0].receipt.first_operation, restored(*ledger).ids[2]);
}

TEST_F(TableLedgerTest, a_message_that_comes_again_changes_nothing) {
    take(table(), {task_of("m-1", {"/a"})});
    EXPECT_THAT(
        take(table(), {task_of("m-1", {"/a"}), task_of("m-2", {"/b"})}),
        ElementsAre(Taken{Verdict::duplicate, {}}, Taken{Verdict::accepted, {account_one}}));
    EXPECT_THAT(restored(*load("w")).operations, SizeIs(2));
    // Still known when all is done, and in another queue another message.
    ledger::AcceptTask other = task_of("m-1", {"/a"});
    other.origin.queue += "2";
    EXPECT_EQ(take(table(), {other})[0].verdict, Verdict::accepted);
}

TEST_F(TableLedgerTest, copies_that_are_taken_in_together_count_once) {
    ledger::AcceptTask named = task_of("m2", {"/b"});
    named.name = "sale";
    named.digest = "one";
    ledger::AcceptTask same = task_of("m3", {"/b"});
    same.name = "sale";
    same.digest = "one";
    ledger::AcceptTask other = task_of("m4", {"/c"});
    other.name = "sale";
    other.digest = "two";
    const ledger::AcceptTask task = task_of("m1", {"/a"});
    const std::vector<Taken> taken = take(table(), {task, named, task, same, other, task});
    std::vector<Verdict> verdicts;
    std::ranges::transform(taken, std::back_inserter(verdicts), &Taken::verdict);
    EXPECT_THAT(verdicts, ElementsAre(Verdict::accepted, Verdict::accepted, Verdict::duplicate,
                                      Verdict::duplicate, Verdict::conflict, Verdict::duplicate));
    EXPECT_THAT(restored(*load("w1")).operations,
                ElementsAre("E1 /a of AIDAEXAMPLE", "E1 /b of AIDAEXAMPLE"));
}

TEST_F(TableLedgerTest, a_name_counts_within_its_sender_and_queue) {
    const auto named = [](const std::string& message, const std::string& digest) {
        ledger::AcceptTask task = task_of(message, {"/a"});
        task.name = "sale";
        task.digest = digest;
        return task;
    };
    EXPECT_EQ(take(table(), {named("m-1", "d1")})[0].verdict, Verdict::accepted);
    EXPECT_EQ(take(table(), {named("m-2", "d1")})[0].verdict, Verdict::duplicate);
    EXPECT_EQ(take(table(), {named("m-3", "d2")})[0].verdict, Verdict::conflict);
    EXPECT_EQ(take(table(), {named("m-3", "d2")})[0].verdict, Verdict::duplicate);
    ledger::AcceptTask other = named("m-4", "d2");
    other.origin.sender_id = "AROA:other";
    EXPECT_EQ(take(table(), {other})[0].verdict, Verdict::accepted);
    // The conflict is recorded once, where people look for it.
    auto ledger =
        run(io_, AccountLedger::acquire(parts(table()), rejections_account(), "w")).value().ledger;
    std::vector<Discovered> found = read_on(*ledger);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].task.rejections[0].reason, testing::HasSubstr("d2"));
}

TEST_F(TableLedgerTest, a_lease_is_held_by_one_until_it_is_over) {
    take(table(), {task_of("m-1", {"/a"})});
    const auto first = load("w1");
    EXPECT_EQ(acquire("w2"), nullptr);
    clock_.pass(std::chrono::seconds(100));
    EXPECT_TRUE(commit(*first, {}).has_value());
    clock_.pass(std::chrono::seconds(100));
    EXPECT_EQ(acquire("w2"), nullptr) << "it was prolonged";
    clock_.pass(std::chrono::seconds(36));
    const auto second = load("w2");
    ASSERT_NE(second, nullptr);
    EXPECT_TRUE(second->view().lease().taken_over_from.has_value());
    const base::Status late = commit(*first, {bind(1, {"/a"}, restored(*first).ids)});
    ASSERT_FALSE(late.has_value());
    EXPECT_EQ(late.error().kind(), base::ErrorKind::conflict);
    EXPECT_EQ(late.error().message(), "another worker has taken over account 111122223333");
    EXPECT_THAT(restored(*load("w2")).open, IsEmpty());
}

TEST_F(TableLedgerTest, a_bound_call_comes_back_exactly_as_it_was_bound) {
    take(table(), {task_of("m-1", {"/b", "/a", "/img/*"}), task_of("m-2", {"/a", "/img/1"})});
    auto first = load("w1");
    const std::vector<OperationId> ids = restored(*first).ids;
    const ledger::BindCall bound = bind(7, {"/a", "/img/*"}, {ids[4], ids[1], ids[2], ids[3]});
    ASSERT_TRUE(commit(*first, {bound}).has_value());
    EXPECT_TRUE(release(*first, clock_.moment.wall));
    const auto second = load("w2");
    EXPECT_FALSE(second->view().lease().taken_over_from.has_value());
    const Restored after = restored(*second);
    EXPECT_EQ(after.last, CallId(7));
    ASSERT_THAT(after.open, SizeIs(1));
    EXPECT_EQ(after.open[0].id, CallId(7));
    EXPECT_EQ(after.open[0].items, bound.items);
    EXPECT_EQ(after.open[0].reference, bound.reference);
    EXPECT_THAT(after.open[0].operations, ElementsAre(ids[1], ids[2], ids[3], ids[4]));
    EXPECT_EQ(after.open[0].bound_at, bound.bound_at);
    EXPECT_THAT(after.operations, SizeIs(5));
}

TEST_F(TableLedgerTest, what_has_waited_for_longest_is_the_oldest_that_is_open) {
    ledger::AcceptTask later = task_of("m-1", {"/a", "/b"});
    const base::Timestamp began = clock_.moment.wall;
    later.accepted_at = began;
    later.operations[1].not_before = began + std::chrono::hours(2);
    take(table(), {later});
    clock_.pass(std::chrono::hours(1));
    ledger::AcceptTask another = task_of("m-2", {"/c"});
    another.accepted_at = clock_.moment.wall;
    take(table(), {another});
    const auto ledger = load("w1");
    const std::vector<OperationId> ids = restored(*ledger).ids;
    EXPECT_EQ(ledger->view().oldest_open(), began);
    ledger::EndOperations expired{.end = ledger::EndOperations::End::expired,
                                  .operations = {ids[0]},
                                  .reason = "too old",
                                  .ended_at = clock_.moment.wall};
    ASSERT_TRUE(commit(*ledger, {expired}).has_value());
    EXPECT_EQ(ledger->view().oldest_open(), began + std::chrono::hours(1));
    expired.operations = {ids[2]};
    ASSERT_TRUE(commit(*ledger, {expired}).has_value());
    EXPECT_EQ(ledger->view().oldest_open(), began + std::chrono::hours(2)) << "not due before";
    expired.operations = {ids[1]};
    ASSERT_TRUE(commit(*ledger, {expired}).has_value());
    EXPECT_EQ(ledger->view().oldest_open(), std::nullopt);
}

TEST_F(TableLedgerTest, every_end_is_known_to_the_next_holder) {
    take(table(), {task_of("m-1", {"/a", "/b", "/c", "/d", "/e"})});
    auto first = load("w1");
    const std::vector<OperationId> ids = restored(*first).ids;
    ASSERT_TRUE(commit(*first, {bind(1, {"/a"}, {ids[0]}), bind(2, {"/b", "/c"}, {ids[1], ids[2]}),
                                bind(3, {"/d"}, {ids[3]})})
                    .has_value());
    ledger::CloseCall refused = close(2, CallEnd::refused);
    refused.failed = {ids[1]};
    const ledger::EndOperations expired{.end = ledger::EndOperations::End::expired,
                                        .operations = {ids[4]},
                                        .reason = "too old",
                                        .ended_at = clock_.moment.wall};
    const std::vector<ledger::Record> ends{close(1), refused, close(3, CallEnd::unknown), expired};
    std::vector<std::string> told;
    for (const ledger::EndedOperation& ended : first->view().unsuccessful(ends)) {
        told.push_back(ended.message_id + " " + ended.item + " " + ended.state +
                       (ended.is_outcome_unknown ? "?" : ""));
    }
    EXPECT_THAT(told, ElementsAre("m-1 /b failed", "m-1 /d failed?", "m-1 /e expired"));
    ASSERT_TRUE(commit(*first, ends).has_value());
    EXPECT_TRUE(release(*first, clock_.moment.wall));
    auto second = load("w2");
    const Restored after = restored(*second);
    EXPECT_THAT(after.operations, ElementsAre("E1 /c of AIDAEXAMPLE"));
    EXPECT_THAT(after.open, IsEmpty());
    ASSERT_THAT(after.incomplete, SizeIs(1));
    EXPECT_THAT(after.incomplete[0].items, ElementsAre("/a"));
    EXPECT_EQ(after.incomplete[0].result_id, "I1");
    const ledger::OperationCounts& counts = second->view().lease().operations;
    EXPECT_EQ(counts,
              (ledger::OperationCounts{
                  .pending = 1, .bound = 0, .done = 1, .failed = 2, .rejected = 0, .expired = 1}));
    ASSERT_TRUE(commit(*second, {bind(4, {"/c"}, {ids[2]}), close(4),
                                 ledger::CompleteCall{CallId(4), clock_.moment.wall}})
                    .has_value());
    EXPECT_FALSE(second->view().is_finished()) << "AWS still works on the first call";
    ASSERT_TRUE(commit(*second, {ledger::CompleteCall{CallId(1), clock_.moment.wall}}).has_value());
    EXPECT_TRUE(second->view().is_finished());
    EXPECT_TRUE(release(*second));
    const auto third = load("w3");
    EXPECT_THAT(restored(*third).operations, IsEmpty());
    EXPECT_EQ(restored(*third).last, CallId(4));
}

TEST_F(TableLedgerTest, what_is_denied_is_known_to_the_next_tick_until_it_answers) {
    terms_.keeps_breakers = true;
    take(table(), {task_of("m-1", {"/a"})});
    auto holder = load("w1");
    const ledger::LaneKey account{account_one, "", ""};
    const ledger::NoteBreaker of_account{account, true, "no role", clock_.moment.wall};
    const ledger::NoteBreaker of_lane{lane_of("E1"), true, "denied", clock_.moment.wall};
    ASSERT_TRUE(commit(*holder, {of_account, of_lane}).has_value());
    EXPECT_TRUE(release(*holder, clock_.moment.wall));
    holder = load("w2");
    EXPECT_THAT(restored(*holder).breakers, ElementsAre(of_account, of_lane));
    clock_.pass(std::chrono::seconds(30));
    const ledger::NoteBreaker again{lane_of("E1"), true, "still denied", clock_.moment.wall};
    const ledger::NoteBreaker answers{account, false, {}, clock_.moment.wall};
    ASSERT_TRUE(commit(*holder, {answers, again}).has_value());
    EXPECT_TRUE(release(*holder, clock_.moment.wall));
    holder = load("w3");
    EXPECT_THAT(restored(*holder).breakers, ElementsAre(again));
    EXPECT_TRUE(release(*holder, clock_.moment.wall));
    terms_.keeps_breakers = false;
    EXPECT_THAT(restored(*load("w4")).breakers, IsEmpty());
}

TEST_F(ModelLedgerTest, what_was_done_is_known_for_as_long_as_its_batch_is_not_finished) {
    ledger::AcceptTask task = task_of("m-1", {"/a", "/b", "/c", "/later"});
    task.operations[3].not_before = clock_.moment.wall + std::chrono::days(60);
    take(table(), {task});
    auto first = load("w1");
    const std::vector<OperationId> ids = restored(*first).ids;
    ledger::CloseCall refused = close(2, CallEnd::refused);
    refused.failed = {ids[1]};
    const ledger::EndOperations expired{.end = ledger::EndOperations::End::expired,
                                        .operations = {ids[2]},
                                        .reason = "too old",
                                        .ended_at = clock_.moment.wall};
    ASSERT_TRUE(commit(*first, {bind(1, {"/a"}, {ids[0]}), close(1),
                                ledger::CompleteCall{CallId(1), clock_.moment.wall},
                                bind(2, {"/b"}, {ids[1]}), refused, expired})
                    .has_value());
    EXPECT_TRUE(release(*first, clock_.moment.wall));
    clock_.pass(std::chrono::days(59));
    remove_expired();
    const auto second = load("w2");
    EXPECT_THAT(restored(*second).operations, ElementsAre("E1 /later of AIDAEXAMPLE"));
}

TEST_F(ModelLedgerTest, what_is_done_and_removed_stands_in_nobody_s_way) {
    ledger::AcceptTask later = task_of("m-1", {"/later"});
    later.operations[0].not_before = clock_.moment.wall + std::chrono::days(60);
    take(table(), {later});
    take(table(), {task_of("m-2", {"/a", "/b"})});
    auto first = load("w1");
    const std::vector<OperationId> ids = restored(*first).ids;
    ASSERT_THAT(ids, SizeIs(3));
    const ledger::EndOperations expired{.end = ledger::EndOperations::End::expired,
                                        .operations = {ids[2]},
                                        .reason = "too old",
                                        .ended_at = clock_.moment.wall};
    ASSERT_TRUE(commit(*first, {bind(1, {"/a"}, {ids[1]}), close(1),
                                ledger::CompleteCall{CallId(1), clock_.moment.wall}, expired})
                    .has_value());
    EXPECT_TRUE(release(*first, clock_.moment.wall));
    // A batch goes first, and the end of a call last, however long DynamoDB takes for each.
    constexpr std::int64_t days = 24 * 3600;
    EXPECT_GE(expiry_of("call#000000000001"), expiry_of("batch#000000000002") + 2 * days);
    EXPECT_GE(expiry_of("end#000000000001"), expiry_of("call#000000000001") + 2 * days);
    EXPECT_GE(expiry_of("ending#000000000001"), expiry_of("batch#000000000002") + 2 * days);
    clock_.pass(std::chrono::days(32));
    remove_expired();
    ASSERT_TRUE(store_.items.contains({account_partition(account_one), "call#000000000001"}));
    EXPECT_EQ(take(table(), {task_of("m-3", {"/c"})})[0].verdict, Verdict::accepted);
    const auto second = load("w2");
    EXPECT_FALSE(second->is_behind()) << "nobody is about to write it";
    EXPECT_THAT(restored(*second).operations,
                ElementsAre("E1 /later of AIDAEXAMPLE", "E1 /c of AIDAEXAMPLE"));
    EXPECT_EQ(second->view().lease().operations.pending, 2);
}

TEST_F(ModelLedgerTest, what_could_start_while_nobody_worked_for_two_weeks_is_there) {
    const Retention short_lived{.settled = std::chrono::seconds(1)};
    Intake intake(table(), clock_, short_lived);
    ledger::AcceptTask later = task_of("m-1", {"/later"});
    later.operations[0].not_before = clock_.moment.wall + std::chrono::days(30);
    EXPECT_EQ(run(io_, intake.take({later})).value()[0].verdict, Verdict::accepted);
    clock_.pass(std::chrono::days(30 + 14));
    remove_expired();
    EXPECT_THAT(restored(*load("w1")).operations, SizeIs(1)) << "it is still to be expired";
}

TEST_F(ModelLedgerTest, an_account_where_nobody_worked_for_weeks_goes_on) {
    take(table(), {task_of("m-1", {"/done", "/bound", "/pending"})});
    auto first = load("w1");
    const std::vector<OperationId> ids = restored(*first).ids;
    ASSERT_TRUE(
        commit(*first, {bind(1, {"/done"}, {ids[0]}), close(1), bind(2, {"/bound"}, {ids[1]})})
            .has_value());
    for (const int days : {32, 35, 38}) {
        // The batch has gone; calls and ends go later.
        clock_.pass(std::chrono::days(days == 32 ? 32 : 3));
        remove_expired();
        const std::string message = "m-after-" + std::to_string(days);
        EXPECT_EQ(take(table(), {task_of(message, {"/new"})})[0].verdict, Verdict::accepted);
        auto next = load("w-after-" + std::to_string(days));
        const Restored found = restored(*next);
        EXPECT_THAT(found.operations, ElementsAre("E1 /new of AIDAEXAMPLE"));
        EXPECT_TRUE(found.open.empty());
        EXPECT_TRUE(found.incomplete.empty());
        EXPECT_THAT(next->view().lease().unfinished_calls, IsEmpty());
        const ledger::EndOperations failed{.end = ledger::EndOperations::End::failed,
                                           .operations = {found.ids[0]},
                                           .reason = "unwanted",
                                           .ended_at = clock_.moment.wall};
        ASSERT_TRUE(commit(*next, {failed}).has_value());
        EXPECT_EQ(next->view().lease().operations.pending, 0);
        EXPECT_EQ(next->view().lease().operations.bound, 0);
        EXPECT_EQ(next->view().lease().operations.done, 1);
        EXPECT_EQ(next->view().lease().operations.expired, 2) << "their time was over";
    }
}

TEST_F(ModelLedgerTest, a_message_is_known_for_as_long_as_its_claim_is) {
    const Retention short_lived{.settled = std::chrono::hours(24)};
    Intake intake(table(), clock_, short_lived);
    ledger::AcceptTask task = task_of("m-1", {"/once"});
    task.name = "sale";
    EXPECT_EQ(run(io_, intake.take({task})).value()[0].verdict, Verdict::accepted);
    for (int times = 0; times < 2; ++times) {
        clock_.pass(std::chrono::days(7));
        remove_expired();
        task.origin.message_id = "m-again-" + std::to_string(times);
        EXPECT_EQ(run(io_, intake.take({task})).value()[0].verdict, Verdict::duplicate);
    }
}

TEST_F(TableLedgerTest, a_message_that_conflicts_is_rejected_as_far_as_a_list_can_be_read) {
    ledger::AcceptTask first = task_of("m-1", {"/a"});
    first.name = "sale";
    first.digest = "d1";
    ledger::AcceptTask other =
        task_of("m-2", std::vector<std::string>(5'000, "/a/path/of/some/length.html"));
    other.name = "sale";
    other.digest = "d2";
    EXPECT_EQ(take(table(), {first, other})[1].verdict, Verdict::conflict);
    auto ledger =
        run(io_, AccountLedger::acquire(parts(table()), rejections_account(), "w")).value().ledger;
    std::vector<ledger::Rejection> rejections;
    for (const Discovered& found : read_on(*ledger)) {
        std::ranges::copy(found.task.rejections, std::back_inserter(rejections));
    }
    ASSERT_THAT(rejections, SizeIs(1'001));
    EXPECT_EQ(rejections[0].lane, lane_of("E1"));
    EXPECT_THAT(rejections.back().reason, testing::HasSubstr("4000 further operations"));
}

TEST_F(TableLedgerTest, nothing_is_given_up_while_the_log_goes_on) {
    take(table(), {task_of("m-1", {"/a"})});
    auto ledger = load("w1");
    const std::vector<OperationId> ids = restored(*ledger).ids;
    ASSERT_TRUE(commit(*ledger, {bind(1, {"/a"}, ids), close(1),
                                 ledger::CompleteCall{CallId(1), clock_.moment.wall}})
                    .has_value());
    take(table(), {task_of("m-2", {"/b"})});
    EXPECT_FALSE(release(*ledger));
    ASSERT_THAT(read_on(*ledger), SizeIs(1));
    EXPECT_EQ(acquire("w2"), nullptr);
}

TEST_F(TableLedgerTest, a_long_log_is_read_as_far_as_asked_for_and_as_calls_reach) {
    for (int message = 0; message < 20; ++message) {
        take(table(), {task_of("m-" + std::to_string(message), {"/" + std::to_string(message)})});
    }
    auto first = acquire("w1");
    ASSERT_TRUE(run(io_, first->read(5)).has_value());
    EXPECT_THAT(restored(*first).operations, SizeIs(5));
    EXPECT_THAT(read_on(*first, 5), IsEmpty());
    EXPECT_TRUE(first->is_behind());
    EXPECT_THAT(read_on(*first, 12), SizeIs(7));
    const OperationId far = operation_id(12, 0);
    ASSERT_TRUE(commit(*first, {bind(1, {"/11"}, {far})}).has_value());
    EXPECT_TRUE(release(*first, clock_.moment.wall));
    auto second = acquire("w2");
    ASSERT_TRUE(run(io_, second->read(3)).has_value());
    ASSERT_THAT(restored(*second).open, SizeIs(1));
    EXPECT_EQ(second->view().next_batch(), 13);
}

TEST_F(TableLedgerTest, what_is_held_up_does_not_hide_what_stands_behind_it) {
    ledger::AcceptTask later = task_of("m-1", {"/1", "/2", "/3"});
    for (ledger::NewOperation& operation : later.operations) {
        operation.not_before = clock_.moment.wall + std::chrono::days(1);
    }
    take(table(), {later});
    take(table(), {task_of("m-2", {"/4", "/5"}, lane_of("E2"))});
    take(table(), {task_of("m-3", {"/urgent"}, lane_of("E3"))});
    constexpr std::size_t most = 4;
    const auto ledger = acquire("w");
    EXPECT_THAT(read_on(*ledger, most), SizeIs(3));
    EXPECT_FALSE(ledger->is_behind());
    // And not without end: four times as many, and no more.
    for (int message = 10; message < 30; ++message) {
        later.origin.message_id = "m-" + std::to_string(message);
        take(table(), {later});
    }
    EXPECT_THAT(read_on(*ledger, most), SizeIs(5));
    EXPECT_TRUE(ledger->is_behind());
}

TEST_F(ModelLedgerTest, a_large_commit_is_cut_and_true_at_every_cut) {
    std::vector<std::string> items;
    items.reserve(120);
    for (int item = 0; item < 120; ++item) {
        items.push_back("/" + std::to_string(item));
    }
    take(table(), {task_of("m-1", items)});
    for (std::size_t dies_at = 8; dies_at < 18; ++dies_at) {
        ModelStore store = store_;
        ModelTable dying(
            store, 7,
            {.delays_max = 0, .repeated_percent = 0, .refused_percent = 0, .dies_at = dies_at});
        auto ledger =
            run(io_, AccountLedger::acquire(parts(dying), account_one, "w1")).value().ledger;
        ASSERT_TRUE(run(io_, ledger->read(1'000)).has_value());
        const std::vector<OperationId> ids = restored(*ledger).ids;
        std::vector<ledger::Record> records;
        for (int call = 0; call < 120; ++call) {
            const auto place = static_cast<std::size_t>(call);
            records.emplace_back(bind(call + 1, {items[place]}, {ids[place]}));
            records.emplace_back(close(call + 1));
        }
        const bool is_written = commit(*ledger, records).has_value();
        clock_.pass(std::chrono::hours(1));
        ModelTable living(store);
        auto next =
            run(io_, AccountLedger::acquire(parts(living), account_one, "w2")).value().ledger;
        const base::Status loaded = run(io_, next->read(1'000));
        ASSERT_TRUE(loaded.has_value()) << dies_at << ": " << loaded.error().message();
        const Restored after = restored(*next);
        EXPECT_EQ(after.operations.size(), 120 - after.incomplete.size());
        EXPECT_TRUE(!is_written || after.incomplete.size() == 120);
        // Whoever comes after a holder that began no call gives none its number again.
        EXPECT_EQ(after.last.value(), static_cast<std::int64_t>(after.incomplete.size()));
        EXPECT_TRUE(release(*next, clock_.moment.wall));
        auto third =
            run(io_, AccountLedger::acquire(parts(living), account_one, "w3")).value().ledger;
        ASSERT_TRUE(run(io_, third->read(1'000)).has_value());
        EXPECT_EQ(restored(*third).last, after.last);
    }
}

} // namespace
} // namespace exarch::table
