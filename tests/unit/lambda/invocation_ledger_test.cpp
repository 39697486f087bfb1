#include "lambda/invocation_ledger.hpp"
#include "lambda/listing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exarch::lambda {
namespace {

using testing::HasSubstr;

const ledger::LaneKey lane{base::AccountId("111122223333"), "cloudfront.invalidate", "E1"};
const base::Timestamp now(std::chrono::hours(24) * 20'000);

ledger::AcceptTask task(const std::string& message, std::vector<std::string> paths,
                        const std::string& name = {}) {
    ledger::AcceptTask task;
    task.origin = {.queue = "q",
                   .message_id = message,
                   .sender_id = "A",
                   .sent_at = {},
                   .group = {},
                   .sequence_number = {}};
    task.name = name;
    task.accepted_at = now;
    task.lanes = {lane};
    for (std::string& path : paths) {
        task.digest += path;
        ledger::NewOperation operation;
        operation.item = std::move(path);
        task.operations.push_back(std::move(operation));
    }
    return task;
}

/// Keeps what it is given of calls in progress.
class Restored final : public ledger::Restorer {
public:
    void open_call(ledger::OpenCall) override { ++others; }
    void incomplete_call(ledger::IncompleteCall call) override { calls.push_back(call.id); }
    void learned_quota(ledger::LearnQuota) override { ++others; }
    void last_call(ledger::CallId) override { ++others; }
    ledger::LaneNumber lane(const ledger::LaneKey&) override { return 0; }
    void operation(ledger::LaneNumber, ledger::OpenOperation) override { ++others; }

    std::vector<ledger::CallId> calls;
    int others = 0;
};

class InvocationLedgerTest : public testing::Test {
protected:
    void SetUp() override { testing::internal::CaptureStderr(); }
    void TearDown() override { static_cast<void>(said()); }

    template <class... Records>
    void write(Records... records) {
        const std::vector<ledger::Record> all{std::move(records)...};
        const auto receipts = ledger_.commit(all);
        ASSERT_TRUE(receipts.has_value()) << receipts.error().message();
    }
    static ledger::BindCall bind(std::int64_t call, std::vector<std::string> items,
                                 std::vector<std::int64_t> operations) {
        ledger::BindCall record;
        record.call = ledger::CallId(call);
        record.lane = lane;
        record.reference = "r" + std::to_string(call);
        record.items = std::move(items);
        for (const std::int64_t id : operations) {
            record.operations.emplace_back(id);
        }
        record.bound_at = now;
        return record;
    }
    static ledger::CloseCall close(std::int64_t call, ledger::CallEnd end,
                                   std::vector<std::int64_t> failed = {}) {
        ledger::CloseCall record;
        record.call = ledger::CallId(call);
        record.end = end;
        record.reason = end == ledger::CallEnd::done ? "" : "for a reason";
        for (const std::int64_t id : failed) {
            record.failed.emplace_back(id);
        }
        record.closed_at = now;
        return record;
    }
    [[nodiscard]] bool is_settled(const std::string& message) const {
        ledger::MessageOrigin origin;
        origin.queue = "q";
        origin.message_id = message;
        return ledger_.is_settled(origin);
    }
    std::string said() {
        if (!has_said_) {
            has_said_ = true;
            said_ = testing::internal::GetCapturedStderr();
        }
        return said_;
    }

    CallsInProgress in_progress_;
    base::Log log_{base::LogLevel::info, {.json = false, .is_bounded = false}};
    InvocationLedger ledger_{in_progress_, log_};
    bool has_said_ = false;
    std::string said_;
};

TEST_F(InvocationLedgerTest, a_message_is_settled_when_all_its_operations_are) {
    write(task("m1", {"/a", "/b"}), task("m2", {"/c"}));
    write(bind(1, {"/a", "/c"}, {1, 3}));
    EXPECT_FALSE(is_settled("m2"));
    write(close(1, ledger::CallEnd::done));
    EXPECT_FALSE(is_settled("m1"));
    EXPECT_TRUE(is_settled("m2"));
    EXPECT_EQ(ledger_.open_operations(), 1U);
    write(bind(2, {"/b"}, {2}), close(2, ledger::CallEnd::done));
    EXPECT_TRUE(is_settled("m1"));
}

TEST_F(InvocationLedgerTest, a_message_that_it_was_never_told_of_is_not_settled) {
    EXPECT_FALSE(is_settled("m1"));
}

TEST_F(InvocationLedgerTest, what_cannot_be_read_is_settled_and_told_with_its_place) {
    ledger::AcceptTask broken = task("m1", {});
    broken.rejections.push_back({"entries[3].invalidation_path", "it is missing", "{}"});
    write(broken);
    EXPECT_TRUE(is_settled("m1"));
    EXPECT_THAT(said(), HasSubstr("warn  message m1: rejected: entries[3].invalidation_path: it is "
                                  "missing; it says: {}"));
}

TEST_F(InvocationLedgerTest, a_message_that_is_wrong_as_a_whole_has_no_place) {
    EXPECT_EQ(describe(ledger::Rejection{"", "not valid JSON", "{\"a"}, "m1"),
              "message m1: rejected: not valid JSON; it says: {\"a");
    EXPECT_EQ(describe(ledger::Rejection{"id", "it is empty", ""}, "m1"),
              "message m1: rejected: id: it is empty");
}

TEST_F(InvocationLedgerTest, the_request_that_was_refused_is_named_once) {
    write(task("m1", {"/a", "/b"}));
    ledger::CloseCall named = close(1, ledger::CallEnd::refused, {1});
    named.reason = "CreateInvalidation: InvalidArgument (400) [request a10f]";
    named.request_id = base::RequestId("a10f");
    write(bind(1, {"/a"}, {1}), named);
    ledger::CloseCall unnamed = close(2, ledger::CallEnd::refused, {2});
    unnamed.request_id = base::RequestId("b20f");
    write(bind(2, {"/b"}, {2}), unnamed);
    EXPECT_THAT(said(),
                HasSubstr("/a: CreateInvalidation: InvalidArgument (400) [request a10f]\n"));
    EXPECT_THAT(said(), HasSubstr("/b: for a reason (request b20f)\n"));
}

TEST_F(InvocationLedgerTest, an_operation_that_failed_is_settled_and_told_with_its_reason) {
    write(task("m1", {"/a", "/b"}));
    write(bind(1, {"/a"}, {1}), close(1, ledger::CallEnd::refused, {1}));
    EXPECT_FALSE(is_settled("m1"));
    write(ledger::EndOperations{.end = ledger::EndOperations::End::expired,
                                .operations = {ledger::OperationId(2)},
                                .reason = "too late",
                                .ended_at = now});
    EXPECT_TRUE(is_settled("m1"));
    EXPECT_THAT(said(), HasSubstr("message m1: failed at 111122223333 E1: /a: for a reason"));
    EXPECT_THAT(said(), HasSubstr("message m1: expired at 111122223333 E1: /b: too late"));
}

TEST_F(InvocationLedgerTest, what_was_refused_without_fault_is_open_again) {
    write(task("m1", {"/a"}));
    write(bind(1, {"/a"}, {1}), close(1, ledger::CallEnd::refused));
    EXPECT_FALSE(is_settled("m1"));
}

TEST_F(InvocationLedgerTest, what_nobody_knows_the_outcome_of_is_not_settled) {
    write(task("m1", {"/a"}));
    write(bind(1, {"/a"}, {1}), close(1, ledger::CallEnd::unknown));
    EXPECT_FALSE(is_settled("m1"));
}

TEST_F(InvocationLedgerTest, the_same_message_twice_is_settled_with_the_first) {
    write(task("m1", {"/a"}), task("m1", {"/a"}));
    EXPECT_FALSE(is_settled("m1"));
    EXPECT_EQ(ledger_.open_operations(), 1U);
    write(bind(1, {"/a"}, {1}), close(1, ledger::CallEnd::done));
    EXPECT_TRUE(is_settled("m1"));
}

TEST_F(InvocationLedgerTest, a_task_sent_twice_is_settled_with_the_first) {
    write(task("m1", {"/a"}, "sale"), task("m2", {"/a"}, "sale"), task("m3", {"/b"}, "sale"));
    EXPECT_FALSE(is_settled("m2"));
    EXPECT_TRUE(is_settled("m3"));
    EXPECT_THAT(said(), HasSubstr("message m3: rejected: this sender has sent another task "
                                  "under the id sale: give new content"));
}

TEST_F(InvocationLedgerTest, a_duplicate_of_a_task_that_asks_for_nothing_is_settled) {
    ledger::AcceptTask broken = task("m1", {}, "sale");
    broken.rejections.push_back({"", "empty", ""});
    ledger::AcceptTask again = broken;
    again.origin.message_id = "m2";
    write(broken, again);
    EXPECT_TRUE(is_settled("m2"));
}

TEST_F(InvocationLedgerTest, the_next_invocation_is_told_of_calls_in_progress_alone) {
    write(task("m1", {"/a", "/b"}));
    write(bind(1, {"/a"}, {1}), close(1, ledger::CallEnd::done));
    InvocationLedger next(in_progress_, log_);
    Restored restored;
    ASSERT_TRUE(next.load(restored).has_value());
    EXPECT_EQ(restored.calls, std::vector<ledger::CallId>{ledger::CallId(1)});
    EXPECT_EQ(restored.others, 0);
    const std::vector<ledger::Record> complete{ledger::CompleteCall{ledger::CallId(1), now}};
    EXPECT_TRUE(next.commit(complete).has_value());
    EXPECT_TRUE(in_progress_.empty());
}

} // namespace
} // namespace exarch::lambda
