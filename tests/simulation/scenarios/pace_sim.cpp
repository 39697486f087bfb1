#include "simulation/scenarios/script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace exarch::simulation {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

const std::string account = "111122223333";
const std::string other = "444455556666";

std::string purge(const std::string& in, int number) {
    return first_form({{in, fmt::format("E{}", number % 7), fmt::format("/p{}", number)}});
}

class PaceSim : public testing::Test {
protected:
    /// A new wish in this account every so often, for so long.
    void keep_busy(const std::string& in, Duration every, Duration how_long) {
        for (Duration passed{}; passed < how_long; passed += every) {
            world_.send(purge(in, ++sent_));
            world_.advance(every);
        }
    }
    std::vector<Instant> departures(const std::string& from) const {
        std::vector<Instant> times;
        for (const World::Departure& departure : world_.departures()) {
            if (departure.call.lane.account.value() == from) {
                times.push_back(departure.at);
            }
        }
        return times;
    }
    static Duration shortest_gap(const std::vector<Instant>& times) {
        Duration shortest = hours(1);
        for (std::size_t index = 1; index < times.size(); ++index) {
            shortest = std::min(shortest, times[index] - times[index - 1]);
        }
        return shortest;
    }

    int sent_ = 0;
    World world_{{}, std::make_unique<CalmConditions>()};
};

TEST_F(PaceSim, calls_stay_at_the_quota_and_are_never_throttled) {
    keep_busy(account, milliseconds(50), minutes(5));
    const auto times = departures(account);
    EXPECT_GE(shortest_gap(times), seconds(1));
    EXPECT_GE(times.size(), 280U);
    EXPECT_EQ(world_.cloudfront().tally(account).throttled, 0U);
    ASSERT_TRUE(world_.drain(minutes(1)));
    EXPECT_TRUE(problems(world_).empty());
}

TEST_F(PaceSim, a_throttle_on_its_own_is_retried_and_changes_nothing) {
    world_.inject(Fault::throttled);
    world_.send(purge(account, 1));
    ASSERT_TRUE(world_.drain(seconds(3)));
    EXPECT_THAT(world_.departures(), SizeIs(2));
    EXPECT_EQ(world_.departures()[0].call, world_.departures()[1].call);
    EXPECT_THAT(world_.reports(), IsEmpty());
    EXPECT_TRUE(world_.ledger().accounts()->front().quotas.empty());
}

TEST_F(PaceSim, a_hidden_quota_is_learned_and_then_kept_to) {
    world_.cloudfront().account(account).rate = 0.5;
    keep_busy(account, milliseconds(200), minutes(2));
    const auto learned = world_.cloudfront().tally(account).throttled;
    EXPECT_GE(learned, 2U);
    EXPECT_LE(learned, 4U);
    EXPECT_FALSE(world_.reports().empty());
}

TEST_F(PaceSim, learning_half_the_configured_quota_costs_less_than_a_call_in_a_hundred) {
    // Servers that save up tokens hide for a while that a rate is too high.
    for (const double burst : {1.0, 5.0, 10.0}) {
        const std::string id = fmt::format("{:012}", burst);
        world_.cloudfront().account(id).rate = 0.5;
        world_.cloudfront().account(id).burst = burst;
        keep_busy(id, seconds(1), hours(1));
        const auto& tally = world_.cloudfront().tally(id);
        EXPECT_LT(tally.throttled * 100, tally.requests) << "burst " << burst;
        EXPECT_GE(tally.requests - tally.throttled, 3600U / 2 * 96 / 100) << "burst " << burst;
    }
}

TEST_F(PaceSim, the_rate_is_back_minutes_after_a_neighbour_has_stopped) {
    struct Neighbour {
        std::string account;
        /// What it leaves of the quota, and how long the whole of it takes to be used again.
        double left = 0;
        Duration back_after;
    };
    for (const Neighbour& neighbour :
         {Neighbour{account, 0.5, minutes(7)}, Neighbour{other, 0.03, minutes(14)}}) {
        const std::string& id = neighbour.account;
        world_.cloudfront().account(id).rate = neighbour.left;
        keep_busy(id, milliseconds(500), hours(2));
        world_.cloudfront().account(id).rate = 1;
        keep_busy(id, milliseconds(500), neighbour.back_after);
        const std::size_t before = departures(id).size();
        keep_busy(id, milliseconds(500), minutes(1));
        EXPECT_GE(departures(id).size(), before + 57) << id;
    }
}

TEST_F(PaceSim, what_was_learned_outlives_the_process) {
    world_.cloudfront().account(account).rate = 0.5;
    keep_busy(account, milliseconds(200), minutes(1));
    world_.crash();
    world_.advance(seconds(5));
    const auto before = world_.cloudfront().tally(account).throttled;
    keep_busy(account, milliseconds(200), minutes(1));
    EXPECT_EQ(world_.cloudfront().tally(account).throttled, before);
}

TEST_F(PaceSim, a_rate_that_was_lowered_rises_again_to_the_configured_one_and_no_further) {
    world_.cloudfront().account(account).rate = 0.5;
    keep_busy(account, milliseconds(500), minutes(1));
    world_.cloudfront().account(account).rate = 100;
    keep_busy(account, milliseconds(500), minutes(30));
    const auto before = departures(account).size();
    keep_busy(account, milliseconds(500), minutes(1));
    EXPECT_GE(departures(account).size(), before + 55);
    EXPECT_GE(shortest_gap(departures(account)), seconds(1));
}

TEST_F(PaceSim, the_rate_of_asking_rises_again_after_it_was_lowered) {
    world_.cloudfront().account(account).throttles_reads = true;
    keep_busy(account, seconds(1), minutes(3));
    const auto quotas = [&] { return world_.ledger().accounts()->front().quotas; };
    ASSERT_THAT(quotas(), SizeIs(1));
    EXPECT_EQ(quotas().front().api, "cloudfront.GetInvalidation");
    EXPECT_LT(quotas().front().rate, 1);
    world_.cloudfront().account(account).throttles_reads = false;
    keep_busy(account, seconds(10), hours(3));
    EXPECT_THAT(quotas(), SizeIs(1));
    EXPECT_EQ(quotas().front().rate, 2);
}

TEST_F(PaceSim, another_accounts_troubles_change_nobodys_pace) {
    world_.cloudfront().account(other).is_denied = true;
    for (int number = 0; number < 1200; ++number) {
        world_.send(purge(account, number));
        world_.send(purge(other, number));
        world_.advance(milliseconds(50));
    }
    EXPECT_GE(departures(account).size(), 55U);
    EXPECT_GE(shortest_gap(departures(account)), seconds(1));
    EXPECT_LE(departures(other).size(), 2U);
}

TEST_F(PaceSim, a_restart_does_not_spend_the_token_of_the_call_before_again) {
    for (int restart = 0; restart < 10; ++restart) {
        keep_busy(account, milliseconds(50), seconds(3));
        world_.crash();
        world_.advance(seconds(1));
    }
    ASSERT_TRUE(world_.drain(minutes(2)));
    EXPECT_EQ(world_.cloudfront().tally(account).throttled, 0U);
    EXPECT_TRUE(problems(world_).empty());
}

TEST(pace_over_restarts, a_burst_is_not_spent_once_more) {
    WorldParams params;
    params.create = {.rate = 1, .burst = 5};
    World world(params, std::make_unique<CalmConditions>());
    world.cloudfront().account(account).burst = 5;
    for (int restart = 0; restart < 5; ++restart) {
        for (int number = 0; number < 7; ++number) {
            world.send(purge(account, number));
        }
        world.advance(seconds(3));
        world.crash();
        world.advance(seconds(1));
    }
    ASSERT_TRUE(world.drain(minutes(2)));
    EXPECT_EQ(world.cloudfront().tally(account).throttled, 0U);
    EXPECT_TRUE(problems(world).empty());
}

TEST(pace_over_restarts, the_token_of_a_call_that_was_refused_is_not_spent_again) {
    WorldParams params;
    params.create.rate = 0.1;
    World world(params, std::make_unique<CalmConditions>());
    world.cloudfront().account(account).rate = 0.1;
    world.cloudfront().account(account).missing_distributions = {"E1"};
    world.send(purge(account, 1));
    world.advance(milliseconds(500));
    ASSERT_EQ(world.checker().operations(ledger::OperationState::failed), 1U);
    world.crash();
    world.send(purge(account, 2));
    ASSERT_TRUE(world.drain(minutes(1)));
    EXPECT_EQ(world.cloudfront().tally(account).throttled, 0U);
    EXPECT_TRUE(problems(world).empty());
}

TEST(pace_over_restarts, the_quota_of_questions_is_not_spent_again) {
    WorldParams params;
    params.read = {.rate = 0.1, .burst = 2};
    World world(params, std::make_unique<CalmConditions>());
    for (int number = 0; number < 4; ++number) {
        world.send(purge(account, number));
    }
    world.advance(seconds(68));
    ASSERT_THAT(world.reads(), SizeIs(2));
    world.crash();
    ASSERT_TRUE(world.drain(minutes(10)));
    world.advance(minutes(10));
    EXPECT_THAT(world.reads(), SizeIs(4));
    EXPECT_TRUE(problems(world).empty());
}

} // namespace
} // namespace exarch::simulation
