#include "cli/simulate/simulation_chart.hpp"
#include "cli/simulate/simulation_json.hpp"
#include "cli/simulate/simulation_text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

using std::chrono::seconds;

// Twelve accounts, each slower than the one before; but the last two are alike.
SimulationReport sale() {
    SimulationReport report;
    simulate::SimulationResult& result = report.as_configured;
    for (int i = 1; i <= 12; ++i) {
        simulate::AccountRun run;
        run.account = base::AccountId(fmt::format("{:012}", i));
        run.sum.operations = 100;
        run.sum.longest_wait = seconds(std::min(i, 11));
        result.accounts.push_back(std::move(run));
    }
    for (int second = 0; second < 100; ++second) {
        simulate::Timeline::Part& part = result.timeline.at(base::Instant(seconds(second)));
        part.calls = 7;
        part.count_waiting(second < 50 ? 30 : -30);
    }
    return report;
}

TEST(SimulationReport, the_ten_slowest_accounts_are_told_slowest_first) {
    const SimulationReport report = sale();
    const auto slowest = slowest_accounts(report.as_configured);
    ASSERT_EQ(slowest.size(), 10U);
    EXPECT_EQ(slowest[0]->account.value(), "000000000011");
    EXPECT_EQ(slowest[1]->account.value(), "000000000012");
    EXPECT_EQ(slowest[9]->account.value(), "000000000003");
    EXPECT_TRUE(render_simulation(report, Layout{})
                    .contains("… and 2 accounts more; --output json lists all"));
}

TEST(SimulationReport, json_has_all_accounts_and_the_course_in_time) {
    const boost::json::object json = to_json(sale());
    EXPECT_EQ(json.at("accounts").as_array().size(), 12U);
    const boost::json::array& parts = json.at("timeline").as_array();
    ASSERT_EQ(parts.size(), 100U);
    EXPECT_EQ(parts[49].at("waiting").to_number<int>(), 1500);
    EXPECT_EQ(parts[99].at("waiting").to_number<int>(), 0);
    EXPECT_EQ(parts[49].at("waiting_max").to_number<int>(), 1500);
    EXPECT_EQ(parts[99].at("waiting_max").to_number<int>(), 30);
    EXPECT_EQ(parts[99].at("until_seconds").to_number<double>(), 100);
}

TEST(SimulationReport, the_chart_has_axes_with_units) {
    const std::string svg = render_chart(sale());
    for (const char* text : {"Operations waiting, at most in each 1 s", ">2,000<", "Calls a second",
                             ">10<", "time since the beginning", ">1 min 40 s<"}) {
        EXPECT_TRUE(svg.contains(text)) << text;
    }
}

TEST(SimulationReport, a_short_run_has_a_label_of_its_own_at_each_mark) {
    SimulationReport report;
    report.as_configured.timeline.at(base::Instant(seconds(1))).calls = 1;
    const std::string svg = render_chart(report);
    for (const char* text : {">0<", ">0.5 s<", ">1 s<", ">1.5 s<", ">2 s<"}) {
        EXPECT_TRUE(svg.contains(text)) << text;
    }
}

TEST(SimulationReport, no_work_is_told_and_drawn_too) {
    EXPECT_TRUE(render_chart({}).ends_with("</svg>\n"));
    EXPECT_FALSE(render_simulation({}, Layout{}).contains("SLOWEST"));
    EXPECT_TRUE(is_sound({}));
}

TEST(SimulationReport, is_not_sound_where_something_is_not_done) {
    for (const auto part : {&simulate::RunSum::failed, &simulate::RunSum::expired}) {
        SimulationReport report;
        report.as_configured.all.*part = 1;
        EXPECT_FALSE(is_sound(report));
    }
    SimulationReport report;
    report.as_configured.rejected = 1;
    EXPECT_FALSE(is_sound(report));
    EXPECT_TRUE(render_simulation(report, Layout{}).contains("\n1 operation is rejected; "));
}

} // namespace
} // namespace exarch::cli
