#include "simulation/shared/shared_world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

/// How fast functions carry out what waits, and how often they are invoked for it, where nothing
/// goes wrong.
namespace exarch::simulation {
namespace {

using base::Duration;
using ledger::OperationState;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::IsEmpty;

constexpr std::uint64_t distributions = 200;

SharedPlan plan_with(core::Quota quota) {
    SharedPlan shared;
    shared.plan.world.create = quota;
    shared.config = config_of(shared.plan.world, seconds(90));
    shared.clocks.resize(3);
    shared.functions = 3;
    shared.has_late_writes = false;
    shared.seed = 1;
    return shared;
}

struct Drain {
    Duration took{};
    std::uint64_t calls = 0;
    std::uint64_t invocations = 0;
};

/// An account where each of many distributions needs a call of its own.
Drain drain(core::Quota quota, std::size_t wishes_of_each) {
    const SharedPlan plan = plan_with(quota);
    ChaosConditions conditions(1, {});
    conditions.calm_down();
    SharedWorld world(plan, conditions, 0);
    world.table().page_items = 1'000;
    FakeAccount& account = world.cloudfront().account("111122223333");
    account.rate = quota.rate;
    account.burst = quota.burst;
    for (std::uint64_t distribution = 0; distribution < distributions; ++distribution) {
        std::string entries;
        for (std::size_t wish = 0; wish < wishes_of_each; ++wish) {
            entries += fmt::format(
                R"({}{{"aws_account_id":"111122223333","cloudfront_distribution_id":"E{}",)"
                R"("invalidation_path":"/{}"}})",
                wish == 0 ? "" : ",", distribution, wish);
        }
        world.send(R"({"entries":[)" + entries + "]}", "sender", {});
    }
    const base::Instant begin = world.now();
    Drain drain;
    while (world.operations(OperationState::done) < distributions * wishes_of_each &&
           world.now() - begin < minutes(30)) {
        world.advance(seconds(1));
    }
    EXPECT_THAT(world.violations(), IsEmpty());
    drain.took = world.now() - begin;
    drain.calls = world.cloudfront().accepted().size();
    drain.invocations = world.invocations();
    return drain;
}

std::uint64_t seconds_of(const Drain& drain) {
    return static_cast<std::uint64_t>(drain.took / seconds(1));
}

TEST(FunctionPace, what_waits_costs_about_an_invocation_a_second) {
    const Drain one = drain({.rate = 1, .burst = 1}, 50);
    EXPECT_EQ(one.calls, distributions) << "all of a distribution's paths travel together";
    EXPECT_LT(one.took, seconds(distributions) * 4 / 3);
    EXPECT_LT(one.invocations, seconds_of(one) * 11 / 10);
}

TEST(FunctionPace, tokens_that_add_up_between_two_ticks_are_all_spent) {
    const Drain three = drain({.rate = 1, .burst = 3}, 1);
    EXPECT_EQ(three.calls, distributions);
    EXPECT_LT(three.took, seconds(distributions) * 102 / 100);
    EXPECT_LT(three.invocations, seconds_of(three) * 6 / 5);
}

} // namespace
} // namespace exarch::simulation
