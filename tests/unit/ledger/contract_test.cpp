#include "unit/ledger/support.hpp"
#include "unit/ledger/table_storage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exarch::ledger {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Verdict = TaskReceipt::Verdict;

TaskReceipt receipt(Verdict verdict, std::int64_t task, std::int64_t first) {
    return {.verdict = verdict, .task = TaskId(task), .first_operation = OperationId(first)};
}

/// What every ledger promises, whatever it is stored in.
template <class Storage>
class LedgerContract : public testing::Test {
protected:
    void SetUp() override { skip_where_exempt<Storage>(); }
    std::vector<TaskReceipt> write(const std::vector<Record>& records) {
        return commit(storage_.ledger(), records);
    }
    base::ErrorKind refused(const std::vector<Record>& records) {
        const auto receipts = storage_.ledger().commit(records);
        EXPECT_FALSE(receipts.has_value());
        return receipts.has_value() ? base::ErrorKind::cancelled : receipts.error().kind();
    }
    RestoredLedger restore() {
        storage_.reopen();
        RestoredLedger restored;
        EXPECT_TRUE(storage_.ledger().load(restored).has_value());
        return restored;
    }
    std::string totals() { return describe(reporter().totals().value().operations); }
    Reporter& reporter() { return storage_.reporter(); }
    std::vector<EndedOperation> unsuccessful(std::int64_t task = 0) {
        return reporter().unsuccessful(TaskId(task), 100).value();
    }

    Storage storage_;
};

using Storages = testing::Types<MemoryStorage, SqliteStorage, TableStorage>;
TYPED_TEST_SUITE(LedgerContract, Storages);

TYPED_TEST(LedgerContract, a_new_ledger_is_empty) {
    const RestoredLedger restored = this->restore();
    EXPECT_THAT(restored.operations, IsEmpty());
    EXPECT_THAT(restored.calls, IsEmpty());
    EXPECT_EQ(restored.last, CallId(0));
    EXPECT_EQ(describe(this->reporter()),
              "0 pending, 0 bound, 0 done, 0 failed, 0 rejected, 0 expired\ncalls 0 0 0 0 0\n");
}

TYPED_TEST(LedgerContract, ids_are_given_without_gaps_in_the_order_of_acceptance) {
    EXPECT_THAT(this->write({task_of(1, {"/a", "/b"}), task_of(2, {"/c"})}),
                ElementsAre(receipt(Verdict::accepted, 1, 1), receipt(Verdict::accepted, 2, 3)));
    this->storage_.reopen();
    EXPECT_THAT(this->write({task_of(3, {"/d"})}), ElementsAre(receipt(Verdict::accepted, 3, 4)));
}

TYPED_TEST(LedgerContract, everything_told_of_an_operation_is_restored) {
    AcceptTask task = task_of(1, {"/a", "/b", "/c"});
    task.lanes.push_back(lane_of("E2", "444455556666"));
    task.operations[1].lane = 1;
    task.operations[1].priority = -5;
    task.operations[2].not_before = at(60);
    task.operations[2].deadline = at(600);
    this->write({task});
    const std::string by = " by AIDAEXAMPLE priority ";
    const std::string accepted = " accepted " + base::format(at(2));
    EXPECT_THAT(this->restore().operations,
                ElementsAre("1 of task 1: /a in 111122223333/cloudfront.invalidate/E1" + by + "0" +
                                accepted + " not before - until -",
                            "2 of task 1: /b in 444455556666/cloudfront.invalidate/E2" + by + "-5" +
                                accepted + " not before - until -",
                            "3 of task 1: /c in 111122223333/cloudfront.invalidate/E1" + by + "0" +
                                accepted + " not before " + base::format(at(60)) + " until " +
                                base::format(at(600))));
}

TYPED_TEST(LedgerContract, a_message_delivered_again_changes_nothing) {
    this->write({task_of(1, {"/a"})});
    const std::string before = describe(this->reporter());
    EXPECT_THAT(this->write({task_of(1, {"/a"})}), ElementsAre(receipt(Verdict::duplicate, 1, 1)));
    EXPECT_EQ(describe(this->reporter()), before);
    this->storage_.reopen();
    EXPECT_THAT(this->write({task_of(1, {"/a"})}), ElementsAre(receipt(Verdict::duplicate, 1, 1)));
}

TYPED_TEST(LedgerContract, a_message_twice_in_one_commit_is_accepted_once) {
    EXPECT_THAT(this->write({task_of(1, {"/a"}), task_of(1, {"/a"}), task_of(2, {"/b"})}),
                ElementsAre(receipt(Verdict::accepted, 1, 1), receipt(Verdict::duplicate, 1, 1),
                            receipt(Verdict::accepted, 2, 2)));
    EXPECT_EQ(this->totals(), "2 pending, 0 bound, 0 done, 0 failed, 0 rejected, 0 expired");
}

TYPED_TEST(LedgerContract, the_same_message_id_in_another_queue_is_another_message) {
    AcceptTask elsewhere = task_of(1, {"/a"});
    elsewhere.origin.queue = "https://sqs.eu-west-1.amazonaws.com/999900001111/others";
    EXPECT_THAT(this->write({task_of(1, {"/a"}), elsewhere}),
                ElementsAre(receipt(Verdict::accepted, 1, 1), receipt(Verdict::accepted, 2, 2)));
}

TYPED_TEST(LedgerContract, message_ids_that_differ_a_little_are_different) {
    std::vector<Record> records;
    for (const char* id :
         {"0123456789abcdef", "0123456789ABCDEF", "00000000-0000-4000-8000-0000000000aa",
          "00000000-0000-4000-8000-0000000000AA", "00000000000040008000-0000000000aa-"}) {
        AcceptTask task = task_of(1, {"/a"});
        task.origin.message_id = id;
        records.emplace_back(task);
    }
    for (const TaskReceipt& given : this->write(records)) {
        EXPECT_EQ(given.verdict, Verdict::accepted);
    }
}

TYPED_TEST(LedgerContract, without_message_id_and_name_nothing_is_a_duplicate) {
    AcceptTask task = task_of(1, {"/a"});
    task.origin.message_id.clear();
    EXPECT_THAT(this->write({task, task}),
                ElementsAre(receipt(Verdict::accepted, 1, 1), receipt(Verdict::accepted, 2, 2)));
}

TYPED_TEST(LedgerContract, a_task_sent_again_with_the_same_content_is_a_duplicate) {
    AcceptTask first = task_of(1, {"/a"});
    first.name = "sale";
    AcceptTask again = task_of(2, {"/a"});
    again.name = "sale";
    again.digest = first.digest;
    EXPECT_THAT(this->write({first, again}),
                ElementsAre(receipt(Verdict::accepted, 1, 1), receipt(Verdict::duplicate, 1, 1)));
    this->storage_.reopen();
    EXPECT_THAT(this->write({again}), ElementsAre(receipt(Verdict::duplicate, 1, 1)));
}

TYPED_TEST(LedgerContract, a_name_counts_within_its_sender_and_queue) {
    AcceptTask first = task_of(1, {"/a"});
    first.name = "sale";
    AcceptTask by_another = task_of(2, {"/b"});
    by_another.name = "sale";
    by_another.origin.sender_id = "AROAOTHER";
    AcceptTask elsewhere = task_of(3, {"/c"});
    elsewhere.name = "sale";
    elsewhere.origin.queue = "https://sqs.eu-west-1.amazonaws.com/999900001111/others";
    for (const TaskReceipt& given : this->write({first, by_another, elsewhere})) {
        EXPECT_EQ(given.verdict, Verdict::accepted);
    }
}

TYPED_TEST(LedgerContract, a_known_name_with_other_content_is_rejected_operation_by_operation) {
    AcceptTask first = task_of(1, {"/a"});
    first.name = "sale";
    AcceptTask other = task_of(2, {"/b", "/c"});
    other.name = "sale";
    other.rejections = {{.place = "operations[2]", .reason = "no path", .excerpt = "{}"}};
    EXPECT_THAT(this->write({first, other}),
                ElementsAre(receipt(Verdict::accepted, 1, 1), receipt(Verdict::conflict, 2, 0)));
    EXPECT_EQ(this->totals(), "1 pending, 0 bound, 0 done, 0 failed, 3 rejected, 0 expired");
    const std::vector<EndedOperation> rejected = this->unsuccessful(2);
    ASSERT_EQ(rejected.size(), 3U);
    EXPECT_EQ(rejected[0].reason, "no path");
    EXPECT_EQ(rejected[1].item, "/c");
    EXPECT_EQ(rejected[2].item, "/b");
    EXPECT_EQ(rejected[2].lane, lane_of("E1"));
    EXPECT_THAT(rejected[2].reason, HasSubstr(first.digest));
    EXPECT_THAT(rejected[2].reason, HasSubstr(other.digest));
    EXPECT_THAT(this->write({task_of(3, {"/d"})}), ElementsAre(receipt(Verdict::accepted, 3, 2)));
}

TYPED_TEST(LedgerContract, a_conflict_without_operations_is_one_rejection) {
    AcceptTask first = task_of(1, {"/a"});
    first.name = "sale";
    AcceptTask other = task_of(2, {});
    other.name = "sale";
    this->write({first, other});
    const std::vector<EndedOperation> rejected = this->unsuccessful();
    ASSERT_EQ(rejected.size(), 1U);
    EXPECT_EQ(rejected[0].id, OperationId(0));
    EXPECT_EQ(rejected[0].lane, LaneKey());
}

TYPED_TEST(LedgerContract, a_conflict_delivered_again_is_a_duplicate) {
    AcceptTask first = task_of(1, {"/a"});
    first.name = "sale";
    AcceptTask other = task_of(2, {"/b"});
    other.name = "sale";
    this->write({first, other});
    const std::string before = describe(this->reporter());
    EXPECT_THAT(this->write({other}), ElementsAre(receipt(Verdict::duplicate, 2, 0)));
    EXPECT_EQ(describe(this->reporter()), before);
}

TYPED_TEST(LedgerContract, every_further_content_conflicts_with_the_first) {
    AcceptTask first = task_of(1, {"/a"});
    first.name = "sale";
    AcceptTask second = task_of(2, {"/b"});
    second.name = "sale";
    AcceptTask third = task_of(3, {"/b"});
    third.name = "sale";
    third.digest = second.digest;
    const auto receipts = this->write({first, second, third});
    EXPECT_EQ(receipts.at(2).verdict, Verdict::conflict);
    EXPECT_THAT(this->unsuccessful(3).at(0).reason, HasSubstr(first.digest));
}

TYPED_TEST(LedgerContract, a_task_of_rejections_only_is_recorded) {
    AcceptTask task = task_of(1, {});
    task.requester = "shop-team";
    task.rejections = {{.place = "[0]", .reason = "bad", .excerpt = "{}", .lane = lane_of("E7")},
                       {.place = "", .reason = "not JSON", .excerpt = "\x01\n\xff"}};
    this->write({task});
    EXPECT_EQ(this->totals(), "0 pending, 0 bound, 0 done, 0 failed, 2 rejected, 0 expired");
    const std::vector<EndedOperation> rejected = this->unsuccessful(1);
    ASSERT_EQ(rejected.size(), 2U);
    EXPECT_EQ(rejected[0].reason, "not JSON");
    EXPECT_EQ(describe(rejected[1]),
              "0 rejected 111122223333/cloudfront.invalidate/E7 `[0]`: bad (, ) " +
                  base::format(at(2)) + " of " + message_uuid(1) + " ``: {}");
    EXPECT_EQ(this->reporter().tasks("1").value().at(0).requester, "shop-team");
    EXPECT_THAT(this->restore().operations, IsEmpty());
}

TYPED_TEST(LedgerContract, a_bound_call_comes_back_exactly_as_it_was_bound) {
    this->write({task_of(1, {"/a?x=1&y='\"", "", "/c%20", "/\xc3\xa9"})});
    BindCall bind = bind_of(7, {1, 2, 3, 4});
    bind.items = {"/c%20", "", "/a?x=1&y='\"", "/\xc3\xa9"};
    this->write({bind});
    const RestoredLedger restored = this->restore();
    EXPECT_THAT(restored.calls,
                ElementsAre("open 7 in 111122223333/cloudfront.invalidate/E1 as exarch-7: "
                            "[/c%20][][/a?x=1&y='\"][/\xc3\xa9] for 1 2 3 4 bound " +
                            base::format(at(1007))));
    EXPECT_EQ(restored.operations.size(), 4U);
    EXPECT_EQ(restored.last, CallId(7));
    EXPECT_EQ(this->totals(), "0 pending, 4 bound, 0 done, 0 failed, 0 rejected, 0 expired");
}

TYPED_TEST(LedgerContract, a_done_call_settles_its_operations_and_waits_for_completion) {
    this->write({task_of(1, {"/a", "/b", "/c"}), bind_of(1, {1, 3})});
    this->write({CountAttempt{.call = CallId(1)}, close_of(1)});
    EXPECT_EQ(this->totals(), "1 pending, 0 bound, 2 done, 0 failed, 0 rejected, 0 expired");
    const RestoredLedger restored = this->restore();
    EXPECT_THAT(restored.calls,
                ElementsAre("incomplete 1 in 111122223333/cloudfront.invalidate/E1 as I1: [/*] "
                            "closed " +
                            base::format(at(2001))));
    EXPECT_THAT(restored.operations, ElementsAre(HasSubstr("2 of task 1: /b")));
    EXPECT_EQ(this->reporter().tasks("1").value().at(0).incomplete, 2);

    this->write({CompleteCall{.call = CallId(1), .completed_at = at(3000)}});
    EXPECT_THAT(this->restore().calls, IsEmpty());
    EXPECT_EQ(this->reporter().tasks("1").value().at(0).incomplete, 0);
}

TYPED_TEST(LedgerContract, a_refused_call_fails_the_culprits_and_frees_the_others) {
    this->write({task_of(1, {"/a", "/b", "/c"}), bind_of(1, {1, 2, 3})});
    CloseCall close = close_of(1, CallEnd::refused);
    close.failed = ids({2});
    this->write({close});
    EXPECT_EQ(this->totals(), "2 pending, 0 bound, 0 done, 1 failed, 0 rejected, 0 expired");
    const std::vector<EndedOperation> failed = this->unsuccessful();
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(describe(failed[0]), "2 failed 111122223333/cloudfront.invalidate/E1 `/b`: reason 1 "
                                   "(exarch-1, request-1) " +
                                       base::format(at(2001)) + " of " + message_uuid(1) + " ``: ");
    EXPECT_THAT(this->restore().operations,
                ElementsAre(HasSubstr("1 of task 1: /a"), HasSubstr("3 of task 1: /c")));
    this->write({bind_of(2, {1, 3}), close_of(2)});
    EXPECT_EQ(this->totals(), "0 pending, 0 bound, 2 done, 1 failed, 0 rejected, 0 expired");
}

TYPED_TEST(LedgerContract, a_call_of_unknown_outcome_fails_all_its_operations) {
    this->write({task_of(1, {"/a", "/b"}), bind_of(1, {2, 1})});
    this->write({CountAttempt{.call = CallId(1), .end = AttemptEnd::unknown},
                 close_of(1, CallEnd::unknown)});
    EXPECT_EQ(this->totals(), "0 pending, 0 bound, 0 done, 2 failed, 0 rejected, 0 expired");
    const std::vector<EndedOperation> failed = this->unsuccessful();
    ASSERT_EQ(failed.size(), 2U);
    EXPECT_EQ(failed[0].id, OperationId(1));
    EXPECT_EQ(failed[1].id, OperationId(2));
    EXPECT_EQ(failed[1].reference, "exarch-1");
    EXPECT_TRUE(failed[1].is_outcome_unknown);
    EXPECT_THAT(this->restore().calls, IsEmpty());
}

TYPED_TEST(LedgerContract, operations_end_without_a_call) {
    AcceptTask task = task_of(1, {"/a", "/b", "/c"});
    task.requester = "shop";
    task.labels = R"({"a":1})";
    task.operations[2].priority = -5;
    task.operations[2].deadline = at(600);
    this->write({task});
    this->write({EndOperations{.end = EndOperations::End::expired,
                               .operations = ids({3, 1}),
                               .reason = "its deadline has passed",
                               .ended_at = at(5000)},
                 EndOperations{.end = EndOperations::End::failed,
                               .operations = ids({2}),
                               .reason = "the account is gone",
                               .ended_at = at(5001)}});
    EXPECT_EQ(this->totals(), "0 pending, 0 bound, 0 done, 1 failed, 0 rejected, 2 expired");
    const std::vector<EndedOperation> ended = this->unsuccessful();
    ASSERT_EQ(ended.size(), 3U);
    EXPECT_EQ(ended[0].reason, "the account is gone");
    EXPECT_EQ(describe(ended[1]), "1 expired 111122223333/cloudfront.invalidate/E1 `/a`: its "
                                  "deadline has passed (, ) " +
                                      base::format(at(5000)) + " of " + message_uuid(1) + " ``: ");
    EXPECT_EQ(ended[2].id, OperationId(3));
    EXPECT_FALSE(ended[2].is_outcome_unknown);
    EXPECT_EQ(ended[2].task, TaskId(1));
    EXPECT_EQ(ended[2].requester + ended[2].labels, R"(shop{"a":1})");
    EXPECT_EQ(ended[2].priority, -5);
    EXPECT_EQ(ended[2].deadline, at(600));
}

TYPED_TEST(LedgerContract, attempts_are_counted_by_what_they_came_to) {
    this->write({task_of(1, {"/a", "/b"}), bind_of(1, {1}), bind_of(2, {2})});
    this->write({CountAttempt{.call = CallId(1), .end = AttemptEnd::throttled},
                 CountAttempt{.call = CallId(1), .end = AttemptEnd::unknown},
                 CountAttempt{.call = CallId(1), .end = AttemptEnd::answered}, close_of(1),
                 CountAttempt{.call = CallId(2), .end = AttemptEnd::answered},
                 close_of(2, CallEnd::refused)});
    const CallCounts calls = this->reporter().totals().value().calls;
    EXPECT_EQ(calls.sent, 4);
    EXPECT_EQ(calls.done, 1);
    EXPECT_EQ(calls.throttled, 1);
    EXPECT_EQ(calls.refused, 1);
    EXPECT_EQ(calls.unknown, 1);
}

TYPED_TEST(LedgerContract, a_call_that_was_given_back_without_an_answer_was_not_refused) {
    CloseCall close = close_of(1, CallEnd::refused);
    close.request_id = {};
    this->write({task_of(1, {"/a"}), bind_of(1, {1}), close});
    EXPECT_EQ(this->reporter().totals().value().calls.refused, 0);
}

TYPED_TEST(LedgerContract, the_latest_quota_learned_is_kept) {
    const base::AccountId account("111122223333");
    this->write({task_of(1, {"/a"}),
                 LearnQuota{.account = account, .api = "a.B", .rate = 0.1, .learned_at = at(1)},
                 LearnQuota{.account = account, .api = "a.C", .rate = 2, .learned_at = at(2)}});
    this->write({LearnQuota{.account = account, .api = "a.B", .rate = 0.7, .learned_at = at(3)}});
    EXPECT_THAT(this->restore().quotas, ElementsAre("111122223333 a.B 0.7 " + base::format(at(3)),
                                                    "111122223333 a.C 2 " + base::format(at(2))));
    EXPECT_EQ(this->reporter().accounts().value().at(0).quotas.size(), 2U);
}

TYPED_TEST(LedgerContract, what_is_open_is_handed_over_in_the_order_promised) {
    this->write({task_of(1, {"/a", "/b", "/c"}), bind_of(1, {1}), bind_of(2, {3}), close_of(1),
                 LearnQuota{.account = base::AccountId("111122223333"),
                            .api = "a.B",
                            .rate = 1,
                            .learned_at = at(1)}});
    const RestoredLedger restored = this->restore();
    EXPECT_EQ(restored.order, "lqcioo");
    EXPECT_THAT(restored.operations,
                ElementsAre(HasSubstr("2 of task 1: /b"), HasSubstr("3 of task 1: /c")));
}

TYPED_TEST(LedgerContract, a_task_without_a_digest_is_accepted_once_all_the_same) {
    AcceptTask task = task_of(1, {"/a"});
    task.digest.clear();
    task.name = "sale";
    AcceptTask again = task;
    again.origin.message_id = message_uuid(2);
    EXPECT_THAT(this->write({task, again, task}),
                ElementsAre(receipt(Verdict::accepted, 1, 1), receipt(Verdict::duplicate, 1, 1),
                            receipt(Verdict::duplicate, 1, 1)));
}

TYPED_TEST(LedgerContract, a_commit_of_nothing_changes_nothing) {
    this->write({task_of(1, {"/a"})});
    const std::string before = describe(this->reporter());
    EXPECT_THAT(this->write({}), IsEmpty());
    EXPECT_EQ(describe(this->reporter()), before);
}

TYPED_TEST(LedgerContract, breakers_tell_why_nothing_moves) {
    AcceptTask task = task_of(1, {"/a", "/b"});
    task.lanes.push_back(lane_of("E2"));
    task.operations[1].lane = 1;
    LaneKey account = lane_of("");
    account.action.clear();
    this->write(
        {task, NoteBreaker{.lane = account, .open = true, .reason = "no role", .changed_at = at(1)},
         NoteBreaker{.lane = lane_of("E2"), .open = true, .reason = "gone", .changed_at = at(2)}});
    EXPECT_EQ(this->reporter().accounts().value().at(0).blocked_reason, "no role");
    EXPECT_EQ(this->reporter().lanes().value().at(0).blocked_reason, "no role");
    EXPECT_EQ(this->reporter().lanes().value().at(1).blocked_reason, "gone");
    this->write({NoteBreaker{.lane = account, .open = false, .reason = {}, .changed_at = at(3)}});
    EXPECT_EQ(this->reporter().accounts().value().at(0).blocked_reason, "");
    EXPECT_EQ(this->reporter().lanes().value().at(0).blocked_reason, "");
    EXPECT_EQ(this->reporter().lanes().value().at(1).blocked_reason, "gone");
}

TYPED_TEST(LedgerContract, a_task_tells_which_of_its_lanes_are_blocked) {
    const LaneKey account{base::AccountId("111122223333"), "", ""};
    AcceptTask task = task_of(1, {"/a", "/b", "/c"});
    task.lanes.push_back(lane_of("E9", "444455556666"));
    task.operations[2].lane = 1;
    this->write(
        {task,
         NoteBreaker{.lane = account, .open = true, .reason = "no role", .changed_at = at(1)}});
    const auto blocked = [&] { return this->reporter().tasks("1").value().at(0).blocked; };
    ASSERT_EQ(blocked().size(), 1U);
    EXPECT_EQ(blocked()[0].lane, lane_of("E1"));
    EXPECT_EQ(blocked()[0].operations, (OperationCounts{.pending = 2}));
    EXPECT_EQ(blocked()[0].blocked_reason, "no role");
    this->write({bind_of(1, {1}), close_of(1)});
    EXPECT_EQ(blocked()[0].operations, (OperationCounts{.pending = 1}));
    this->write({bind_of(2, {2}), close_of(2)});
    EXPECT_TRUE(blocked().empty());
}

/// A run begins with its breakers closed, and would never tell of closing one.
TYPED_TEST(LedgerContract, breakers_are_forgotten_when_it_is_opened_again) {
    LaneKey account = lane_of("");
    account.action.clear();
    this->write(
        {task_of(1, {"/a"}),
         NoteBreaker{.lane = account, .open = true, .reason = "no role", .changed_at = at(1)},
         NoteBreaker{.lane = lane_of("E1"), .open = true, .reason = "gone", .changed_at = at(2)}});
    this->storage_.reopen();
    EXPECT_EQ(this->reporter().accounts().value().at(0).blocked_reason, "");
    EXPECT_EQ(this->reporter().lanes().value().at(0).blocked_reason, "");
}

TYPED_TEST(LedgerContract, lanes_and_accounts_add_up) {
    AcceptTask task = task_of(1, {"/a", "/b", "/c"});
    task.lanes = {lane_of("E9"), lane_of("E2"), lane_of("E1", "000000000001"), lane_of("unused")};
    task.operations[1].lane = 1;
    task.operations[2].lane = 2;
    this->write({task, bind_of(1, {2}, "E2")});
    const auto lanes = this->reporter().lanes().value();
    ASSERT_EQ(lanes.size(), 3U);
    EXPECT_EQ(lanes[0].lane, lane_of("E1", "000000000001"));
    EXPECT_EQ(lanes[1].lane, lane_of("E2"));
    EXPECT_EQ(lanes[1].operations.bound, 1);
    const auto accounts = this->reporter().accounts().value();
    ASSERT_EQ(accounts.size(), 2U);
    EXPECT_EQ(accounts[1].operations.pending, 1);
    EXPECT_EQ(accounts[1].operations.bound, 1);
}

TYPED_TEST(LedgerContract, a_task_is_found_by_name_by_message_or_else_by_number) {
    AcceptTask first = task_of(1, {"/a"});
    first.name = "2";
    AcceptTask third = task_of(3, {"/c"});
    third.name = "1";
    this->write({first, task_of(2, {"/b"}), third});
    EXPECT_EQ(this->reporter().tasks(message_uuid(2)).value().at(0).task, TaskId(2));
    // By its name, and not by its number; by that where no task has it for a name.
    for (const auto& [name, task] :
         {std::pair("2", TaskId(1)), {"1", TaskId(3)}, {"3", TaskId(3)}}) {
        EXPECT_THAT(this->reporter().tasks(name).value(),
                    ElementsAre(testing::Field(&TaskReport::task, TaskKey(task))));
    }
    for (const char* none : {"", "no such", "03", "99999999999999999999"})
        EXPECT_THAT(this->reporter().tasks(none).value(), IsEmpty()) << none;
}

TYPED_TEST(LedgerContract, the_newest_failures_come_first_and_no_more_than_asked_for) {
    AcceptTask task = task_of(1, {});
    for (const char* place : {"a", "b", "c"}) {
        task.rejections.push_back({.place = place, .reason = "bad", .excerpt = ""});
    }
    this->write({task, task_of(2, {"/a"})});
    const auto rejected = this->reporter().unsuccessful(TaskId(), 2).value();
    ASSERT_EQ(rejected.size(), 2U);
    EXPECT_EQ(rejected[0].item, "c");
    EXPECT_EQ(rejected[1].item, "b");
    EXPECT_THAT(this->reporter().unsuccessful(TaskId(), 0).value(), IsEmpty());
    EXPECT_THAT(this->reporter().unsuccessful(TaskId(), -1).value(), IsEmpty());
    EXPECT_THAT(this->reporter().unsuccessful(TaskId(2), 10).value(), IsEmpty());
}

TYPED_TEST(LedgerContract, only_pending_operations_are_bound) {
    this->write({task_of(1, {"/a", "/b"}), bind_of(1, {1})});
    EXPECT_EQ(this->refused({bind_of(2, {2, 1})}), base::ErrorKind::corrupt);
}

TYPED_TEST(LedgerContract, an_operation_is_bound_once_by_a_call) {
    this->write({task_of(1, {"/a"})});
    EXPECT_EQ(this->refused({bind_of(1, {1, 1})}), base::ErrorKind::corrupt);
}

TYPED_TEST(LedgerContract, an_operation_that_was_never_given_is_not_bound) {
    EXPECT_EQ(this->refused({bind_of(1, {1})}), base::ErrorKind::corrupt);
}

TYPED_TEST(LedgerContract, call_ids_only_ascend) {
    this->write({task_of(1, {"/a", "/b"}), bind_of(5, {1}), close_of(5)});
    this->storage_.reopen();
    EXPECT_EQ(this->refused({bind_of(5, {2})}), base::ErrorKind::corrupt);
}

TYPED_TEST(LedgerContract, a_call_is_closed_once) {
    this->write({task_of(1, {"/a"}), bind_of(1, {1}), close_of(1)});
    EXPECT_EQ(this->refused({close_of(1)}), base::ErrorKind::corrupt);
}

TYPED_TEST(LedgerContract, a_refused_call_fails_only_what_it_carries) {
    this->write({task_of(1, {"/a", "/b"}), bind_of(1, {1})});
    CloseCall close = close_of(1, CallEnd::refused);
    close.failed = ids({2});
    EXPECT_EQ(this->refused({close}), base::ErrorKind::corrupt);
}

TYPED_TEST(LedgerContract, only_pending_operations_expire) {
    this->write({task_of(1, {"/a"}), bind_of(1, {1})});
    EXPECT_EQ(this->refused({EndOperations{.operations = ids({1}), .reason = {}, .ended_at = {}}}),
              base::ErrorKind::corrupt);
}

TYPED_TEST(LedgerContract, only_a_done_call_completes_and_completing_again_is_harmless) {
    this->write({task_of(1, {"/a", "/b"}), bind_of(1, {1}), close_of(1), bind_of(2, {2})});
    const CompleteCall complete{.call = CallId(1), .completed_at = at(1)};
    this->write({complete, complete});
    EXPECT_EQ(this->refused({CompleteCall{.call = CallId(2), .completed_at = at(1)}}),
              base::ErrorKind::corrupt);
}

TYPED_TEST(LedgerContract, after_a_failure_nothing_more_is_written) {
    this->write({task_of(1, {"/a"})});
    this->refused({close_of(1)});
    EXPECT_EQ(this->refused({task_of(2, {"/b"})}), base::ErrorKind::system);
    this->storage_.reopen();
    EXPECT_EQ(this->totals(), "1 pending, 0 bound, 0 done, 0 failed, 0 rejected, 0 expired");
    this->write({task_of(2, {"/b"})});
}

TYPED_TEST(LedgerContract, settled_work_is_forgotten_and_still_counted) {
    this->write({task_of(1, {"/a", "/b", "/c", "/d"}), bind_of(1, {1, 2}), close_of(1),
                 CompleteCall{.call = CallId(1), .completed_at = at(2002)}, bind_of(2, {3}),
                 close_of(2, CallEnd::unknown)});
    const std::string totals = this->totals();
    prune_all(this->storage_.ledger(), at(2002), at(0));
    EXPECT_EQ(this->totals(), totals);
    EXPECT_EQ(describe(this->reporter().tasks("1").value().at(0).operations),
              "1 pending, 0 bound, 0 done, 1 failed, 0 rejected, 0 expired");
    prune_all(this->storage_.ledger(), at(9999), at(0));
    EXPECT_EQ(this->totals(), totals);
    EXPECT_THAT(this->unsuccessful(), IsEmpty());
    EXPECT_THAT(this->restore().operations, ElementsAre(HasSubstr("4 of task 1: /d")));
    this->write({bind_of(3, {4}), close_of(3)});
}

TYPED_TEST(LedgerContract, what_is_open_or_incomplete_is_never_forgotten) {
    this->write({task_of(1, {"/a", "/b", "/c"}), bind_of(1, {1}), close_of(1), bind_of(2, {2})});
    const std::string before = describe(this->reporter());
    prune_all(this->storage_.ledger(), at(80'000), at(80'000));
    EXPECT_EQ(describe(this->reporter()), before);
    EXPECT_EQ(this->restore().calls.size(), 2U);
}

TYPED_TEST(LedgerContract, operations_freed_by_a_refused_call_outlive_it) {
    this->write({task_of(1, {"/a", "/b"}), bind_of(1, {1, 2}), close_of(1, CallEnd::refused)});
    prune_all(this->storage_.ledger(), at(80'000), at(80'000));
    EXPECT_EQ(this->restore().operations.size(), 2U);
    this->write({bind_of(2, {1, 2}), close_of(2)});
}

TYPED_TEST(LedgerContract, duplicates_are_known_for_their_time_and_no_longer) {
    AcceptTask task = task_of(100, {"/a"});
    task.name = "sale";
    AcceptTask other = task_of(200, {"/b"});
    other.name = "sale";
    this->write({task, other});
    prune_all(this->storage_.ledger(), at(0), at(101));
    EXPECT_EQ(this->write({task}).at(0).verdict, Verdict::duplicate);
    prune_all(this->storage_.ledger(), at(0), at(102));
    EXPECT_EQ(this->write({other}).at(0), receipt(Verdict::duplicate, 2, 0));
    other.origin.message_id = message_uuid(300);
    EXPECT_EQ(this->write({other}).at(0), receipt(Verdict::accepted, 3, 2));
    EXPECT_EQ(this->write({task}).at(0).verdict, Verdict::conflict);
    EXPECT_EQ(this->reporter().tasks("sale").value().size(), 4U);
}

TYPED_TEST(LedgerContract, a_task_without_operations_goes_when_it_is_no_duplicate_any_more) {
    AcceptTask rejected = task_of(1, {});
    rejected.rejections = {{.place = "", .reason = "not JSON", .excerpt = ""}};
    this->write({rejected, task_of(2, {}), task_of(3, {"/a"})});
    prune_all(this->storage_.ledger(), at(999), at(2));
    EXPECT_EQ(this->reporter().tasks("1").value().size(), 1U);
    prune_all(this->storage_.ledger(), at(999), at(999));
    EXPECT_THAT(this->reporter().tasks("1").value(), IsEmpty());
    EXPECT_THAT(this->reporter().tasks("2").value(), IsEmpty());
    EXPECT_EQ(this->reporter().tasks("3").value().size(), 1U);
    EXPECT_EQ(this->write({task_of(1, {})}).at(0).task, TaskId(4));
}

} // namespace
} // namespace exarch::ledger
