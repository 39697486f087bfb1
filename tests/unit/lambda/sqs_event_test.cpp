#include "lambda/events/sqs_event.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace exarch::lambda {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view tail = "; the handler exarch.control takes what an event source mapping "
                                  "of an SQS queue sends";

std::string record_of(std::string_view id, std::string_view queue = "tasks",
                      std::string_view group = "") {
    return fmt::format(
        R"({{"messageId": "{}", "receiptHandle": "r", "body": "hello",)"
        R"( "attributes": {{"SenderId": "AROA1:s", "SentTimestamp": "1700000000123",)"
        R"( "MessageGroupId": "{}", "SequenceNumber": "7"}},)"
        R"( "eventSource": "aws:sqs",)"
        R"( "eventSourceARN": "arn:aws:sqs:eu-west-1:999900001111:{}"}})",
        id, group, queue);
}

std::string event_of(std::initializer_list<std::string> records) {
    return fmt::format(R"({{"Records": [{}]}})", fmt::join(records, ", "));
}

std::string refusal(std::string_view event) {
    const auto parsed = parse_sqs_event(event);
    return parsed.has_value() ? "it was read" : parsed.error().message();
}

std::string refused_for(std::string_view what) {
    return fmt::format("this is no event of SQS: {}{}", what, tail);
}

TEST(sqs_event, a_message_comes_with_what_sqs_attests) {
    const auto records = parse_sqs_event(event_of({record_of("m1", "tasks.fifo", "g")})).value();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].origin.queue, "arn:aws:sqs:eu-west-1:999900001111:tasks.fifo");
    EXPECT_EQ(records[0].origin.message_id, "m1");
    EXPECT_EQ(records[0].origin.sender_id, "AROA1:s");
    EXPECT_EQ(records[0].origin.sent_at, base::Timestamp(std::chrono::milliseconds(1700000000123)));
    EXPECT_EQ(records[0].origin.group, "g");
    EXPECT_EQ(records[0].origin.sequence_number, "7");
    EXPECT_EQ(records[0].body, "hello");
    EXPECT_TRUE(records[0].is_fifo);
    EXPECT_EQ(records[0].flaw, "");
}

TEST(sqs_event, an_event_without_messages_is_one) {
    EXPECT_EQ(parse_sqs_event(R"({"Records": []})").value().size(), 0U);
}

TEST(sqs_event, whatever_is_no_event_of_sqs_is_refused_with_the_place) {
    EXPECT_EQ(refusal("[]"), refused_for("it is a list, not an object"));
    EXPECT_EQ(refusal("{}"), refused_for("Records: it is missing; it must be a list"));
    EXPECT_EQ(refusal(R"({"Records": "x"})"),
              refused_for("Records: it is text; it must be a list"));
    EXPECT_EQ(refusal(R"({"Records": [5]})"),
              refused_for("Records[0]: it is a number; it must be an object"));
    EXPECT_EQ(refusal(R"({"Records": [{"EventSource": "aws:sns"}]})"),
              refused_for("Records[0].eventSource is aws:sns, not aws:sqs"));
    EXPECT_EQ(refusal(R"({"Records": [{}]})"),
              refused_for("Records[0].eventSource: it is missing, not aws:sqs"));
    EXPECT_THAT(refusal("not json"), HasSubstr("at column 1"));
    EXPECT_THAT(refusal(""), HasSubstr("this is no event of SQS: "));
}

TEST(sqs_event, an_event_of_another_service_is_told_by_its_name) {
    EXPECT_THAT(refusal(R"({"requestContext": {}})"), HasSubstr("API Gateway"));
    EXPECT_THAT(refusal(R"({"detail-type": "x"})"), HasSubstr("EventBridge"));
    EXPECT_THAT(refusal(R"({"entries": []})"), HasSubstr("a task itself"));
}

TEST(sqs_event, nothing_is_done_where_a_message_could_not_be_given_back) {
    EXPECT_EQ(refusal(event_of({record_of("m1"), record_of("")})),
              refused_for("Records[1].messageId: it is empty; without it the message can't be "
                          "given back"));
}

TEST(sqs_event, what_is_wrong_with_one_message_leaves_the_others) {
    const auto records =
        parse_sqs_event(
            event_of({record_of("m1"), R"({"messageId": "m2", "eventSource": "aws:sqs"})",
                      R"({"messageId": "m3", "eventSource": "aws:sqs", "body": {}})",
                      R"({"messageId": "m4", "eventSource": "aws:sqs", "body": ""})",
                      R"({"messageId": "m5", "eventSource": "aws:sqs", "body": "", )"
                      R"("eventSourceARN": "arn", "attributes": []})"}))
            .value();
    ASSERT_EQ(records.size(), 5U);
    EXPECT_EQ(records[0].flaw, "");
    EXPECT_EQ(records[1].flaw, "Records[1].body: it is missing; it must be text");
    EXPECT_EQ(records[2].flaw, "Records[2].body: it is an object; it must be text");
    EXPECT_EQ(records[3].flaw,
              "Records[3].eventSourceARN: it is missing; it must be the queue's ARN");
    EXPECT_EQ(records[4].flaw, "Records[4].attributes: it is a list; it must be an object");
}

TEST(sqs_event, a_sent_time_that_is_none_is_none) {
    std::string event = event_of({record_of("m1")});
    event.replace(event.find("1700000000123"), 13, "yesterday");
    EXPECT_EQ(parse_sqs_event(event).value()[0].origin.sent_at, std::nullopt);
}

std::vector<std::string> returned(const std::string& event, const std::set<std::string>& open) {
    return messages_to_return(parse_sqs_event(event).value(), [&](const SqsRecord& record) {
        return open.contains(record.origin.message_id);
    });
}

TEST(sqs_event, exactly_the_unfinished_messages_go_back) {
    const std::string event = event_of({record_of("m1"), record_of("m2"), record_of("m3"),
                                        R"({"messageId": "m4", "eventSource": "aws:sqs"})"});
    EXPECT_THAT(returned(event, {}), ElementsAre("m4"));
    EXPECT_THAT(returned(event, {"m1", "m3"}), ElementsAre("m1", "m3", "m4"));
}

TEST(sqs_event, a_message_that_came_twice_goes_back_once) {
    EXPECT_THAT(returned(event_of({record_of("m1"), record_of("m1")}), {"m1"}), ElementsAre("m1"));
}

TEST(sqs_event, of_a_group_everything_behind_the_first_unfinished_one_goes_back) {
    const std::string queue = "tasks.fifo";
    const std::string event = event_of({record_of("a1", queue, "a"), record_of("b1", queue, "b"),
                                        record_of("a2", queue, "a"), record_of("b2", queue, "b"),
                                        record_of("a3", queue, "a")});
    EXPECT_THAT(returned(event, {"a2"}), ElementsAre("a2", "a3"));
    EXPECT_THAT(returned(event, {"b1"}), ElementsAre("b1", "b2"));
}

TEST(sqs_event, a_group_of_a_standard_queue_has_no_order) {
    EXPECT_THAT(
        returned(event_of({record_of("m1", "tasks", "g"), record_of("m2", "tasks", "g")}), {"m1"}),
        ElementsAre("m1"));
}

TEST(sqs_event, the_answer_is_what_lambda_reads) {
    EXPECT_EQ(format_batch_answer({}), R"({"batchItemFailures":[]})");
    EXPECT_EQ(format_batch_answer({"m1", "m2"}),
              R"({"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m2"}]})");
}

} // namespace
} // namespace exarch::lambda
