#include "cli/worker/worker_summary.hpp"
#include "unit/cli/support.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

using End = worker::WorkerReport::End;

WorkerSummary ended(End end) {
    WorkerSummary summary;
    summary.report.end = end;
    summary.report.counts.done = 598;
    summary.report.counts.sent = 24;
    return summary;
}

WorkerSummary blocked() {
    WorkerSummary summary = ended(End::drained);
    summary.report.outlook.open = 40;
    summary.report.outlook.blocked_operations = 40;
    summary.report.outlook.blocked.push_back({lane("222233334444", "E1"), 40, "AccessDenied"});
    return summary;
}

TEST(WorkerSummary, a_drain_that_settled_all_is_done) {
    const WorkerSummary summary = ended(End::drained);
    EXPECT_EQ(exit_code_of(summary), ExitCode::done);
    EXPECT_EQ(render_text(summary, {}), "Drained: 598 done, 0 failed, 0 rejected, 0 expired; 24 "
                                        "calls sent; 0 operations still open.\n");
}

TEST(WorkerSummary, calls_that_were_throttled_are_told_apart) {
    WorkerSummary summary = ended(End::drained);
    summary.report.counts.throttled = 2;
    EXPECT_NE(render_text(summary, {}).find("; 24 calls sent, 2 of them throttled; "),
              std::string::npos);
}

TEST(WorkerSummary, whatever_did_not_succeed_in_a_drain_shows_in_its_exit_code) {
    for (auto count :
         {&core::RunCounts::failed, &core::RunCounts::rejected, &core::RunCounts::expired}) {
        WorkerSummary summary = ended(End::drained);
        summary.report.counts.*count = 1;
        EXPECT_EQ(exit_code_of(summary), ExitCode::some_failed);
    }
    EXPECT_EQ(exit_code_of(blocked()), ExitCode::some_failed);
    EXPECT_EQ(exit_code_of(ended(End::timed_out)), ExitCode::some_failed);
}

TEST(WorkerSummary, a_signal_ends_well_whatever_was_settled) {
    WorkerSummary summary = ended(End::stopped);
    summary.report.counts.failed = 3;
    summary.report.outlook.open = 9;
    EXPECT_EQ(exit_code_of(summary), ExitCode::done);
    EXPECT_TRUE(render_text(summary, {}).starts_with("Stopped: "));
}

TEST(WorkerSummary, who_runs_out_of_time_is_told_where_to_look) {
    WorkerSummary summary = ended(End::timed_out);
    EXPECT_EQ(render_text(summary, {}).find("exarch status"), std::string::npos);
    summary.report.outlook.open = 9;
    EXPECT_NE(render_text(summary, {}).find("`exarch status` tells what it waits for"),
              std::string::npos);
}

TEST(WorkerSummary, what_is_blocked_is_listed) {
    EXPECT_EQ(render_text(blocked(), {}),
              "Drained: 598 done, 0 failed, 0 rejected, 0 expired; 24 calls sent; 40 operations "
              "still open.\n"
              "ACCOUNT       ACTION                 RESOURCE  WAITING  BLOCKED BY\n"
              "222233334444  cloudfront.invalidate  E1             40  AccessDenied\n");
}

TEST(WorkerSummary, json_tells_the_same) {
    const boost::json::object json = to_json(blocked());
    EXPECT_EQ(json.at("ended"), "drained");
    EXPECT_EQ(boost::json::serialize(json.at("operations")),
              R"({"done":598,"failed":0,"rejected":0,"expired":0,"open":40,"blocked":40})");
    EXPECT_EQ(boost::json::serialize(json.at("blocked")),
              R"([{"account":"222233334444","action":"cloudfront.invalidate","resource":"E1",)"
              R"("operations":40,"reason":"AccessDenied"}])");
}

} // namespace
} // namespace exarch::cli
