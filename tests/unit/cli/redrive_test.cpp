#include "cli/redrive/redrive_report.hpp"
#include "cli/redrive/redriven_task.hpp"
#include "cli/redrive/selection.hpp"
#include "core/task/task.hpp"
#include "ledger/memory.hpp"
#include "unit/cli/support.hpp"

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

using ledger::EndedOperation;
using ledger::MemoryLedger;
using ledger::OperationId;
using ledger::Record;

const ledger::LaneKey the_lane = lane("111122223333", "E1");
const base::Timestamp noon = at("2026-11-24T12:00:00Z");

EndedOperation ended(std::int64_t id, const std::string& item, const std::string& reason) {
    EndedOperation operation;
    operation.id = OperationId(id);
    operation.state = "failed";
    operation.lane = the_lane;
    operation.item = item;
    operation.reason = reason;
    operation.message_id = "m1";
    operation.ended_at = noon;
    operation.task = ledger::TaskId(1);
    return operation;
}

RedriveSelection all_of_them() {
    RedriveSelection selection;
    selection.all = true;
    return selection;
}

RedriveSelection by_task(const std::string& name) {
    RedriveSelection selection;
    selection.task = name;
    return selection;
}

RedriveSelection by_id(const std::vector<std::int64_t>& ids, const std::string& error = {}) {
    RedriveSelection selection;
    selection.operations = ids;
    selection.error = error;
    return selection;
}

RedriveSelection by_account(const std::string& account, const std::string& error) {
    RedriveSelection selection;
    selection.account = account;
    selection.error = error;
    return selection;
}

std::vector<EndedOperation> three() {
    EndedOperation unknown = ended(2, "/b", "outcome unknown: 3 attempts");
    unknown.is_outcome_unknown = true;
    EndedOperation elsewhere = ended(1, "/a", "AccessDenied");
    elsewhere.lane = lane("444455556666", "E2");
    EndedOperation rejected = ended(0, "entries[0]", "AccessDenied is no path");
    return {ended(3, "/c", "NoSuchDistribution"), unknown, elsewhere, rejected};
}

std::vector<std::int64_t> chosen_by(const RedriveSelection& selection) {
    std::vector<std::int64_t> ids;
    for (const EndedOperation& operation : select(three(), selection).operations) {
        ids.push_back(operation.id.value());
    }
    return ids;
}

std::string id_of(const std::vector<EndedOperation>& operations) {
    return make_redriven_tasks(operations, noon).at(0).id;
}

TEST(Redrive, chooses_what_meets_all_that_is_said) {
    using Ids = std::vector<std::int64_t>;
    EXPECT_EQ(chosen_by(all_of_them()), (Ids{1, 3}));
    RedriveSelection unknown_too = all_of_them();
    unknown_too.unknown_too = true;
    EXPECT_EQ(chosen_by(unknown_too), (Ids{1, 2, 3}));
    EXPECT_EQ(chosen_by(by_id({3, 1})), (Ids{1, 3}));
    EXPECT_EQ(chosen_by(by_account("444455556666", "")), Ids{1});
    EXPECT_EQ(chosen_by(by_account("", "NoSuch")), Ids{3});
    EXPECT_EQ(chosen_by(by_id({3}, "Access")), Ids{});
}

TEST(Redrive, counts_what_it_leaves_out) {
    const Selected selected = select(three(), all_of_them());
    EXPECT_EQ(selected.unknown, 1);
    EXPECT_EQ(selected.rejected, 1);
    const std::string notes = render_notes({selected, {}, {}});
    EXPECT_TRUE(notes.contains("1 operation left out: the outcome is unknown")) << notes;
    EXPECT_TRUE(notes.contains("1 rejected left out")) << notes;
    EXPECT_TRUE(notes.contains("nothing to redrive")) << notes;
}

TEST(Redrive, the_id_follows_from_what_is_redriven_and_nothing_else) {
    const EndedOperation one = ended(1, "/a", "x");
    EndedOperation other = one;
    other.item = "/b";
    EXPECT_EQ(id_of({one}), id_of({one}));
    EXPECT_NE(id_of({one}), id_of({other}));
    EXPECT_NE(id_of({one}), id_of({ended(2, "/a", "x")}));
    EXPECT_TRUE(id_of({one}).starts_with("redrive-"));
    EndedOperation later = ended(5, "/z", "x");
    later.ended_at += std::chrono::seconds(1);
    const auto tasks = make_redriven_tasks(std::vector{one, later}, noon);
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_EQ(tasks[0].id, id_of({one}));
}

TEST(Redrive, the_message_says_what_the_first_one_said) {
    EndedOperation operation = ended(1, "/a%20b", "x");
    operation.requester = "shop";
    operation.labels = R"({"campaign":"friday"})";
    operation.priority = -7;
    operation.deadline = noon + std::chrono::seconds(1);
    const RedrivenTask task = make_redriven_tasks(std::span(&operation, 1), noon).at(0);
    const ledger::AcceptTask read = core::parse_task(task.raw.body, {});
    ASSERT_TRUE(read.rejections.empty()) << read.rejections.front().reason;
    EXPECT_EQ(read.name, task.id);
    EXPECT_EQ(read.requester, "shop");
    EXPECT_EQ(read.labels, operation.labels);
    ASSERT_EQ(read.operations.size(), 1U);
    EXPECT_EQ(read.lanes, std::vector{the_lane});
    EXPECT_EQ(read.operations[0].item, "/a%20b");
    EXPECT_EQ(read.operations[0].priority, -7);
    EXPECT_EQ(read.operations[0].deadline, operation.deadline);
    EXPECT_FALSE(task.lost_deadline);
}

TEST(Redrive, a_deadline_that_is_past_is_dropped_and_told) {
    EndedOperation operation = ended(1, "/a", "x");
    operation.deadline = noon;
    const auto tasks = make_redriven_tasks(std::span(&operation, 1), noon);
    EXPECT_TRUE(tasks.at(0).lost_deadline);
    EXPECT_FALSE(tasks.at(0).raw.body.contains("deadline"));
    const Selected selected;
    EXPECT_TRUE(render_notes({selected, tasks, {}}).contains("without a deadline, which is past"));
}

TEST(Redrive, what_does_not_fit_into_a_message_goes_in_several) {
    std::vector<EndedOperation> many;
    for (std::int64_t id = 1; id <= 10'001; ++id) {
        many.push_back(ended(id, "/" + std::to_string(id), "x"));
    }
    const auto tasks = make_redriven_tasks(many, noon);
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_EQ(tasks[0].operations.size(), 10'000U);
    EXPECT_EQ(tasks[1].operations.front().id, OperationId(10'001));
    EXPECT_NE(tasks[0].id, tasks[1].id);
}

class RedriveFromLedger : public testing::Test {
protected:
    void SetUp() override {
        ledger::AcceptTask accept = task("m1", "sale", the_lane, {"/a", "/b"});
        ledger::AcceptTask wrong = task("m2", "wrong", the_lane, {});
        wrong.rejections.push_back({"entries[0]", "no such path", "{}"});
        const std::vector<Record> records{std::move(accept), std::move(wrong)};
        const auto receipts = ledger_.commit(records);
        ASSERT_TRUE(receipts.has_value());
        first_ = receipts->at(0).first_operation;
        const std::vector<Record> endings{ledger::EndOperations{
            ledger::EndOperations::End::expired, {first_}, "older than 24h", noon}};
        ASSERT_TRUE(ledger_.commit(endings).has_value());
    }

    std::string refusal_of(const RedriveSelection& selection) {
        const auto selected = select(ledger_, selection, 100);
        EXPECT_FALSE(selected.has_value());
        return selected.has_value() ? "" : selected.error().message();
    }

    MemoryLedger ledger_;
    OperationId first_;
};

TEST_F(RedriveFromLedger, a_task_s_are_found_by_its_name) {
    const auto selected = select(ledger_, by_task("sale"), 100);
    ASSERT_TRUE(selected.has_value());
    ASSERT_EQ(selected->operations.size(), 1U);
    EXPECT_EQ(selected->operations[0].id, first_);
    EXPECT_FALSE(selected->is_cut);
    EXPECT_TRUE(select(ledger_, all_of_them(), 1)->is_cut);
}

TEST_F(RedriveFromLedger, what_is_not_there_or_was_rejected_is_told) {
    EXPECT_TRUE(refusal_of(by_task("sole")).contains("--task: no task \"sole\""));
    const std::string pending = refusal_of(by_id({first_.value() + 1}));
    EXPECT_TRUE(pending.contains("--operation: 2 is no operation that failed or expired"))
        << pending;
    EXPECT_TRUE(refusal_of(by_task("wrong")).contains("never became operations"));
}

} // namespace
} // namespace exarch::cli
