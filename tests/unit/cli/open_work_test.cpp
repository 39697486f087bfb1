#include "cli/status/open_work.hpp"
#include "cli/status/status_json.hpp"
#include "cli/status/status_snapshot.hpp"
#include "cli/status/waiting.hpp"
#include "ledger/memory.hpp"
#include "unit/cli/support.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace exarch::cli {
namespace {

using ledger::AcceptTask;
using ledger::BindCall;
using ledger::CallId;
using ledger::LaneKey;
using ledger::OperationId;
using ledger::Record;
using ledger::TaskId;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Timestamp noon = at("2026-11-24T12:00:00Z");

std::vector<std::string> paths(const std::string& prefix, int count, const char* suffix = "") {
    std::vector<std::string> items;
    items.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        items.push_back(prefix + std::to_string(i) + suffix);
    }
    return items;
}

std::vector<OperationId> range(std::int64_t first, std::int64_t last) {
    std::vector<OperationId> ids;
    ids.reserve(static_cast<std::size_t>(last - first + 1));
    for (std::int64_t id = first; id <= last; ++id) {
        ids.emplace_back(id);
    }
    return ids;
}

/// What a ledger tells at noon. Tasks have the numbers 1, 2, … in the order of accept().
class WhatWaits : public testing::Test {
protected:
    void accept(LaneKey key, const std::vector<std::string>& items, std::int32_t priority = 0,
                std::optional<base::Timestamp> not_before = {}) {
        AcceptTask accepted = task("m" + std::to_string(++tasks_), "", std::move(key), items);
        for (ledger::NewOperation& operation : accepted.operations) {
            operation.priority = priority;
            operation.not_before = not_before;
        }
        write(std::move(accepted));
    }
    void bind(std::int64_t call, LaneKey key, std::vector<std::string> items,
              std::vector<OperationId> operations, base::Duration age) {
        write(BindCall{.call = CallId(call),
                       .lane = std::move(key),
                       .reference = "exarch-" + std::to_string(call),
                       .items = std::move(items),
                       .operations = std::move(operations),
                       .bound_at = before(age)});
    }
    void close(std::int64_t call, base::Duration age) {
        write(ledger::CloseCall{.call = CallId(call),
                                .end = ledger::CallEnd::done,
                                .result_id = "I1",
                                .request_id = base::RequestId("r1"),
                                .reason = {},
                                .failed = {},
                                .closed_at = before(age)});
    }
    void write(Record record) {
        const auto receipts = ledger_.commit(std::span(&record, 1));
        ASSERT_TRUE(receipts.has_value()) << receipts.error().message();
    }
    static base::Timestamp before(base::Duration age) {
        return noon - std::chrono::duration_cast<std::chrono::milliseconds>(age);
    }

    std::vector<Waiting> explain(AskedAbout asked) {
        OpenWork work(config_, std::move(asked), noon);
        EXPECT_TRUE(ledger_.open_work(work).has_value());
        return work.explain(ledger_.lanes().value());
    }
    std::vector<Waiting> of_task(std::int64_t number) {
        return explain({.tasks = {TaskId(number)}, .operations = {}});
    }
    std::vector<std::string> sentences(std::int64_t number) {
        std::vector<std::string> all;
        for (const Waiting& waiting : of_task(number)) {
            all.push_back(describe(waiting, noon));
        }
        return all;
    }
    using Sentences = std::vector<std::string>;
    /// What status tells of the first lane.
    LaneStatus told_of_first() {
        const StatusSnapshot snapshot = take_snapshot(ledger_, config_, noon, 0).value();
        return *std::ranges::find(snapshot.lanes, first_,
                                  [](const LaneStatus& lane) { return lane.report.lane; });
    }

    config::Config config_;
    ledger::MemoryLedger ledger_;
    const LaneKey first_ = lane("111122223333", "E1");
    const LaneKey second_ = lane("111122223333", "E2");
    const LaneKey elsewhere_ = lane("444455556666", "E4");

private:
    int tasks_ = 0;
};

TEST_F(WhatWaits, a_lone_operation_is_next) {
    accept(first_, {"/a"});
    EXPECT_EQ(sentences(1),
              Sentences{"Operation 1 at E1 waits for a CreateInvalidation token in 111122223333 at "
                        "1 call/s, about 1 s; next in turn."});
}

TEST_F(WhatWaits, what_goes_first_in_the_account_is_counted) {
    accept(second_, paths("/x", 200));
    accept(first_, paths("/y", 10));
    accept(elsewhere_, paths("/z", 500));
    accept(first_, {"/a", "/b", "/c"});
    EXPECT_EQ(sentences(4),
              Sentences{"3 operations at E1 (711-713) wait for a CreateInvalidation token in "
                        "111122223333 at 1 call/s, about 2 s; 210 ahead of them, in 1 call."});
}

TEST_F(WhatWaits, a_lane_longer_than_a_call_takes_several_turns) {
    config_.in_progress.paths = 100'000;
    config_.quotas["cloudfront.CreateInvalidation"] = {.rate = 0.5, .burst = 1};
    accept(first_, paths("/x", 6'000));
    accept(second_, paths("/y", 4'000));
    accept(first_, {"/a"});
    const std::vector<Waiting> waiting = of_task(3);
    ASSERT_EQ(waiting.size(), 1U);
    // Three turns of its own, and two that the other lane takes meanwhile.
    EXPECT_EQ(waiting[0].left, seconds(10));
    EXPECT_EQ(waiting[0].cause,
              WaitCause(WaitForToken{"cloudfront.CreateInvalidation", 0.5, {10'000, 4}}));
}

TEST_F(WhatWaits, a_higher_priority_of_its_lane_goes_first_whenever_it_came) {
    accept(first_, {"/low"});
    accept(first_, paths("/high", 7), 5);
    const auto waiting = of_task(1);
    EXPECT_EQ(std::get<WaitForToken>(waiting.at(0).cause).ahead, (Ahead{7, 0}));
    EXPECT_EQ(std::get<WaitForToken>(of_task(2).at(0).cause).ahead, Ahead());
}

TEST_F(WhatWaits, a_learned_rate_beats_the_configured_one) {
    accept(first_, {"/a"});
    write(ledger::LearnQuota{first_.account, "cloudfront.CreateInvalidation", 0.025, noon});
    EXPECT_EQ(of_task(1).at(0).left, seconds(40));
    EXPECT_EQ(std::get<WaitForToken>(of_task(1).at(0).cause).rate, 0.025);
}

TEST_F(WhatWaits, wildcards_beyond_what_aws_takes_wait_for_slots) {
    accept(first_, paths("/w", 15, "*"));
    bind(1, first_, paths("/w", 15, "*"), range(1, 15), seconds(20));
    close(1, seconds(20));
    accept(first_, {"/a*", "/b*", "/c"});
    EXPECT_EQ(
        sentences(2),
        (Sentences{"2 operations at E1 (16-17) wait until AWS has finished wildcards there, of "
                   "which it takes 15 at once and has 15, about 40 s.",
                   "Operation 18 at E1 waits for a CreateInvalidation token in 111122223333 at 1 "
                   "call/s, about 1 s; next in turn."}));
}

TEST_F(WhatWaits, each_round_of_slots_takes_as_long_again) {
    accept(first_, paths("/w", 40, "*"));
    const auto waiting = of_task(1);
    ASSERT_EQ(waiting.size(), 2U);
    EXPECT_EQ(waiting[0].operations, 15);
    EXPECT_EQ(waiting[1].operations, 25);
    EXPECT_EQ(std::get<WaitForSlots>(waiting[1].cause).ahead, 15);
    // A second until the first call, and a minute for each that comes before.
    EXPECT_EQ(waiting[1].left, seconds(121));
}

TEST_F(WhatWaits, what_waits_for_slots_needs_a_turn_too) {
    config_.quotas["cloudfront.CreateInvalidation"] = {.rate = 0.05, .burst = 1};
    for (const char* const resource : {"E1", "E2", "E3", "E4", "E5", "E6"}) {
        accept(lane("111122223333", resource), paths("/w", 20, "*"));
    }
    const auto waiting = of_task(6);
    ASSERT_EQ(waiting.size(), 2U);
    EXPECT_EQ(waiting[0].left, seconds(120));
    EXPECT_EQ(waiting[1].left, seconds(240));
}

TEST_F(WhatWaits, a_lane_with_a_higher_priority_has_its_turn_first) {
    accept(first_, {"/low"});
    accept(second_, paths("/high", 100), 9);
    EXPECT_EQ(std::get<WaitForToken>(of_task(2).at(0).cause).ahead, Ahead());
    EXPECT_EQ(of_task(2).at(0).left, seconds(1));
    EXPECT_EQ(std::get<WaitForToken>(of_task(1).at(0).cause).ahead, (Ahead{100, 1}));
    EXPECT_EQ(of_task(1).at(0).left, seconds(2));
}

TEST_F(WhatWaits, a_lane_that_was_served_lets_the_others_go_first) {
    accept(first_, {"/sent", "/more"});
    bind(1, first_, {"/sent"}, range(1, 1), seconds(20));
    accept(second_, {"/new"});
    EXPECT_EQ(std::get<WaitForToken>(of_task(2).at(0).cause).ahead, Ahead());
    EXPECT_EQ(std::get<WaitForToken>(of_task(1).at(1).cause).ahead, (Ahead{1, 1}));
}

TEST_F(WhatWaits, the_time_since_the_last_call_counts) {
    config_.quotas["cloudfront.CreateInvalidation"] = {.rate = 0.02, .burst = 1};
    accept(second_, {"/sent"});
    bind(1, second_, {"/sent"}, range(1, 1), seconds(20));
    accept(first_, {"/next"});
    EXPECT_EQ(of_task(2).at(0).left, seconds(30));
}

TEST_F(WhatWaits, slots_of_an_account_are_shared_by_its_distributions) {
    config_.in_progress.scope = config::InProgressScope::account;
    accept(second_, paths("/w", 15, "*"));
    bind(1, second_, paths("/w", 15, "*"), range(1, 15), seconds(50));
    close(1, seconds(50));
    accept(first_, {"/a*"});
    EXPECT_EQ(sentences(2),
              Sentences{"Operation 16 at E1 waits until AWS has finished wildcards in "
                        "111122223333, of which it takes 15 at once and has 15, about 10 s."});
}

TEST_F(WhatWaits, nobody_says_how_long_what_takes_longer_than_usual_will) {
    accept(first_, paths("/w", 15, "*"));
    bind(1, first_, paths("/w", 15, "*"), range(1, 15), seconds(90));
    close(1, seconds(90));
    accept(first_, {"/a*"});
    EXPECT_EQ(sentences(2),
              Sentences{"Operation 16 at E1 waits until AWS has finished wildcards there, of which "
                        "it takes 15 at once and has 15, the oldest for 1 min 30 s, which is "
                        "longer than usual."});
    EXPECT_EQ(of_task(2).at(0).left, std::nullopt);
}

TEST_F(WhatWaits, a_call_under_way_waits_for_aws_s_answer) {
    accept(first_, {"/a", "/b"});
    bind(1, first_, {"/a"}, range(1, 1), seconds(3));
    EXPECT_EQ(sentences(1).at(0), "Operation 1 at E1 waits for AWS's answer to the call exarch-1, "
                                  "made 3 s ago.");
}

TEST_F(WhatWaits, a_call_long_without_an_outcome_says_so) {
    accept(first_, {"/a"});
    bind(1, first_, {"/a"}, range(1, 1), minutes(12));
    EXPECT_EQ(sentences(1),
              Sentences{"Operation 1 at E1 waits to learn what became of the call exarch-1, made "
                        "12 min ago: it was throttled, or went unanswered and may have taken "
                        "effect; it is sent again as it was and looked for in AWS's lists, until "
                        "2026-11-25T11:59:00Z at the latest."});
    EXPECT_EQ(name_of(of_task(1).at(0).cause), "outcome");
    EXPECT_EQ(of_task(1).at(0).left, std::nullopt);
}

TEST_F(WhatWaits, what_is_blocked_names_the_reason_and_where_the_mend_is_told) {
    accept(first_, {"/a", "/b"});
    accept(elsewhere_, {"/c"});
    write(ledger::NoteBreaker{
        {elsewhere_.account, {}, {}}, true, "AccessDenied: sts:AssumeRole", noon});
    EXPECT_EQ(sentences(2),
              Sentences{"Operation 3 at E4 is blocked by AccessDenied: sts:AssumeRole; it is "
                        "tried again each minute, and exarch doctor --account 444455556666 tells "
                        "what mends it."});
    // It takes no turns from others.
    write(ledger::NoteBreaker{first_, true, "AccessDenied", noon});
    accept(second_, {"/d"});
    EXPECT_EQ(std::get<WaitForToken>(of_task(3).at(0).cause).ahead, Ahead());
}

TEST_F(WhatWaits, what_may_not_start_yet_says_when_and_keeps_nobody_waiting) {
    accept(first_, {"/later"}, 0, noon + minutes(125));
    accept(first_, {"/now"});
    EXPECT_EQ(sentences(1), Sentences{"Operation 1 at E1 may not start before "
                                      "2026-11-24T14:05:00Z, in 2 h 5 min."});
    EXPECT_EQ(std::get<WaitForToken>(of_task(2).at(0).cause).ahead, Ahead());
}

TEST_F(WhatWaits, an_action_of_another_version_is_not_guessed_at) {
    LaneKey future = first_;
    future.action = "future.action";
    accept(future, {"/a"});
    EXPECT_EQ(sentences(1), Sentences{"Operation 1 at E1 waits for a version of exarch that knows "
                                      "the action future.action."});
}

TEST_F(WhatWaits, a_lane_that_waits_for_slots_is_not_said_to_wait_for_its_turn) {
    accept(first_, paths("/w", 15, "*"));
    bind(1, first_, paths("/w", 15, "*"), range(1, 15), seconds(20));
    close(1, seconds(20));
    accept(first_, {"/a*"});
    EXPECT_EQ(told_of_first().waits_for, "AWS to finish wildcards: it takes 15 at once and has 15");
    EXPECT_EQ(told_of_first().left, seconds(40));
}

TEST_F(WhatWaits, a_lane_tells_all_that_it_waits_for_the_longest_first) {
    accept(first_, {"/sent"});
    bind(1, first_, {"/sent"}, range(1, 1), minutes(12));
    accept(first_, {"/now"});
    accept(first_, {"/later", "/then"}, 0, noon + minutes(5));
    accept(first_, {"/latest"}, 0, noon + minutes(9));
    accept(first_, paths("/more", 3'000), -1);
    EXPECT_EQ(told_of_first().waits_for,
              "3 for 2026-11-24T12:05:00Z, before which it may not start; 2 for AWS to finish "
              "paths: it takes 3,000 at once and has 1; 2,999 for its turn at 1 call/s; 1 for the "
              "outcome of a call of 12 min ago: it is sent again and looked up");
    EXPECT_EQ(told_of_first().left, minutes(9));
}

TEST_F(WhatWaits, only_what_is_asked_about_is_told) {
    accept(first_, {"/a", "/b"});
    accept(second_, {"/c"});
    const auto waiting = explain({{}, {OperationId(2), OperationId(3), OperationId(99)}});
    ASSERT_EQ(waiting.size(), 2U);
    EXPECT_EQ(waiting[0].first, OperationId(2));
    EXPECT_EQ(waiting[1].first, OperationId(3));
    EXPECT_TRUE(of_task(7).empty());
}

TEST_F(WhatWaits, json_has_every_member_for_every_cause) {
    accept(first_, {"/a"});
    const boost::json::value token = to_json(of_task(1), noon).at(0);
    EXPECT_EQ(
        boost::json::serialize(token),
        R"({"task":1,"account":"111122223333","action":"cloudfront.invalidate","resource":"E1",)"
        R"("operations":1,"first_operation":1,"last_operation":1,"waits_for":"token",)"
        R"("estimated_seconds":1,"api":"cloudfront.CreateInvalidation","rate":1E0,)"
        R"("ahead":{"operations":0,"calls":0},"slots":null,"reference":null,"bound_at":null,)"
        R"("until":null,"reason":null,"not_before":null,"sentence":"Operation 1 at E1 waits for a )"
        R"(CreateInvalidation token in 111122223333 at 1 call/s, about 1 s; next in turn."})");
    bind(1, first_, {"/a"}, range(1, 1), minutes(1));
    const boost::json::value answer = to_json(of_task(1), noon).at(0);
    EXPECT_EQ(answer.at("waits_for").as_string(), "outcome");
    EXPECT_EQ(answer.at("reference").as_string(), "exarch-1");
    EXPECT_EQ(answer.at("until").as_string(), "2026-11-25T11:59:00Z");
    EXPECT_EQ(answer.as_object().size(), token.as_object().size());
}

// As a table has them: call 1 of one account is not call 1 of the other.
TEST_F(WhatWaits, accounts_with_numbers_of_their_own_are_told_apart) {
    const OperationId id(7);
    const ledger::OperationKey asked(elsewhere_.account, id);
    OpenWork work(config_, {.tasks = {}, .operations = {asked}, .by_account = true}, noon);
    for (const LaneKey& key : {first_, elsewhere_}) {
        const std::string account = key.account.value();
        work.open_call({.id = CallId(1),
                        .lane = key,
                        .reference = "exarch-" + account,
                        .items = {"/a"},
                        .operations = {key == first_ ? OperationId(8) : id},
                        .bound_at = noon});
        const ledger::LaneNumber number = work.lane(key);
        ledger::OpenOperation operation;
        operation.id = id;
        operation.task = TaskId(1);
        operation.item = "/a";
        operation.accepted_at = noon;
        work.operation(number, operation);
    }
    const std::vector<Waiting> waiting = work.explain({});
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0].task, ledger::TaskKey(elsewhere_.account, TaskId(1)));
    const auto* answer = std::get_if<WaitForAnswer>(&waiting[0].cause);
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(answer->reference, "exarch-444455556666");
    EXPECT_TRUE(describe(waiting[0], noon).starts_with("Operation 444455556666:7 at E4 "));
}

} // namespace
} // namespace exarch::cli
