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
    for (const std::int64_t id : ids) {
        selection.operations.emplace_back(OperationId(id));
    }
    selection.error = error;
    return selection;
}

RedriveSelection by_account(const std::string& account, const std::string& error) {
    RedriveSelection selection;
    selection.account = account;
    selection.error = error;
    return selection;
}

std::string id_of(const EndedOperation& operation) {
    return redriven_id(operation);
}

TEST(Redrive, the_id_follows_from_what_is_redriven_and_nothing_else) {
    const EndedOperation one = ended(1, "/a", "x");
    EndedOperation other = one;
    other.item = "/b";
    EXPECT_EQ(id_of(one), id_of(one));
    EXPECT_NE(id_of(one), id_of(other));
    EXPECT_NE(id_of(one), id_of(ended(2, "/a", "x")));
    EXPECT_TRUE(id_of(one).starts_with("redrive-"));
    EndedOperation later = one;
    later.reason = "y";
    later.ended_at += std::chrono::seconds(1);
    EXPECT_EQ(id_of(one), id_of(later));
}

TEST(Redrive, the_message_says_what_the_first_one_said) {
    EndedOperation operation = ended(1, "/a%20b", "x");
    operation.requester = "shop";
    operation.labels = R"({"campaign":"friday"})";
    operation.priority = -7;
    operation.deadline = noon + std::chrono::seconds(1);
    const RedrivenTask task = make_redriven_task(operation, noon);
    const ledger::AcceptTask read = core::parse_task(task.raw.body, {});
    ASSERT_TRUE(read.rejections.empty()) << read.rejections.front().reason;
    EXPECT_EQ(read.name, redriven_id(operation));
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
    const RedrivenTask task = make_redriven_task(operation, noon);
    EXPECT_TRUE(task.lost_deadline);
    EXPECT_FALSE(task.raw.body.contains("deadline"));
    EXPECT_TRUE(render_notes({{}, {task}}).contains("without a deadline, which is past"));
}

/// Operations 1 (AccessDenied), 2 (outcome unknown), 3 (NoSuchDistribution) and 4 (expired), one
/// that is pending, and something that was rejected.
class RedriveFromLedger : public testing::Test {
protected:
    void SetUp() override {
        ledger::AcceptTask wrong = task("m4", "wrong", the_lane_, {});
        wrong.rejections.push_back({"entries[0]", "AccessDenied is no path", "{}"});
        write(task("m1", "", elsewhere_, {"/a"}));
        write(task("m2", "sale", the_lane_, {"/b", "/c", "/d", "/e"}));
        write(std::move(wrong));
        close(1, elsewhere_, "/a", ledger::CallEnd::refused, "AccessDenied");
        close(2, the_lane_, "/b", ledger::CallEnd::unknown, "outcome unknown: 3 attempts");
        close(3, the_lane_, "/c", ledger::CallEnd::refused, "NoSuchDistribution");
        write(ledger::EndOperations{
            ledger::EndOperations::End::expired, {OperationId(4)}, "older than 24h", noon});
    }

    void write(Record record) {
        const auto receipts = ledger_.commit(std::span(&record, 1));
        ASSERT_TRUE(receipts.has_value()) << receipts.error().message();
    }
    // A call and its operation have the same number.
    void close(std::int64_t number, const ledger::LaneKey& key, const std::string& item,
               ledger::CallEnd end, const std::string& reason) {
        write(ledger::BindCall{.call = ledger::CallId(number),
                               .lane = key,
                               .reference = "r",
                               .items = {item},
                               .operations = {OperationId(number)},
                               .bound_at = noon});
        const bool is_refused = end == ledger::CallEnd::refused;
        write(ledger::CloseCall{.call = ledger::CallId(number),
                                .end = end,
                                .result_id = {},
                                .request_id = base::RequestId("q"),
                                .reason = reason,
                                .failed = is_refused ? std::vector{OperationId(number)}
                                                     : std::vector<OperationId>(),
                                .closed_at = noon});
    }
    std::vector<std::int64_t> chosen_by(const RedriveSelection& selection) {
        std::vector<std::int64_t> ids;
        const auto selected = select(ledger_, selection, 100);
        EXPECT_TRUE(selected.has_value());
        for (const EndedOperation& operation : selected->operations) {
            ids.push_back(operation.id.number.value());
        }
        return ids;
    }
    std::string refusal_of(const RedriveSelection& selection) {
        const auto selected = select(ledger_, selection, 100);
        EXPECT_FALSE(selected.has_value());
        return selected.has_value() ? "" : selected.error().message();
    }
    // As if a worker had taken it in.
    void redrive(const EndedOperation& operation) {
        write(task("again-" + operation.item, redriven_id(operation), the_lane_, {operation.item}));
    }

    using Ids = std::vector<std::int64_t>;
    MemoryLedger ledger_;
    const ledger::LaneKey the_lane_ = lane("111122223333", "E1");
    const ledger::LaneKey elsewhere_ = lane("444455556666", "E2");
};

TEST_F(RedriveFromLedger, chooses_what_meets_all_that_is_said) {
    EXPECT_EQ(chosen_by(all_of_them()), (Ids{1, 3, 4}));
    RedriveSelection unknown_too = all_of_them();
    unknown_too.unknown_too = true;
    EXPECT_EQ(chosen_by(unknown_too), (Ids{1, 2, 3, 4}));
    EXPECT_EQ(chosen_by(by_id({3, 1})), (Ids{1, 3}));
    EXPECT_EQ(chosen_by(by_account("444455556666", "")), Ids{1});
    EXPECT_EQ(chosen_by(by_account("", "NoSuch")), Ids{3});
    EXPECT_EQ(chosen_by(by_id({3}, "Access")), Ids{});
    EXPECT_EQ(chosen_by(by_task("sale")), (Ids{3, 4}));
}

TEST_F(RedriveFromLedger, counts_what_it_leaves_out) {
    const Selected selected = select(ledger_, all_of_them(), 100).value();
    EXPECT_EQ(selected.unknown, 1);
    EXPECT_EQ(selected.rejected, 1);
    const std::string notes = render_notes({selected, {}});
    EXPECT_TRUE(notes.contains("1 operation left out: the outcome is unknown")) << notes;
    EXPECT_TRUE(notes.contains("1 rejected left out")) << notes;
    EXPECT_TRUE(notes.contains("nothing to redrive")) << notes;
}

TEST_F(RedriveFromLedger, one_that_was_redriven_is_known_whatever_it_was_chosen_with) {
    redrive(select(ledger_, by_id({3}), 100)->operations.at(0));
    const Selected selected = select(ledger_, all_of_them(), 100).value();
    EXPECT_EQ(chosen_by(all_of_them()), (Ids{1, 4}));
    ASSERT_EQ(selected.known.size(), 1U);
    EXPECT_EQ(selected.known[0].id, OperationId(3));
    EXPECT_EQ(chosen_by(by_id({3})), Ids{});
}

TEST_F(RedriveFromLedger, more_than_go_at_once_are_reached_by_the_same_again) {
    RedriveSelection all = all_of_them();
    Ids sent;
    bool has_more = true;
    for (int round = 0; has_more && round < 5; ++round) {
        const Selected selected = select(ledger_, all, 1).value();
        has_more = selected.is_cut;
        EXPECT_EQ(render_notes({selected, {}}).contains("there are more"), has_more);
        for (const EndedOperation& operation : selected.operations) {
            sent.push_back(operation.id.number.value());
            redrive(operation);
        }
    }
    EXPECT_FALSE(has_more);
    EXPECT_EQ(sent, (Ids{4, 3, 1}));
}

TEST_F(RedriveFromLedger, what_is_not_there_or_was_rejected_is_told) {
    EXPECT_TRUE(refusal_of(by_task("sole")).contains("--task: no task \"sole\""));
    const std::string pending = refusal_of(by_id({5}));
    EXPECT_TRUE(pending.contains("--operation: 5 is no operation that failed or expired"))
        << pending;
    EXPECT_TRUE(refusal_of(by_task("wrong")).contains("never became operations"));
}

} // namespace
} // namespace exarch::cli
