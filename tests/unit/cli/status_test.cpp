#include "cli/status/open_work.hpp"
#include "cli/status/status_json.hpp"
#include "cli/status/status_snapshot.hpp"
#include "cli/status/status_text.hpp"
#include "unit/cli/support.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

using base::AccountId;
using std::chrono::seconds;

LaneStatus waiting(const char* account, const char* distribution, std::int64_t pending,
                   std::int64_t bound = 0) {
    LaneStatus status;
    status.report.lane = lane(account, distribution);
    status.report.operations = {.pending = pending, .bound = bound};
    return status;
}

// One account with three lanes that share a call a second, and one that is blocked.
StatusSnapshot busy() {
    StatusSnapshot snapshot;
    snapshot.at = at("2026-11-24T12:00:00Z");
    snapshot.totals.operations = {
        .pending = 10'002, .bound = 5, .done = 1'234'567, .failed = 1, .rejected = 2};
    snapshot.totals.calls = {.sent = 500, .done = 497, .throttled = 2, .refused = 1};
    AccountStatus first;
    first.report.account = AccountId("111122223333");
    first.report.operations = {.pending = 10'001, .bound = 5, .done = 1'234'567, .failed = 1};
    AccountStatus second;
    second.report.account = AccountId("444455556666");
    second.report.operations = {.pending = 1};
    second.report.blocked_reason = "AccessDenied: sts:AssumeRole";
    snapshot.accounts = {first, second};
    snapshot.lanes = {waiting("111122223333", "E1", 1), waiting("111122223333", "E2", 9'001),
                      waiting("111122223333", "E3", 999, 5), waiting("444455556666", "E4", 1)};
    snapshot.lanes[3].report.blocked_reason = second.report.blocked_reason;
    LaneStatus settled;
    settled.report.lane = lane("111122223333", "E5");
    settled.report.operations = {.done = 1'234'567, .failed = 1};
    snapshot.lanes.push_back(settled);
    ledger::EndedOperation failed;
    failed.state = "failed";
    failed.lane = lane("111122223333", "E5");
    failed.item = "/a";
    failed.reason = "NoSuchDistribution";
    failed.ended_at = at("2026-11-24T11:00:00Z");
    snapshot.unsuccessful.push_back(failed);
    return snapshot;
}

// Its lanes hold what their counts say: paths, and a call a lane, bound when the snapshot is taken.
void estimate(StatusSnapshot& snapshot, const config::Config& config = {}) {
    OpenWork work(config, {}, snapshot.at);
    for (const AccountStatus& account : snapshot.accounts) {
        for (const ledger::LearnQuota& learned : account.report.quotas) {
            work.learned_quota(learned);
        }
    }
    std::int64_t next = 0;
    for (const LaneStatus& status : snapshot.lanes) {
        const ledger::OperationCounts& counts = status.report.operations;
        ledger::OpenCall call{.id = ledger::CallId(++next),
                              .lane = status.report.lane,
                              .reference = "exarch-1",
                              .items = {},
                              .operations = {},
                              .bound_at = snapshot.at};
        for (std::int64_t i = 1; i <= counts.bound; ++i) {
            call.operations.emplace_back(next + i);
        }
        work.open_call(std::move(call));
        if (counts.open() == 0) {
            continue;
        }
        const ledger::LaneNumber number = work.lane(status.report.lane);
        for (std::int64_t i = 0; i < counts.open(); ++i) {
            ledger::OpenOperation operation;
            operation.id = ledger::OperationId(++next);
            operation.item = "/a";
            operation.accepted_at = snapshot.at;
            work.operation(number, operation);
        }
    }
    estimate(snapshot, work);
}

TEST(StatusEstimate, lanes_of_an_account_take_turns) {
    StatusSnapshot snapshot = busy();
    config::Config config;
    config.in_progress.paths = 10'000;
    estimate(snapshot, config);
    // E1 and E3 need one call, E2 four: 3 turns give each its first, 3 more E2 the rest.
    EXPECT_EQ(snapshot.lanes[0].left, seconds(1));
    EXPECT_EQ(snapshot.lanes[2].left, seconds(3));
    EXPECT_EQ(snapshot.lanes[1].left, seconds(6));
    EXPECT_EQ(snapshot.lanes[0].waits_for, "its turn at 1 call/s");
    EXPECT_EQ(snapshot.lanes[2].waits_for,
              "999 for its turn at 1 call/s, 2 calls ahead; 5 for AWS's answer");
    EXPECT_EQ(snapshot.accounts[0].left, seconds(6));
}

TEST(StatusEstimate, several_causes_are_told_with_how_many_they_concern) {
    StatusSnapshot snapshot = busy();
    estimate(snapshot);
    EXPECT_EQ(snapshot.lanes[2].waits_for,
              "999 for its turn at 1 call/s, 2 calls ahead; 5 for AWS's answer");
}

TEST(StatusEstimate, what_aws_takes_at_once_lasts_longer_than_turns) {
    StatusSnapshot snapshot = busy();
    estimate(snapshot);
    EXPECT_EQ(snapshot.lanes[1].waits_for,
              "6,001 for AWS to finish paths: it takes 3,000 at once; 3,000 for its turn at 1 "
              "call/s, 1 call ahead");
    EXPECT_EQ(snapshot.lanes[1].left, seconds(182));
    EXPECT_EQ(snapshot.accounts[0].left, seconds(182));
}

TEST(StatusEstimate, nothing_is_estimated_for_what_is_blocked_or_settled) {
    StatusSnapshot snapshot = busy();
    estimate(snapshot);
    EXPECT_EQ(snapshot.lanes[3].left, std::nullopt);
    EXPECT_EQ(snapshot.lanes[3].waits_for, "blocked: AccessDenied: sts:AssumeRole");
    EXPECT_EQ(snapshot.accounts[1].left, std::nullopt);
    EXPECT_EQ(snapshot.lanes[4].left, std::nullopt);
    EXPECT_EQ(snapshot.lanes[4].waits_for, "");
}

TEST(StatusEstimate, what_was_learned_beats_what_is_configured) {
    StatusSnapshot snapshot;
    snapshot.accounts.resize(1);
    snapshot.accounts[0].report.account = AccountId("111122223333");
    snapshot.lanes = {waiting("111122223333", "E1", 6'000)};
    config::Config config;
    config.in_progress.paths = 10'000;
    config.quotas["cloudfront.CreateInvalidation"] = {.rate = 4, .burst = 1};
    estimate(snapshot, config);
    EXPECT_EQ(snapshot.lanes[0].left, seconds(1));
    EXPECT_EQ(snapshot.lanes[0].waits_for, "its turn at 4 calls/s");
    snapshot.accounts[0].report.quotas = {
        {AccountId("111122223333"), "cloudfront.CreateInvalidation", 0.25, snapshot.at}};
    estimate(snapshot, config);
    EXPECT_EQ(snapshot.lanes[0].left, seconds(8));
    EXPECT_EQ(snapshot.lanes[0].waits_for, "its turn at 0.25 calls/s");
}

TEST(StatusEstimate, a_call_under_way_waits_for_its_answer) {
    StatusSnapshot snapshot;
    snapshot.lanes = {waiting("111122223333", "E1", 0, 7)};
    estimate(snapshot);
    EXPECT_EQ(snapshot.lanes[0].waits_for, "AWS's answer");
    EXPECT_EQ(snapshot.lanes[0].left, std::nullopt);
}

TEST(StatusText, tells_of_estimates_only_where_there_are_some) {
    StatusSnapshot snapshot = busy();
    EXPECT_FALSE(render_status(snapshot, {}).contains("LEFT"));
    estimate(snapshot);
    EXPECT_TRUE(render_status(snapshot, {}).contains("LEFT is an estimate"));
}

TEST(StatusText, tells_totals_accounts_lanes_and_failures) {
    StatusSnapshot snapshot = busy();
    estimate(snapshot);
    EXPECT_EQ(
        render_status(snapshot, {}),
        "OPERATIONS      TOTAL  PENDING  BOUND       DONE  FAILED  REJECTED  EXPIRED\n"
        "all         1,244,577   10,002      5  1,234,567       1         2        0\n"
        "\n"
        "CALLS       SENT  DONE  THROTTLED  REFUSED  UNKNOWN\n"
        "all          500   497          2        1        0\n"
        "\n"
        "ACCOUNT           TOTAL  PENDING  BOUND       DONE  FAILED  REJECTED  EXPIRED       LEFT  "
        "BLOCKED BY\n"
        "444455556666          1        1      0          0       0         0        0             "
        "AccessDenied: sts:AssumeRole\n"
        "111122223333  1,244,574   10,001      5  1,234,567       1         0        0  3 min 2 s\n"
        "\n"
        "WAITING ACCOUNT  ACTION                 RESOURCE  PENDING  BOUND       LEFT  WAITS FOR\n"
        "444455556666     cloudfront.invalidate  E4              1      0             blocked: "
        "AccessDenied: sts:AssumeRole\n"
        "111122223333     cloudfront.invalidate  E2          9,001      0  3 min 2 s  6,001 for "
        "AWS "
        "to finish paths: it takes 3,000 at once; 3,000 for its turn at 1 call/s, 1 call ahead\n"
        "111122223333     cloudfront.invalidate  E3            999      5        3 s  999 for its "
        "turn at 1 call/s, 2 calls ahead; 5 for AWS's answer\n"
        "111122223333     cloudfront.invalidate  E1              1      0        1 s  its turn at "
        "1 "
        "call/s\n"
        "LEFT is an estimate: lanes of an account take turns at its call rate, and AWS takes a "
        "minute for what is in progress.\n"
        "\n"
        "The newest that did not succeed:\n"
        "ENDED                 HOW     ACCOUNT       RESOURCE  ITEM  WHY\n"
        "2026-11-24T11:00:00Z  failed  111122223333  E5        /a    NoSuchDistribution\n");
}

TEST(StatusText, an_empty_ledger_is_a_short_story) {
    EXPECT_EQ(render_status(StatusSnapshot{}, {}),
              "OPERATIONS  TOTAL  PENDING  BOUND  DONE  FAILED  REJECTED  EXPIRED\n"
              "all             0        0      0     0       0         0        0\n"
              "\n"
              "CALLS       SENT  DONE  THROTTLED  REFUSED  UNKNOWN\n"
              "all            0     0          0        0        0\n"
              "\n"
              "Nothing waits.\n");
}

TEST(StatusText, many_lanes_are_cut_and_the_rest_counted) {
    StatusSnapshot snapshot;
    for (int i = 0; i < 70; ++i) {
        snapshot.lanes.push_back(waiting("111122223333", "E1", 1));
    }
    estimate(snapshot);
    const std::string text = render_status(snapshot, {});
    EXPECT_TRUE(text.contains("… and 20 lanes more; --output json lists all\n")) << text;
}

TEST(StatusText, a_task_is_told_with_where_it_came_from) {
    TaskStatus task;
    task.report.task = ledger::TaskId(7);
    task.report.name = "sale";
    task.report.requester = "shop-team";
    task.report.origin.queue = "https://host/1/q";
    task.report.origin.message_id = "m1";
    task.report.origin.sender_id = "AIDAEXAMPLE";
    task.report.origin.sent_at = at("2026-11-24T11:58:00Z");
    task.report.accepted_at = at("2026-11-24T11:59:00Z");
    task.report.operations = {.done = 2, .rejected = 1};
    task.report.incomplete = 2;
    ledger::EndedOperation rejected;
    rejected.state = "rejected";
    rejected.item = "operations[2].paths[0]";
    rejected.reason = "a path starts with '/'";
    rejected.ended_at = task.report.accepted_at;
    task.unsuccessful.push_back(rejected);
    EXPECT_EQ(render_tasks({task}, task.report.accepted_at, {}),
              "Task sale, number 7\n"
              "  accepted 2026-11-24T11:59:00Z, sent 2026-11-24T11:58:00Z\n"
              "  queue https://host/1/q\n"
              "  message m1, sender AIDAEXAMPLE\n"
              "  requester shop-team\n"
              "TOTAL  PENDING  BOUND  DONE  FAILED  REJECTED  EXPIRED\n"
              "    3        0      0     2       0         1        0\n"
              "AWS is still working on 2 of them.\n"
              "ENDED                 HOW       ITEM                    WHY\n"
              "2026-11-24T11:59:00Z  rejected  operations[2].paths[0]  a path starts with '/'\n");
}

TEST(StatusText, tells_how_many_it_leaves_out_of_what_did_not_succeed) {
    TaskStatus task;
    task.report.operations = {.done = 2, .failed = 1'200, .rejected = 3};
    task.unsuccessful.resize(2);
    EXPECT_TRUE(
        render_tasks({task}, {}, {})
            .ends_with("\n… and 1,201 more that did not succeed; exarch audit list --limit 0 "
                       "lists all\n"));
    task.report.operations = {.done = 2, .rejected = 2};
    EXPECT_FALSE(render_tasks({task}, {}, {}).contains("more that did not succeed"));
}

TEST(StatusJson, has_the_contract_s_shape) {
    StatusSnapshot snapshot = busy();
    estimate(snapshot);
    const boost::json::object json = to_json(snapshot);
    EXPECT_EQ(boost::json::serialize(json.at("operations")),
              R"({"total":1244577,"pending":10002,"bound":5,"done":1234567,"failed":1,)"
              R"("rejected":2,"expired":0})");
    EXPECT_EQ(boost::json::serialize(json.at("calls")),
              R"({"sent":500,"done":497,"throttled":2,"refused":1,"unknown":0})");
    EXPECT_EQ(json.at("accounts").as_array().size(), 2U);
    EXPECT_EQ(json.at("lanes").as_array().size(), 5U);
    EXPECT_EQ(boost::json::serialize(json.at("lanes").at(0)),
              R"({"account":"111122223333","action":"cloudfront.invalidate","resource":"E1",)"
              R"("total":1,"pending":1,"bound":0,"done":0,"failed":0,"rejected":0,"expired":0,)"
              R"("blocked_reason":null,"sentence":"its turn at 1 call/s",)"
              R"("estimated_seconds":1})");
    EXPECT_EQ(boost::json::serialize(json.at("accounts").at(1)),
              R"({"account":"444455556666","total":1,"pending":1,"bound":0,"done":0,"failed":0,)"
              R"("rejected":0,"expired":0,"blocked_reason":"AccessDenied: sts:AssumeRole",)"
              R"("estimated_seconds":null,"learned_quotas":[]})");
}

} // namespace
} // namespace exarch::cli
