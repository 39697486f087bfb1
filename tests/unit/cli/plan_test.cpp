#include "cli/plan/plan_json.hpp"
#include "cli/plan/plan_report.hpp"
#include "cli/plan/plan_text.hpp"
#include "unit/cli/support.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

using std::chrono::seconds;

simulate::ForecastCall call(const char* account, const char* distribution, std::size_t paths,
                            base::Duration after) {
    simulate::ForecastCall result{
        .lane = lane(account, distribution), .after = after, .items = {}, .operations = paths};
    for (std::size_t i = 0; i < paths; ++i) {
        result.items.push_back(fmt::format("/{}", i));
    }
    return result;
}

// Two accounts, one of which sends more than is free.
simulate::Forecast sale() {
    simulate::Forecast forecast;
    for (const auto& [account, done] : {std::pair("111122223333", 1205), {"444455556666", 2}}) {
        forecast.accounts.push_back({base::AccountId(account), {.done = done}, {}, {}});
        forecast.totals.operations.done += done;
    }
    forecast.calls = {call("111122223333", "E1", 700, seconds(0)),
                      call("444455556666", "E3", 1, seconds(0)),
                      call("111122223333", "E2", 500, seconds(1))};
    forecast.merged[base::AccountId("111122223333")] = 5;
    forecast.covered[{lane("444455556666", "E3"), "/0/x"}] = "/0*";
    return forecast;
}

TEST(Plan, a_months_free_paths_are_an_accounts_not_a_distributions) {
    const PlanReport report = summarize(sale());
    const PlanSum& first = report.accounts.at(base::AccountId("111122223333"));
    EXPECT_EQ(first.calls, 2U);
    EXPECT_EQ(first.items, 1200U);
    EXPECT_EQ(first.merged, 5U);
    EXPECT_EQ(first.last_call_after, seconds(1));
    EXPECT_DOUBLE_EQ(first.dollars, 1.0);
    EXPECT_DOUBLE_EQ(report.accounts.at(base::AccountId("444455556666")).dollars, 0);
    EXPECT_DOUBLE_EQ(report.all.dollars, 1.0);
    EXPECT_EQ(report.all.calls, 3U);
    EXPECT_TRUE(is_sound(report));
}

TEST(Plan, is_shown_by_account) {
    EXPECT_EQ(render_plan(summarize(sale()), Layout{}),
              "ACCOUNT       OPERATIONS  MERGED  COVERED  PATHS SENT  CALLS  LAST CALL AFTER   COST"
              "  EXPIRED\n"
              "111122223333       1,205       5        0       1,200      2              1 s  $1.00"
              "        0\n"
              "444455556666           2       0        1           1      1             0 ms  $0.00"
              "        0\n"
              "all                1,207       5        1       1,201      3              1 s  $1.00"
              "        0\n"
              "\n"
              "ACCOUNT       RESOURCE  NOT SENT  COVERED BY\n"
              "444455556666  E3        /0/x      /0*\n"
              "\n"
              "If all of it waited now, and nothing else. COST is at AWS's public prices, with all "
              "of\nthe month's free paths left. Nothing was sent.\n");
}

TEST(Plan, counts_tasks_that_do_nothing) {
    simulate::Forecast forecast = sale();
    forecast.duplicate_tasks = 1;
    EXPECT_TRUE(render_plan(summarize(forecast), Layout{})
                    .contains("\n\n1 task has the id and the content of another: it does nothing."
                              "\n\n"));
    forecast.duplicate_tasks = 1'234;
    EXPECT_TRUE(render_plan(summarize(forecast), Layout{})
                    .contains("\n\n1,234 tasks have the id and the content of another: they do "
                              "nothing.\n\n"));
}

TEST(Plan, tells_the_first_of_many_and_all_in_json) {
    simulate::Forecast forecast = sale();
    for (int i = 0; i < 30; ++i) {
        forecast.rejections.push_back(
            {fmt::format("tasks.jsonl:{}", i + 1),
             {.place = "entries[0]", .reason = "a reason\x1b[2J", .excerpt = {}}});
    }
    const PlanReport report = summarize(std::move(forecast));
    EXPECT_FALSE(is_sound(report));
    const std::string text = render_plan(report, Layout{});
    EXPECT_TRUE(text.contains("tasks.jsonl:20"));
    EXPECT_FALSE(text.contains("tasks.jsonl:21"));
    EXPECT_FALSE(text.contains('\x1b'));
    EXPECT_TRUE(text.contains("… and 10 rejections more; --output json lists all"));
    const boost::json::object json = to_json(report);
    EXPECT_EQ(json.at("rejected").as_array().size(), 30U);
    EXPECT_EQ(json.at("calls").as_array().size(), 3U);
    EXPECT_EQ(json.at("total").at("items").to_number<int>(), 1201);
    EXPECT_EQ(json.at("covered").at(0).at("covered_by").as_string(), "/0*");
}

} // namespace
} // namespace exarch::cli
