#include "core/core.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

/// A core that has one account for a while, of which others had it before and will have it after.
namespace exarch::core {
namespace {

using ledger::OperationId;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A ledger in which a call was bound, and nothing is open.
class UsedLedger final : public ledger::OpenWork {
public:
    base::Status load(ledger::Restorer& restorer) override {
        restorer.last_call(ledger::CallId(7));
        return {};
    }
};

class LeasedCoreTest : public testing::Test {
protected:
    static CoreParams params() {
        CoreParams params;
        params.incarnation = "0123456789abcdef";
        params.quota = [](const base::AccountId&, std::string_view) { return Quota{}; };
        return params;
    }
    static ledger::AcceptTask task(const std::string& path) {
        ledger::AcceptTask task;
        task.origin.sender_id = "alice";
        task.accepted_at = begin.wall;
        task.lanes = {{base::AccountId("111122223333"), "cloudfront.invalidate", "E1"}};
        ledger::NewOperation operation;
        operation.item = path;
        task.operations.push_back(std::move(operation));
        return task;
    }
    static TasksDiscovered discovered(ledger::AcceptTask task) {
        TasksDiscovered event;
        event.receipts.push_back({.verdict = ledger::TaskReceipt::Verdict::accepted,
                                  .task = ledger::TaskId(1),
                                  .first_operation = OperationId(100)});
        event.tasks.push_back(std::move(task));
        return event;
    }
    /// Steps, and has every commit durable at once. Returns the calls that leave.
    std::vector<SendCall> step(Core& core, Event event) {
        std::vector<SendCall> calls;
        std::vector<Event> events;
        events.push_back(std::move(event));
        while (!events.empty()) {
            Event next = std::move(events.back());
            events.pop_back();
            for (Effect& effect : core.step(std::move(next), now)) {
                if (auto* commit = std::get_if<Commit>(&effect)) {
                    bound += std::ranges::count_if(commit->records, [](const auto& record) {
                        return std::holds_alternative<ledger::BindCall>(record);
                    });
                    events.emplace_back(
                        Committed{commit->revision, std::move(commit->records), {}});
                } else if (auto* call = std::get_if<SendCall>(&effect)) {
                    calls.push_back(std::move(*call));
                }
            }
        }
        return calls;
    }

    static constexpr base::Moment begin{base::Instant(hours(1)),
                                        base::Timestamp(milliseconds(1'795'000'000'000))};
    base::Moment now = begin;
    std::ptrdiff_t bound = 0;
};

TEST_F(LeasedCoreTest, carries_out_tasks_that_others_have_accepted) {
    Core core(params());
    const auto calls = step(core, discovered(task("/a")));
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].items, std::vector<std::string>{"/a"});
    EXPECT_EQ(core.open_operations(), 1U);
    EXPECT_EQ(core.counts().accepted, 0U) << "whoever accepted it has counted it";
}

TEST_F(LeasedCoreTest, rests_for_ever_where_nothing_is_open) {
    Core core(params());
    EXPECT_EQ(core.rests_until(), base::Timestamp::max());
}

TEST_F(LeasedCoreTest, does_not_rest_while_anything_is_under_way) {
    Core core(params());
    const auto effects = core.step(discovered(task("/a")), now);
    EXPECT_EQ(core.rests_until(), std::nullopt) << "a call is being bound";
    ASSERT_EQ(effects.size(), 1U);
    Commit commit = std::get<Commit>(effects[0]);
    const auto more = core.step(Committed{commit.revision, std::move(commit.records), {}}, now);
    EXPECT_EQ(more.size(), 1U);
    EXPECT_EQ(core.rests_until(), std::nullopt) << "a call is on its way";
}

TEST_F(LeasedCoreTest, rests_until_the_next_token) {
    Core core(params());
    const auto calls = step(core, discovered(task("/a")));
    ASSERT_EQ(calls.size(), 1U);
    step(core, CallDeparted{calls[0].call});
    CallAnswered answer;
    answer.call = calls[0].call;
    answer.verdict = actions::Verdict::not_sent;
    step(core, std::move(answer));
    const auto until = core.rests_until();
    ASSERT_TRUE(until.has_value());
    EXPECT_GT(*until, now.wall);
    EXPECT_LT(*until, now.wall + minutes(5));
}

TEST_F(LeasedCoreTest, rests_until_a_wish_for_later_comes_due) {
    Core core(params());
    ledger::AcceptTask later = task("/a");
    later.operations[0].not_before = now.wall + hours(48);
    EXPECT_TRUE(step(core, discovered(std::move(later))).empty());
    EXPECT_EQ(core.rests_until(), now.wall + hours(48));
}

/// A token a second, and a twentieth more for what the network may do to two calls.
TEST_F(LeasedCoreTest, spends_no_token_that_another_may_have_spent) {
    UsedLedger used;
    CoreParams at_once = params();
    at_once.others_sent_until = now.steady - milliseconds(1'050);
    Core rested(std::move(at_once));
    ASSERT_TRUE(rested.restore(used, now).has_value());
    EXPECT_EQ(step(rested, discovered(task("/a"))).size(), 1U) << "a token has come since";

    CoreParams soon = params();
    soon.others_sent_until = now.steady - milliseconds(600);
    Core waiting(std::move(soon));
    ASSERT_TRUE(waiting.restore(used, now).has_value());
    EXPECT_TRUE(step(waiting, discovered(task("/a"))).empty());
    now.steady += milliseconds(399);
    EXPECT_TRUE(step(waiting, TimePassed{}).empty());
    now.steady += milliseconds(51);
    EXPECT_EQ(step(waiting, TimePassed{}).size(), 1U);
}

} // namespace
} // namespace exarch::core
