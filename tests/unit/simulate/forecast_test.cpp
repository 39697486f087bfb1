#include "simulate/forecast.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace exarch::simulate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
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

std::string paths_task(std::string_view distribution, const std::vector<std::string>& paths,
                       std::string_view more = "") {
    return fmt::format(R"({{"operations":[{{"action":"cloudfront.invalidate",)"
                       R"("account":"111122223333","distribution":"{}","paths":["{}"]}}]{}}})",
                       distribution, fmt::join(paths, R"(",")"), more);
}

Forecast of(const std::vector<std::string>& bodies,
            core::CoreParams params = at_one_call_a_second()) {
    std::vector<ForecastTask> tasks;
    for (const std::string& body : bodies) {
        tasks.push_back({.place = fmt::format("tasks:{}", tasks.size() + 1), .body = body});
    }
    auto result = forecast(std::move(params), tasks, start);
    EXPECT_TRUE(result.has_value()) << result.error().message();
    return std::move(result).value_or(Forecast());
}

std::vector<std::string> numbered(std::string_view prefix, int count, std::string_view suffix) {
    std::vector<std::string> paths;
    for (int i = 0; i < count; ++i) {
        paths.push_back(fmt::format("{}{}{}", prefix, i, suffix));
    }
    return paths;
}

TEST(Forecast, all_that_waits_in_a_lane_is_one_call) {
    const Forecast result = of({paths_task("E1", {"/b", "/a"}), paths_task("E1", {"/c"})});
    ASSERT_EQ(result.calls.size(), 1U);
    EXPECT_EQ(result.calls[0].items, (std::vector<std::string>{"/b", "/a", "/c"}));
    EXPECT_EQ(result.calls[0].operations, 3U);
    EXPECT_EQ(result.calls[0].after, base::Duration());
    EXPECT_EQ(result.totals.operations.done, 3);
}

TEST(Forecast, lanes_of_an_account_take_turns_at_its_quota) {
    const Forecast result =
        of({paths_task("E1", {"/a"}), paths_task("E2", {"/a"}), paths_task("E3", {"/a"})});
    ASSERT_EQ(result.calls.size(), 3U);
    for (std::size_t i = 1; i < 3; ++i) {
        const base::Duration apart = result.calls[i].after - result.calls[i - 1].after;
        EXPECT_GE(apart, seconds(1));
        EXPECT_LE(apart, milliseconds(1050));
    }
}

TEST(Forecast, slots_hold_up_what_the_quota_would_not) {
    const Forecast result = of({paths_task("E1", numbered("/", 16, "/*"))});
    ASSERT_EQ(result.calls.size(), 2U);
    EXPECT_EQ(result.calls[0].items.size(), 15U);
    EXPECT_EQ(result.calls[1].items.size(), 1U);
    EXPECT_GE(result.calls[1].after, seconds(60));
    EXPECT_LE(result.calls[1].after, seconds(75));
}

TEST(Forecast, tells_what_is_covered_by_what_and_what_is_the_same) {
    const Forecast result = of(
        {paths_task("E1", {"/img/a.jpg", "/img/a.jpg", "/x", "/x"}), paths_task("E1", {"/img/*"})});
    const ledger::LaneKey lane{base::AccountId("111122223333"), "cloudfront.invalidate", "E1"};
    ASSERT_EQ(result.calls.size(), 1U);
    EXPECT_EQ(result.calls[0].items.size(), 2U);
    ASSERT_EQ(result.covered.size(), 1U);
    EXPECT_EQ(result.covered.at({lane, "/img/a.jpg"}), "/img/*");
    EXPECT_EQ(result.merged.at(lane.account), 2U);
    EXPECT_EQ(result.totals.operations.done, 5);
}

TEST(Forecast, tells_what_would_be_rejected_and_where) {
    const Forecast result = of({"not JSON", paths_task("E1", {"/a", "no-slash"})});
    ASSERT_EQ(result.rejections.size(), 2U);
    EXPECT_EQ(result.rejections[0].task, "tasks:1");
    EXPECT_EQ(result.rejections[1].task, "tasks:2");
    EXPECT_EQ(result.rejections[1].rejection.place, "operations[0].paths[1]");
    EXPECT_EQ(result.totals.operations.rejected, 2);
    EXPECT_EQ(result.totals.operations.done, 1);
}

TEST(Forecast, a_task_known_by_its_id_does_nothing_or_is_rejected) {
    const std::string once = paths_task("E1", {"/a"}, R"(,"id":"sale")");
    const Forecast result = of({once, once, paths_task("E1", {"/b"}, R"(,"id":"sale")")});
    EXPECT_EQ(result.duplicate_tasks, 1U);
    ASSERT_EQ(result.rejections.size(), 1U);
    EXPECT_EQ(result.rejections[0].task, "tasks:3");
    EXPECT_EQ(result.totals.operations.done, 1);
}

TEST(Forecast, waits_for_not_before_and_lets_a_deadline_expire) {
    const Forecast result = of({paths_task("E1", {"/a"}, R"(,"not_before":"2026-11-24T15:00:00Z")"),
                                paths_task("E2", {"/b"}, R"(,"deadline":"2026-11-24T12:00:00Z")")});
    ASSERT_EQ(result.calls.size(), 1U);
    EXPECT_EQ(result.calls[0].after, hours(3));
    EXPECT_EQ(result.totals.operations.expired, 1);
}

/// Minute by minute it would take hours.
TEST(Forecast, goes_straight_to_a_not_before_however_far_ahead) {
    const Forecast result =
        of({paths_task("E1", {"/a"}, R"(,"not_before":"9999-12-31T23:00:00Z")")});
    ASSERT_EQ(result.calls.size(), 1U);
    EXPECT_EQ(start + std::chrono::floor<base::Timestamp::duration>(result.calls[0].after),
              base::parse_timestamp("9999-12-31T23:00:00Z").value());
    EXPECT_EQ(result.totals.operations.done, 1);
}

TEST(Forecast, looks_no_further_ahead_than_operations_live) {
    core::CoreParams params = at_one_call_a_second();
    params.max_age = std::chrono::minutes(1);
    std::vector<std::string> bodies;
    for (const std::string& distribution : numbered("E", 100, "")) {
        bodies.push_back(paths_task(distribution, {"/a"}));
    }
    const Forecast result = of(bodies, std::move(params));
    EXPECT_EQ(result.totals.operations.done + result.totals.operations.expired, 100);
    EXPECT_GT(result.totals.operations.expired, 30);
    EXPECT_LT(result.totals.operations.expired, 50);
}

TEST(Forecast, no_tasks_come_to_nothing) {
    const Forecast result = of({});
    EXPECT_TRUE(result.calls.empty());
    EXPECT_EQ(result.totals.operations.total(), 0);
}

} // namespace
} // namespace exarch::simulate
