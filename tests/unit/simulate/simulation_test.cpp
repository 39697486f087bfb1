#include "simulate/simulation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace exarch::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Timestamp start = base::parse_timestamp("2026-11-24T12:00:00Z").value();

core::CoreParams at_one_call_a_second() {
    core::CoreParams params;
    params.incarnation = "0000000000000001";
    params.quota = [](const base::AccountId&, std::string_view api) {
        return api == "cloudfront.CreateInvalidation" ? core::Quota{.rate = 1, .burst = 1}
                                                      : core::Quota{.rate = 2, .burst = 2};
    };
    return params;
}

SimulationResult of(Workload& workload, const CloudModel& model = {},
                    core::CoreParams params = at_one_call_a_second()) {
    auto result = simulate(std::move(params), workload, start, model);
    EXPECT_TRUE(result.has_value()) << result.error().message();
    return std::move(result).value_or(SimulationResult());
}

SyntheticParams shop(std::uint64_t operations) {
    return {.accounts = {base::AccountId("111122223333"), base::AccountId("444455556666")},
            .operations = operations,
            .distributions = 5};
}

// With wildcards, duplicates, tasks sent twice and one that is wrong.
std::vector<ForecastTask> mixed_tasks() {
    std::vector<ForecastTask> tasks;
    SyntheticParams params = shop(3000);
    params.wildcards = 0.1;
    SyntheticWorkload made_up(params, {}, 1);
    while (made_up.next_at()) {
        tasks.push_back({.place = {}, .body = made_up.take()});
    }
    const std::string named = R"({"id":"sale","operations":[{"action":"cloudfront.invalidate",)"
                              R"("account":"111122223333","distribution":"E9","paths":["{}"]}]})";
    for (const char* path : {"/a", "/a", "/b", "no-slash"}) {
        std::string body = named;
        tasks.push_back({.place = {}, .body = body.replace(body.find("{}"), 2, path)});
    }
    tasks.push_back({.place = {}, .body = "not JSON"});
    return tasks;
}

TEST(Simulation, comes_to_what_the_plan_says_where_nothing_goes_wrong) {
    const std::vector<ForecastTask> tasks = mixed_tasks();
    const Forecast plan = forecast(at_one_call_a_second(), tasks, start).value();
    TaskWorkload workload(tasks, {}, 0);
    const SimulationResult result = of(workload);
    std::size_t items = 0;
    for (const ForecastCall& call : plan.calls) {
        items += call.items.size();
    }
    EXPECT_GT(plan.calls.size(), 11U);
    EXPECT_EQ(result.all.calls, plan.calls.size());
    EXPECT_EQ(result.all.items, items);
    EXPECT_EQ(result.all.last_call_after, plan.calls.back().after);
    EXPECT_EQ(result.all.done, static_cast<std::uint64_t>(plan.totals.operations.done));
    EXPECT_EQ(result.rejected, plan.rejections.size());
    EXPECT_EQ(result.duplicate_tasks, plan.duplicate_tasks);
    EXPECT_EQ(result.accounts.size(), plan.accounts.size());
    EXPECT_EQ(result.all.throttled, 0U);
}

TEST(Simulation, an_operation_waits_from_when_it_comes_until_aws_has_accepted_it) {
    const std::vector<ForecastTask> tasks = mixed_tasks();
    TaskWorkload workload(std::span(tasks).first(1), {}, 0);
    const base::Duration wait = of(workload, {.round_trip = seconds(3)}).waits.percentile(1);
    EXPECT_GE(wait, seconds(3));
    EXPECT_LE(wait, milliseconds(3060));
}

TEST(Simulation, what_comes_evenly_waits_less_than_what_comes_at_once) {
    SyntheticWorkload at_once(shop(5000), {}, 1);
    SyntheticWorkload evenly(shop(5000), {Arrival::Kind::burst, minutes(10)}, 1);
    const SimulationResult burst = of(at_once);
    const SimulationResult spread = of(evenly);
    EXPECT_EQ(burst.all.done, 5000U);
    EXPECT_EQ(spread.all.done, 5000U);
    EXPECT_GT(spread.all.last_call_after, minutes(9));
    EXPECT_GT(spread.all.calls, burst.all.calls);
    EXPECT_LT(spread.waits.percentile(50), seconds(30));
    EXPECT_LT(spread.held_max, 5000U);
}

TEST(Simulation, a_hidden_lower_quota_throttles_and_takes_longer) {
    SyntheticParams params = shop(2000);
    params.distributions = 100;
    SyntheticWorkload first(params, {}, 1);
    SyntheticWorkload second(params, {}, 1);
    const SimulationResult open = of(first);
    const SimulationResult hidden = of(second, {.actual_rate = 0.25});
    EXPECT_EQ(open.all.throttled, 0U);
    EXPECT_GT(hidden.all.throttled, 0U);
    EXPECT_EQ(hidden.all.done, 2000U);
    EXPECT_GT(hidden.all.last_call_after, open.all.last_call_after * 2);
}

TEST(Simulation, lost_calls_are_sent_again_and_everything_gets_done) {
    SyntheticWorkload workload(shop(2000), {Arrival::Kind::burst, minutes(2)}, 1);
    const SimulationResult result = of(workload, {.failing = 0.3, .seed = 5});
    EXPECT_GT(result.all.unanswered, 0U);
    EXPECT_EQ(result.all.done, 2000U);
}

TEST(Simulation, twice_the_quota_takes_less_time) {
    SyntheticParams params = shop(2000);
    params.distributions = 100;
    SyntheticWorkload first(params, {}, 1);
    SyntheticWorkload second(params, {}, 1);
    const SimulationResult once = of(first);
    const SimulationResult twice = of(second, {}, with_quotas(at_one_call_a_second(), 2));
    EXPECT_LT(twice.all.last_call_after, once.all.last_call_after * 6 / 10);
}

TEST(Simulation, holds_no_more_at_once_than_the_worker_would) {
    core::CoreParams params = at_one_call_a_second();
    params.pending_max = 20'000;
    SyntheticWorkload workload(shop(100'000), {}, 1);
    const SimulationResult result = of(workload, {}, std::move(params));
    EXPECT_EQ(result.all.done, 100'000U);
    EXPECT_LE(result.held_max, 30'000U);
}

TEST(Simulation, what_is_too_old_expires) {
    core::CoreParams params = at_one_call_a_second();
    params.max_age = seconds(30);
    SyntheticParams work = shop(2000);
    work.distributions = 100;
    SyntheticWorkload workload(work, {}, 1);
    const SimulationResult result = of(workload, {}, std::move(params));
    EXPECT_GT(result.all.expired, 0U);
    EXPECT_EQ(result.all.done + result.all.expired, 2000U);
}

TEST(Simulation, the_same_seed_gives_the_same) {
    const auto run = [] {
        SyntheticWorkload workload(shop(1000), {Arrival::Kind::steady, minutes(1)}, 9);
        return of(workload, {.failing = 0.1, .seed = 9});
    };
    const SimulationResult first = run();
    const SimulationResult second = run();
    EXPECT_EQ(first.all.calls, second.all.calls);
    EXPECT_EQ(first.all.last_call_after, second.all.last_call_after);
    EXPECT_EQ(first.waits.percentile(50), second.waits.percentile(50));
}

TEST(Simulation, the_timeline_ends_with_nothing_waiting) {
    SyntheticWorkload workload(shop(1000), {Arrival::Kind::burst, seconds(30)}, 1);
    const SimulationResult result = of(workload);
    std::int64_t waiting = 0;
    std::int64_t calls = 0;
    for (const Timeline::Part& part : result.timeline.parts()) {
        waiting += part.more_waiting;
        calls += part.calls;
        EXPECT_GE(waiting, 0);
    }
    EXPECT_EQ(waiting, 0);
    EXPECT_EQ(calls, static_cast<std::int64_t>(result.all.calls));
}

TEST(Simulation, no_work_comes_to_nothing) {
    TaskWorkload workload({}, {}, 0);
    EXPECT_EQ(of(workload).all.calls, 0U);
}

} // namespace
} // namespace exarch::simulate
