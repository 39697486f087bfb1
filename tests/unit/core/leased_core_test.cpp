#include "core/core.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

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

/// One whose holder before has found something denied.
class PausedLedger final : public ledger::OpenWork {
public:
    explicit PausedLedger(std::vector<ledger::NoteBreaker> paused) : paused_(std::move(paused)) {}
    base::Status load(ledger::Restorer& restorer) override {
        for (const ledger::NoteBreaker& each : paused_) {
            restorer.open_breaker(each);
        }
        return {};
    }

private:
    std::vector<ledger::NoteBreaker> paused_;
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
    void look_into(const Commit& commit) {
        for (const ledger::Record& record : commit.records) {
            bound_ += std::holds_alternative<ledger::BindCall>(record) ? 1 : 0;
            if (const auto* note = std::get_if<ledger::NoteBreaker>(&record)) {
                notes_.push_back(*note);
            }
        }
    }
    /// Steps, and has every commit durable at once. Returns the calls that leave.
    std::vector<SendCall> step(Core& core, Event event) {
        std::vector<SendCall> calls;
        std::vector<Event> events;
        events.push_back(std::move(event));
        while (!events.empty()) {
            Event next = std::move(events.back());
            events.pop_back();
            for (Effect& effect : core.step(std::move(next), now_)) {
                if (auto* commit = std::get_if<Commit>(&effect)) {
                    look_into(*commit);
                    events.emplace_back(
                        Committed{commit->revision, std::move(commit->records), {}});
                } else if (auto* call = std::get_if<SendCall>(&effect)) {
                    calls.push_back(std::move(*call));
                }
            }
        }
        return calls;
    }

    std::vector<SendCall> answer(Core& core, const SendCall& call, actions::Verdict verdict) {
        step(core, CallDeparted{call.call});
        CallAnswered answered;
        answered.call = call.call;
        answered.verdict = verdict;
        answered.reason = actions::format(verdict);
        return step(core, std::move(answered));
    }
    std::vector<SendCall> wait(Core& core, milliseconds time) {
        now_.steady += time;
        now_.wall += time;
        return step(core, TimePassed{});
    }

    static constexpr base::Moment begin{base::Instant(hours(1)),
                                        base::Timestamp(milliseconds(1'795'000'000'000))};
    base::Moment now_ = begin;
    std::ptrdiff_t bound_ = 0;
    std::vector<ledger::NoteBreaker> notes_;
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
    const auto effects = core.step(discovered(task("/a")), now_);
    EXPECT_EQ(core.rests_until(), std::nullopt) << "a call is being bound";
    ASSERT_EQ(effects.size(), 1U);
    Commit commit = std::get<Commit>(effects[0]);
    const auto more = core.step(Committed{commit.revision, std::move(commit.records), {}}, now_);
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
    EXPECT_GT(*until, now_.wall);
    EXPECT_LT(*until, now_.wall + minutes(5));
}

TEST_F(LeasedCoreTest, rests_until_a_wish_for_later_comes_due) {
    Core core(params());
    ledger::AcceptTask later = task("/a");
    later.operations[0].not_before = now_.wall + hours(48);
    EXPECT_TRUE(step(core, discovered(std::move(later))).empty());
    EXPECT_EQ(core.rests_until(), now_.wall + hours(48));
}

/// A token a second, and a twentieth more for what the network may do to two calls.
TEST_F(LeasedCoreTest, spends_no_token_that_another_may_have_spent) {
    UsedLedger used;
    CoreParams at_once = params();
    at_once.others_sent_until = now_.steady - milliseconds(1'050);
    Core rested(std::move(at_once));
    ASSERT_TRUE(rested.restore(used, now_).has_value());
    EXPECT_EQ(step(rested, discovered(task("/a"))).size(), 1U) << "a token has come since";

    CoreParams soon = params();
    soon.others_sent_until = now_.steady - milliseconds(600);
    Core waiting(std::move(soon));
    ASSERT_TRUE(waiting.restore(used, now_).has_value());
    EXPECT_TRUE(step(waiting, discovered(task("/a"))).empty());
    now_.steady += milliseconds(399);
    EXPECT_TRUE(step(waiting, TimePassed{}).empty());
    now_.steady += milliseconds(51);
    EXPECT_EQ(step(waiting, TimePassed{}).size(), 1U);
}

/// Who has an account for one call after another would else try what is denied each time, first of
/// all, and never come to anything else.
TEST_F(LeasedCoreTest, what_was_denied_a_moment_ago_holds_up_nothing_and_is_tried_in_a_minute) {
    const ledger::LaneKey denied{base::AccountId("111122223333"), "cloudfront.invalidate", "E1"};
    PausedLedger ledger({{denied, true, "denied", now_.wall - seconds(20)}});
    Core core(params());
    ASSERT_TRUE(core.restore(ledger, now_).has_value());
    ledger::AcceptTask both = task("/a");
    both.lanes.push_back({denied.account, denied.action, "E2"});
    both.operations.push_back(both.operations[0]);
    both.operations[1].lane = 1;
    const auto calls = step(core, discovered(std::move(both)));
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].lane.resource, "E2");
    EXPECT_TRUE(answer(core, calls[0], actions::Verdict::accepted).empty());
    EXPECT_TRUE(wait(core, seconds(39)).empty());

    const auto probes = wait(core, seconds(1));
    ASSERT_EQ(probes.size(), 1U);
    EXPECT_EQ(probes[0].lane, denied);
    EXPECT_TRUE(notes_.empty());
    // What is tried in vain is noted, for who has the account next.
    EXPECT_TRUE(answer(core, probes[0], actions::Verdict::resource_denied).empty());
    ASSERT_EQ(notes_.size(), 1U);
    EXPECT_EQ(notes_[0].lane, denied);
    EXPECT_TRUE(notes_[0].open);
    EXPECT_EQ(notes_[0].changed_at, now_.wall);
}

TEST_F(LeasedCoreTest, an_account_that_was_denied_long_ago_is_tried_at_once_and_may_answer) {
    const ledger::LaneKey all{base::AccountId("111122223333"), "", ""};
    PausedLedger ledger({{all, true, "no role", {}},
                         {{all.account, "wafv9.update", "E1"}, true, "of a later version", {}}});
    Core core(params());
    ASSERT_TRUE(core.restore(ledger, now_).has_value());
    const auto calls = step(core, discovered(task("/a")));
    ASSERT_EQ(calls.size(), 1U);
    answer(core, calls[0], actions::Verdict::accepted);
    EXPECT_EQ(notes_, (std::vector<ledger::NoteBreaker>{{all, false, {}, now_.wall}}));
}

/// A clock that is ahead keeps nothing shut for longer.
TEST_F(LeasedCoreTest, an_account_that_was_denied_in_the_future_is_tried_within_a_minute) {
    const ledger::LaneKey all{base::AccountId("111122223333"), "", ""};
    PausedLedger ledger({{all, true, "no role", now_.wall + hours(5)}});
    Core core(params());
    ASSERT_TRUE(core.restore(ledger, now_).has_value());
    EXPECT_TRUE(step(core, discovered(task("/a"))).empty());
    EXPECT_EQ(core.rests_until(), now_.wall + minutes(1));
    EXPECT_EQ(core.outlook().blocked.size(), 1U);
    EXPECT_EQ(wait(core, minutes(1)).size(), 1U);
}

/// Whoever may send may name as many as they like: each would stay in the lease for ever.
TEST_F(LeasedCoreTest, what_was_denied_is_forgotten_when_nothing_is_open_there) {
    const ledger::LaneKey denied{base::AccountId("111122223333"), "cloudfront.invalidate", "E1"};
    Core core(params());
    ledger::AcceptTask both = task("/a");
    both.operations[0].deadline = now_.wall + seconds(10);
    both.operations.push_back(both.operations[0]);
    both.operations[1].item = "/b";
    both.operations[1].deadline = now_.wall + seconds(20);
    const auto calls = step(core, discovered(std::move(both)));
    ASSERT_EQ(calls.size(), 1U);
    answer(core, calls[0], actions::Verdict::resource_denied);
    ASSERT_EQ(notes_.size(), 1U);
    EXPECT_TRUE(wait(core, seconds(10)).empty());
    EXPECT_EQ(core.counts().expired, 1U);
    EXPECT_EQ(notes_.size(), 1U) << "/b is open";
    EXPECT_TRUE(wait(core, seconds(10)).empty());
    EXPECT_EQ(core.counts().expired, 2U);
    ASSERT_EQ(notes_.size(), 2U);
    EXPECT_EQ(notes_[1], (ledger::NoteBreaker{denied, false, {}, now_.wall}));
    EXPECT_EQ(step(core, discovered(task("/c"))).size(), 1U) << "tried like any other";
}

TEST_F(LeasedCoreTest, what_was_denied_to_the_holder_before_is_forgotten_where_nothing_is_open) {
    const base::AccountId account("111122223333");
    PausedLedger ledger({{{account, "", ""}, true, "no role", now_.wall - seconds(20)},
                         {{account, "cloudfront.invalidate", "E1"}, true, "denied", {}},
                         {{account, "cloudfront.invalidate", "E2"}, true, "denied", {}}});
    Core core(params());
    ASSERT_TRUE(core.restore(ledger, now_).has_value());
    EXPECT_TRUE(step(core, discovered(task("/a"))).empty()) << "its account is not due";
    ASSERT_EQ(notes_.size(), 1U);
    EXPECT_EQ(notes_[0].lane.resource, "E2");
    EXPECT_FALSE(notes_[0].open);
}

} // namespace
} // namespace exarch::core
