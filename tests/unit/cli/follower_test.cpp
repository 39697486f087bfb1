#include "cli/submit/follower.hpp"
#include "ledger/memory.hpp"
#include "unit/cli/support.hpp"

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

using ledger::CallId;
using ledger::MemoryLedger;
using ledger::OperationId;
using ledger::Record;

const std::string the_queue = "https://host/1/q";
/// The digest that support.hpp gives to every task with a name.
const std::string zeros(64, '0');
const ledger::LaneKey the_lane = lane("111122223333", "E1");

ledger::TaskReceipt accept(MemoryLedger& ledger, ledger::AcceptTask accept) {
    const std::vector<Record> records{std::move(accept)};
    return ledger.commit(records).value().at(0);
}

void bind_and_close(MemoryLedger& ledger, std::int64_t call, std::vector<OperationId> operations,
                    ledger::CallEnd end) {
    ledger::BindCall bind{CallId(call), the_lane,   "ref",
                          {"/a"},       operations, at("2026-11-24T12:00:00Z")};
    ledger::CloseCall close;
    close.call = CallId(call);
    close.end = end;
    close.result_id = "I1";
    close.reason = end == ledger::CallEnd::done ? "" : "NoSuchDistribution";
    close.failed = end == ledger::CallEnd::refused ? operations : std::vector<OperationId>{};
    close.closed_at = at("2026-11-24T12:00:01Z");
    const std::vector<Record> records{std::move(bind), std::move(close)};
    ASSERT_TRUE(ledger.commit(records).has_value());
}

TEST(Follower, a_task_that_no_worker_has_is_waited_for) {
    MemoryLedger ledger;
    Follower follower({{"sale", "m1", the_queue, zeros}}, WaitFor::accepted);
    EXPECT_EQ(follower.look(ledger), false);
    EXPECT_EQ(follower.counts().tasks, 1);
    EXPECT_EQ(follower.counts().taken, 0);
    EXPECT_EQ(render_progress(follower.counts(), WaitFor::accepted),
              "waiting [------------------------------] 0 of 0 operations; 1 of 1 tasks are not "
              "taken in yet");
}

TEST(Follower, a_task_has_ended_when_no_operation_is_open) {
    MemoryLedger ledger;
    const auto receipt = accept(ledger, task("m1", "sale", the_lane, {"/a", "/b"}));
    Follower follower({{"sale", "m1", the_queue, zeros}}, WaitFor::accepted);
    EXPECT_EQ(follower.look(ledger), false);
    EXPECT_EQ(follower.counts().operations.pending, 2);
    bind_and_close(ledger, 1, {receipt.first_operation, receipt.first_operation.plus(1)},
                   ledger::CallEnd::done);
    EXPECT_EQ(follower.look(ledger), true);
    EXPECT_EQ(follower.counts().operations.done, 2);
    EXPECT_EQ(follower.unsuccessful(ledger, 10)->size(), 0U);
}

TEST(Follower, completion_waits_for_aws_to_finish) {
    MemoryLedger ledger;
    const auto receipt = accept(ledger, task("m1", "", the_lane, {"/a"}));
    bind_and_close(ledger, 1, {receipt.first_operation}, ledger::CallEnd::done);
    Follower follower({{"", "m1", the_queue, zeros}}, WaitFor::completed);
    EXPECT_EQ(follower.look(ledger), false);
    EXPECT_EQ(follower.counts().incomplete, 1);
    EXPECT_EQ(render_progress(follower.counts(), WaitFor::completed),
              "waiting [------------------------------] 0 of 1 operations");
    const std::vector<Record> records{ledger::CompleteCall{CallId(1), at("2026-11-24T12:01:00Z")}};
    ASSERT_TRUE(ledger.commit(records).has_value());
    EXPECT_EQ(follower.look(ledger), true);
    EXPECT_EQ(follower.counts().incomplete, 0);
}

TEST(Follower, what_failed_has_ended_and_is_listed) {
    MemoryLedger ledger;
    const auto receipt = accept(ledger, task("m1", "", the_lane, {"/a"}));
    bind_and_close(ledger, 1, {receipt.first_operation}, ledger::CallEnd::refused);
    Follower follower({{"", "m1", the_queue, zeros}}, WaitFor::completed);
    EXPECT_EQ(follower.look(ledger), true);
    EXPECT_EQ(follower.counts().operations.failed, 1);
    const auto unsuccessful = follower.unsuccessful(ledger, 10);
    ASSERT_EQ(unsuccessful->size(), 1U);
    EXPECT_EQ(unsuccessful->front().reason, "NoSuchDistribution");
    EXPECT_EQ(follower.unsuccessful(ledger, 0)->size(), 0U);
}

TEST(Follower, tells_what_is_blocked_and_by_what) {
    MemoryLedger ledger;
    const std::vector<Record> records{
        task("m1", "", the_lane, {"/a", "/b"}), task("m2", "", lane("444455556666", "E2"), {"/c"}),
        ledger::NoteBreaker{{the_lane.account, "", ""}, true, "AccessDenied", {}}};
    ASSERT_TRUE(ledger.commit(records).has_value());
    Follower follower({{"", "m1", the_queue, zeros}, {"", "m2", the_queue, zeros}},
                      WaitFor::accepted);
    EXPECT_EQ(follower.look(ledger), false);
    EXPECT_EQ(count_blocked(follower.counts()), 2);
    EXPECT_EQ(render_progress(follower.counts(), WaitFor::accepted),
              "waiting [------------------------------] 0 of 3 operations; 2 blocked, in "
              "111122223333 by AccessDenied");
}

TEST(Follower, a_duplicate_is_followed_as_the_task_that_it_repeats) {
    MemoryLedger ledger;
    const auto receipt = accept(ledger, task("m1", "sale", the_lane, {"/a"}));
    EXPECT_EQ(accept(ledger, task("m2", "sale", the_lane, {"/a"})).verdict,
              ledger::TaskReceipt::Verdict::duplicate);
    bind_and_close(ledger, 1, {receipt.first_operation}, ledger::CallEnd::done);
    Follower follower({{"sale", "m2", the_queue, zeros}}, WaitFor::accepted);
    EXPECT_EQ(follower.look(ledger), true);
    EXPECT_EQ(follower.counts().operations.done, 1);
}

/// A duplicate whose id is the number of one task and, in another queue, the id of a second.
TEST(Follower, neither_a_tasks_number_nor_another_queues_id_is_taken_for_its_own) {
    MemoryLedger ledger;
    const auto own = accept(ledger, task("m1", "2", the_lane, {"/a"}));
    const auto numbered = accept(ledger, task("m2", "", the_lane, {"/b", "/c"}));
    ASSERT_EQ(numbered.task, ledger::TaskId(2));
    ledger::AcceptTask elsewhere = task("m3", "2", the_lane, {"/d", "/e", "/f"});
    elsewhere.origin.queue = "https://host/1/other";
    accept(ledger, std::move(elsewhere));
    bind_and_close(ledger, 1, {own.first_operation}, ledger::CallEnd::done);
    Follower follower({{"2", "m4", the_queue, zeros}}, WaitFor::accepted);
    EXPECT_EQ(follower.look(ledger), true);
    EXPECT_EQ(follower.counts().operations.total(), 1);
    EXPECT_EQ(follower.counts().operations.done, 1);
}

TEST(Follower, an_earlier_task_of_the_same_id_is_not_taken_for_one_that_asks_for_something_else) {
    MemoryLedger ledger;
    const auto monday = accept(ledger, task("m1", "nightly", the_lane, {"/monday"}));
    bind_and_close(ledger, 1, {monday.first_operation}, ledger::CallEnd::done);
    const std::string other(64, '1');
    Follower follower({{"nightly", "m2", the_queue, other}}, WaitFor::accepted);
    EXPECT_EQ(follower.look(ledger), false);
    EXPECT_EQ(follower.counts().taken, 0);
    ledger::AcceptTask tuesday = task("m2", "nightly", the_lane, {"/tuesday"});
    tuesday.digest = other;
    accept(ledger, tuesday);
    EXPECT_EQ(follower.look(ledger), true);
    EXPECT_EQ(follower.counts().operations.rejected, 1);
    // Sent once more, it is not what has been rejected already.
    Follower again({{"nightly", "m3", the_queue, other}}, WaitFor::accepted);
    EXPECT_EQ(again.look(ledger), false);
}

TEST(Follower, an_id_used_again_for_something_else_ends_as_rejected) {
    MemoryLedger ledger;
    accept(ledger, task("m1", "sale", the_lane, {"/a"}));
    ledger::AcceptTask other = task("m2", "sale", the_lane, {"/b"});
    other.digest = std::string(64, '1');
    EXPECT_EQ(accept(ledger, std::move(other)).verdict, ledger::TaskReceipt::Verdict::conflict);
    Follower follower({{"sale", "m2", the_queue, zeros}}, WaitFor::accepted);
    EXPECT_EQ(follower.look(ledger), true);
    EXPECT_EQ(follower.counts().operations.rejected, 1);
    EXPECT_EQ(follower.unsuccessful(ledger, 10)->size(), 1U);
}

} // namespace
} // namespace exarch::cli
