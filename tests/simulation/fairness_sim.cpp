#include "simulation/script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace exarch::simulation {
namespace {

using ledger::OperationState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string account = "111122223333";

/// What one distribution suffers from, and what that costs the others of its account.
class FairnessSim : public testing::Test {
protected:
    FakeAccount& model() { return world.cloudfront().account(account); }
    std::size_t count(OperationState state) { return world.checker().operations(state); }
    void purge(const std::string& distribution, const std::string& path) {
        world.send(first_form({{account, distribution, path}}));
    }
    /// Calls that took effect at the distribution.
    std::ptrdiff_t accepted(const std::string& distribution) {
        return std::ranges::count(world.cloudfront().accepted(), distribution,
                                  &FakeCloudFront::Invalidation::distribution);
    }
    std::ptrdiff_t departed(const std::string& distribution) {
        return std::ranges::count_if(world.departures(), [&](const auto& departure) {
            return departure.call.lane.resource == distribution;
        });
    }
    void expect_no_problems() {
        const std::string text = problems(world);
        EXPECT_TRUE(text.empty()) << text;
    }

    World world{{}, std::make_unique<CalmConditions>()};
};

TEST_F(FairnessSim, a_distribution_that_never_answers_binds_few_calls_and_repeats_those) {
    model().failing_distributions = {"E1"};
    for (int number = 0; number < 1200; ++number) {
        purge("E1", fmt::format("/{}", number));
        purge("E2", fmt::format("/{}", number));
        world.advance(seconds(1));
    }
    EXPECT_LE(departed("E1"), 150);
    EXPECT_GE(accepted("E2"), 950);
    EXPECT_GE(count(OperationState::done), 1190U);
    EXPECT_LE(count(OperationState::bound), 20U);
    model().failing_distributions.clear();
    ASSERT_TRUE(world.drain(minutes(5)));
    EXPECT_EQ(count(OperationState::done), 2400U);
    expect_no_problems();
}

TEST_F(FairnessSim, repeated_calls_of_many_distributions_take_half_of_the_tokens_at_most) {
    for (int number = 0; number < 40; ++number) {
        model().failing_distributions.insert(fmt::format("F{}", number));
    }
    for (int number = 0; number < 2400; ++number) {
        purge(fmt::format("F{}", number % 40), fmt::format("/{}", number));
        purge("E2", fmt::format("/{}", number));
        world.advance(seconds(1));
    }
    EXPECT_GE(count(OperationState::done), 2300U);
    const auto before = accepted("E2");
    world.advance(seconds(1));
    for (int number = 0; number < 300; ++number) {
        purge("E2", fmt::format("/late/{}", number));
        world.advance(seconds(1));
    }
    EXPECT_GE(accepted("E2") - before, 140);
    EXPECT_LE(accepted("E2") - before, 160);
    model().failing_distributions.clear();
    ASSERT_TRUE(world.drain(minutes(10)));
    EXPECT_EQ(count(OperationState::done), 5100U);
    expect_no_problems();
}

} // namespace
} // namespace exarch::simulation
