#include "cli/submit/submit_report.hpp"
#include "unit/cli/support.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

OutgoingTask outgoing(std::string name, std::string place) {
    return {"{}", std::move(name), std::move(place), 2, ""};
}

// The first of three is refused, the others are sent.
Submission two_of_three() {
    CountingEntropy entropy;
    Submission submission({outgoing("", "f:1"), outgoing("sale", "f:2"), outgoing("", "f:3")},
                          false, entropy);
    aws::Failure failure;
    failure.remedy = aws::Remedy::give_up;
    failure.code = "InvalidMessageContents";
    failure.message = "bad character";
    const aws::SentBatch sent{{"", "m2", "m3"}, {{0, failure}}};
    const Batch batch = submission.next().value();
    EXPECT_TRUE(submission.take_answer(batch, sent, 1).empty());
    return submission;
}

Submission none_of(std::size_t count) {
    CountingEntropy entropy;
    Submission submission(std::vector<OutgoingTask>(count, outgoing("", "f:1")), false, entropy);
    aws::Failure failure;
    failure.remedy = aws::Remedy::not_found;
    failure.code = "QueueDoesNotExist";
    failure.message = "gone";
    const Batch batch = submission.next().value();
    EXPECT_TRUE(submission.take_answer(batch, std::unexpected(failure), 1).empty());
    submission.give_up_rest();
    return submission;
}

FollowReport followed() {
    FollowReport report;
    report.counts = {
        .tasks = 2, .taken = 2, .operations = {.done = 3, .failed = 1}, .incomplete = 0};
    ledger::EndedOperation failed;
    failed.state = "failed";
    failed.lane = lane("111122223333", "EGONE");
    failed.item = "/a";
    failed.reason = "NoSuchDistribution";
    failed.ended_at = at("2026-11-24T12:00:00Z");
    report.unsuccessful.push_back(failed);
    return report;
}

TEST(SubmitReport, ids_are_what_status_finds_tasks_by) {
    EXPECT_EQ(render_ids(two_of_three()), "sale\nm3\n");
}

TEST(SubmitReport, what_was_not_sent_is_told_with_its_place) {
    const std::string text = render_unsent(two_of_three());
    EXPECT_TRUE(text.starts_with("exarch: f:1: not sent: ")) << text;
    EXPECT_TRUE(text.contains("InvalidMessageContents")) << text;
    EXPECT_EQ(std::ranges::count(text, '\n'), 1);
}

TEST(SubmitReport, what_may_have_been_sent_is_not_told_as_unsent) {
    CountingEntropy entropy;
    Submission submission({outgoing("", "f:1")}, false, entropy);
    aws::Failure failure;
    failure.remedy = aws::Remedy::outcome_unknown;
    failure.message = "connection reset";
    const Batch batch = submission.next().value();
    EXPECT_TRUE(submission.take_answer(batch, std::unexpected(failure), 1).empty());
    const std::string text = render_unsent(submission);
    EXPECT_TRUE(text.starts_with("exarch: f:1: may be sent or not: ")) << text;
    EXPECT_TRUE(text.ends_with("; look for it before you send it again\n")) << text;
}

TEST(SubmitReport, a_queue_that_took_nothing_is_one_line) {
    const std::string text = render_unsent(none_of(12));
    EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
    EXPECT_TRUE(text.ends_with("; nor 11 other tasks\n")) << text;
}

TEST(SubmitReport, the_exit_code_tells_nothing_some_and_all_apart) {
    CountingEntropy entropy;
    const Submission none = none_of(2);
    const Submission some = two_of_three();
    Submission all({outgoing("", "f:1")}, false, entropy);
    EXPECT_TRUE(all.take_answer(all.next().value(), aws::SentBatch{{"m1"}, {}}, 1).empty());
    EXPECT_EQ(exit_code_of(SubmitReport{none, {}}), ExitCode::unreachable);
    EXPECT_EQ(exit_code_of(SubmitReport{some, {}}), ExitCode::some_failed);
    EXPECT_EQ(exit_code_of(SubmitReport{all, {}}), ExitCode::done);
    EXPECT_EQ(exit_code_of(SubmitReport{all, followed()}), ExitCode::some_failed);
    FollowReport good;
    EXPECT_EQ(exit_code_of(SubmitReport{all, good}), ExitCode::done);
    good.is_complete = false;
    EXPECT_EQ(exit_code_of(SubmitReport{all, good}), ExitCode::some_failed);
}

TEST(SubmitReport, the_end_of_waiting_lists_what_failed) {
    EXPECT_EQ(render_text(followed(), {}),
              "3 of 4 operations done, 1 failed, 0 rejected, 0 expired\n"
              "ENDED                 HOW     ACCOUNT       RESOURCE  ITEM  WHY\n"
              "2026-11-24T12:00:00Z  failed  111122223333  EGONE     /a    NoSuchDistribution\n");
}

TEST(SubmitReport, a_wait_that_was_given_up_says_so) {
    FollowReport report;
    report.counts = {.tasks = 3, .taken = 1, .operations = {.pending = 2}, .incomplete = 0};
    report.is_complete = false;
    EXPECT_EQ(render_text(report, {}), "Gave up waiting: 0 of 2 operations done, 0 failed, 0 "
                                       "rejected, 0 expired; 2 tasks were not taken in\n");
}

TEST(SubmitReport, json_has_one_object_a_task) {
    const Submission submission = two_of_three();
    const auto json = to_json(SubmitReport{submission, followed()});
    EXPECT_EQ(json.at("tasks").as_array().size(), 3U);
    EXPECT_EQ(boost::json::serialize(json.at("tasks").at(1)),
              R"({"place":"f:2","id":"sale","message_id":"m2","operations":2,"failure":null})");
    EXPECT_TRUE(json.at("tasks").at(0).at("message_id").is_null());
    EXPECT_EQ(json.at("operations").at("failed").as_int64(), 1);
    EXPECT_EQ(json.at("unsuccessful").as_array().size(), 1U);
    EXPECT_FALSE(to_json(SubmitReport{submission, {}}).contains("operations"));
}

} // namespace
} // namespace exarch::cli
