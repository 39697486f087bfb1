#include "simulation/scenarios/script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace exarch::simulation {
namespace {

using ledger::OperationState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::_;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string account = "111122223333";

/// The world's calendar begins at 2026-11-24T00:00:00Z.
class TimeSim : public testing::Test {
protected:
    void send(const std::string& path, const std::string& fields) {
        world_.send(second_form(account, "E1", {path}, fields));
    }
    std::size_t count(OperationState state) { return world_.checker().operations(state); }
    void expect_no_problems() {
        const std::string text = problems(world_);
        EXPECT_TRUE(text.empty()) << text;
    }

    World world_{{}, std::make_unique<CalmConditions>()};
};

TEST_F(TimeSim, nothing_leaves_before_its_not_before) {
    send("/a", R"("not_before": "2026-11-24T00:05:00Z")");
    world_.advance(minutes(5) - milliseconds(1));
    EXPECT_THAT(world_.departures(), IsEmpty());
    world_.advance(seconds(1));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(TimeSim, a_not_before_holds_over_a_restart) {
    send("/a", R"("not_before": "2026-11-24T00:05:00Z")");
    world_.advance(minutes(1));
    world_.crash();
    world_.advance(minutes(4) - milliseconds(1));
    EXPECT_THAT(world_.departures(), IsEmpty());
    world_.advance(seconds(2));
    EXPECT_EQ(count(OperationState::done), 1U);
}

TEST_F(TimeSim, what_is_not_sent_by_its_deadline_expires_and_costs_no_call) {
    world_.cloudfront().account(account).held_by_others = {.paths = 3000, .wildcards = 15};
    send("/a", R"("deadline": "2026-11-24T00:05:00Z")");
    world_.advance(minutes(5) - milliseconds(2));
    EXPECT_EQ(count(OperationState::expired), 0U);
    world_.advance(milliseconds(100));
    EXPECT_EQ(count(OperationState::expired), 1U);
    EXPECT_EQ(world_.ledger().unsuccessful({}, 1)->front().reason, "not settled by its deadline");
    expect_no_problems();
}

TEST_F(TimeSim, a_deadline_after_a_long_wait_for_not_before_is_what_an_operation_missed) {
    world_.cloudfront().account(account).held_by_others = {.paths = 3000, .wildcards = 15};
    send("/a", R"("not_before": "2026-11-27T00:00:00Z", "deadline": "2026-11-27T00:01:00Z")");
    world_.advance(hours(72) + minutes(2));
    EXPECT_EQ(world_.ledger().unsuccessful({}, 1)->front().reason, "not settled by its deadline");
}

TEST_F(TimeSim, what_is_throttled_when_its_deadline_passes_is_not_sent_again) {
    WorldParams params;
    params.create = {.rate = 4, .burst = 1};
    World fast(params, std::make_unique<CalmConditions>());
    fast.cloudfront().account(account).rate = 4;
    fast.inject(Fault::throttled);
    fast.send(second_form(account, "E1", {"/a"}, R"("deadline": "2026-11-24T00:00:00.030Z")"));
    fast.advance(minutes(1));
    EXPECT_THAT(fast.departures(), SizeIs(1));
    EXPECT_EQ(fast.checker().operations(OperationState::expired), 1U);
}

TEST_F(TimeSim, a_deadline_in_the_past_expires_at_once) {
    send("/a", R"("deadline": "2020-01-01T00:00:00Z")");
    world_.advance(seconds(1));
    EXPECT_EQ(count(OperationState::expired), 1U);
    EXPECT_THAT(world_.departures(), IsEmpty());
}

TEST_F(TimeSim, a_deadline_that_passes_while_the_process_is_down_counts) {
    world_.cloudfront().account(account).is_denied = true;
    send("/a", R"("deadline": "2026-11-24T00:00:05Z")");
    world_.advance(seconds(4));
    world_.crash();
    world_.cloudfront().account(account).is_denied = false;
    world_.advance(seconds(5));
    EXPECT_EQ(count(OperationState::expired) + count(OperationState::done), 1U);
    EXPECT_THAT(world_.cloudfront().accepted(), IsEmpty());
    expect_no_problems();
}

TEST_F(TimeSim, whatever_cannot_be_settled_within_max_age_expires) {
    world_.cloudfront().account(account).is_denied = true;
    send("/a", R"("priority": 1)");
    world_.advance(hours(12));
    world_.crash();
    world_.advance(hours(12) - seconds(1));
    EXPECT_EQ(count(OperationState::expired), 0U);
    world_.advance(seconds(2));
    EXPECT_EQ(count(OperationState::expired), 1U);
    EXPECT_THAT(world_.ledger().unsuccessful({}, 1)->front().reason, HasSubstr("max_age"));
    expect_no_problems();
}

TEST_F(TimeSim, a_wish_for_later_grows_old_from_then) {
    world_.cloudfront().account(account).is_denied = true;
    send("/a", R"("not_before": "2026-11-26T00:00:00Z")");
    world_.advance(hours(71));
    EXPECT_EQ(count(OperationState::pending), 1U);
    world_.advance(hours(1) + seconds(1));
    EXPECT_EQ(count(OperationState::expired), 1U);
    EXPECT_THAT(world_.ledger().unsuccessful({}, 1)->front().reason, HasSubstr("max_age"));
}

TEST_F(TimeSim, a_call_bound_and_not_sent_is_released_when_one_of_its_operations_ends) {
    world_.cloudfront().account(account).rate = 0.01;
    send("/first", R"("priority": 1)");
    world_.advance(seconds(2));
    send("/ends", R"("deadline": "2026-11-24T00:00:20Z")");
    send("/stays", R"("priority": 0)");
    world_.advance(seconds(21));
    EXPECT_EQ(count(OperationState::expired), 1U);
    ASSERT_TRUE(world_.drain(hours(1)));
    EXPECT_EQ(count(OperationState::done), 2U);
    expect_no_problems();
}

TEST_F(TimeSim, a_calendar_that_jumps_is_noticed_within_a_minute) {
    send("/a", R"("not_before": "2026-11-24T12:00:00Z")");
    world_.advance(seconds(10));
    world_.jump_calendar(hours(12));
    world_.advance(seconds(61));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(TimeSim, a_calendar_set_back_harms_nothing) {
    send("/a", R"("priority": 1)");
    world_.jump_calendar(-hours(48));
    send("/b", R"("priority": 1)");
    ASSERT_TRUE(world_.drain(minutes(1)));
    EXPECT_EQ(count(OperationState::done), 2U);
    world_.advance(hours(100));
    expect_no_problems();
}

TEST_F(TimeSim, a_calendar_set_forward_while_the_process_is_down_counts_from_the_start) {
    world_.cloudfront().account(account).is_denied = true;
    send("/over", R"("deadline": "2026-11-24T02:00:00Z")");
    send("/due", R"("not_before": "2026-11-24T01:00:00Z")");
    world_.advance(seconds(10));
    world_.crash();
    world_.jump_calendar(hours(3));
    world_.cloudfront().account(account).is_denied = false;
    ASSERT_TRUE(world_.drain(minutes(5)));
    EXPECT_EQ(count(OperationState::expired), 1U);
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(TimeSim, a_calendar_set_back_while_the_process_is_down_lets_nothing_out_early) {
    send("/later", R"("not_before": "2026-11-24T00:05:00Z")");
    send("/at-once", R"("priority": 1)");
    world_.advance(seconds(10));
    world_.crash();
    world_.jump_calendar(-hours(1));
    world_.advance(hours(1) + minutes(4));
    EXPECT_EQ(count(OperationState::done), 1U);
    world_.advance(minutes(2));
    EXPECT_EQ(count(OperationState::done), 2U);
    expect_no_problems();
}

TEST_F(TimeSim, max_age_goes_by_the_calendar_over_restarts_and_jumps) {
    world_.cloudfront().account(account).is_denied = true;
    send("/a", R"("priority": 1)");
    world_.advance(hours(2));
    world_.crash();
    world_.jump_calendar(hours(21));
    world_.advance(minutes(59));
    EXPECT_EQ(count(OperationState::expired), 0U);
    world_.crash();
    world_.advance(minutes(3));
    EXPECT_EQ(count(OperationState::expired), 1U);
    expect_no_problems();
}

TEST_F(TimeSim, priorities_hold_over_a_restart) {
    world_.send(second_form(account, "E1", {"/first"}));
    world_.advance(milliseconds(100));
    for (int number = 2; number < 7; ++number) {
        world_.send(second_form(account, fmt::format("E{}", number), {"/low"}));
    }
    world_.send(second_form(account, "E9", {"/high"}, R"("priority": 5)"));
    world_.advance(milliseconds(200));
    world_.crash();
    ASSERT_TRUE(world_.drain(minutes(1)));
    // One of the others may have been bound already.
    const auto& accepted = world_.cloudfront().accepted();
    ASSERT_THAT(accepted, SizeIs(7));
    EXPECT_TRUE(accepted[1].distribution == "E9" || accepted[2].distribution == "E9");
    expect_no_problems();
}

TEST_F(TimeSim, drain_waits_for_what_is_due_within_a_minute_and_no_longer) {
    send("/soon", R"("not_before": "2026-11-24T00:00:50Z")");
    send("/late", R"("not_before": "2026-11-24T00:02:00Z")");
    ASSERT_TRUE(world_.drain(minutes(5)));
    EXPECT_EQ(count(OperationState::done), 1U);
    const core::Outlook outlook = world_.core().outlook();
    EXPECT_EQ(outlook.open, 1U);
    EXPECT_EQ(outlook.blocked_operations, 1U);
    EXPECT_THAT(outlook.blocked.front().reason, HasSubstr("not_before"));
    EXPECT_LT(world_.now().steady.time_since_epoch(), hours(1) + seconds(70));
}

TEST_F(TimeSim, back_pressure_begins_at_pending_max_and_ends_below_it) {
    WorldParams params;
    params.pending_max = 50;
    World small(params, std::make_unique<CalmConditions>());
    for (int message = 0; message < 40; ++message) {
        std::vector<Entry> entries;
        for (int entry = 0; entry < 10; ++entry) {
            entries.push_back({account, "E1", fmt::format("/{}/{}", message, entry)});
        }
        small.send(first_form(entries));
    }
    std::size_t most = 0;
    for (int step = 0; step < 4000 && !small.queue().empty(); ++step) {
        small.advance(milliseconds(10));
        most = std::max(most, small.core().open_operations());
    }
    EXPECT_LE(most, 50U + 100U);
    ASSERT_TRUE(small.drain(minutes(10)));
    EXPECT_EQ(small.checker().operations(OperationState::done), 400U);
    // Once each, although there was room now and then.
    EXPECT_THAT(small.reports(), ElementsAre(HasSubstr("no more messages are taken for now")));
    small.advance(minutes(2));
    EXPECT_THAT(small.reports(), ElementsAre(_, HasSubstr("there is room for messages again")));
}

} // namespace
} // namespace exarch::simulation
