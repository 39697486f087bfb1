#include "aws/detail/sqs_codec.hpp"
#include "base/json.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace exarch::aws {
namespace {

const Endpoint endpoint{
    {true, "sqs.eu-west-1.amazonaws.com", 443}, "", "sqs", base::Region("eu-west-1")};
const QueueUrl queue("https://sqs.eu-west-1.amazonaws.com/999900001111/q");

Reply reply(std::string body) {
    Reply result;
    result.status = 200;
    result.body = std::move(body);
    return result;
}

boost::json::object body_of(const ServiceRequest& request) {
    return base::parse_json(request.body).value().as_object();
}

TEST(SqsTest, ten_messages_of_the_largest_size_are_received) {
    // Each a mebibyte, every tenth byte a quotation mark that JSON escapes.
    std::string text;
    while (text.size() < std::size_t{1024} * 1024) {
        text += "\\\"paths/abc";
    }
    std::string body = R"({"Messages": [)";
    for (int i = 0; i < 10; ++i) {
        body += (i == 0 ? "{\"Body\": \"" : ",{\"Body\": \"") + text + "\"}";
    }
    body += "]}";
    const ServiceRequest request = receive_request(endpoint, queue, {});
    ASSERT_LE(body.size(), request.reply_bytes_max);
    const auto messages = parse_received(reply(std::move(body)));
    ASSERT_TRUE(messages.has_value()) << messages.error().message;
    EXPECT_EQ(messages->size(), 10U);
}

TEST(SqsTest, receive_asks_for_what_is_to_be_kept) {
    const ServiceRequest request =
        receive_request(endpoint, queue, {.visibility = std::chrono::seconds(45)});
    EXPECT_EQ(request.headers.get("x-amz-target"), "AmazonSQS.ReceiveMessage");
    EXPECT_EQ(request.headers.get("content-type"), "application/x-amz-json-1.0");
    EXPECT_EQ(body_of(request),
              base::parse_json(
                  R"({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/999900001111/q",
                      "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20, "VisibilityTimeout": 45,
                      "MessageSystemAttributeNames": ["SenderId", "SentTimestamp",
                        "MessageGroupId", "MessageDeduplicationId", "SequenceNumber",
                        "ApproximateReceiveCount", "AWSTraceHeader", "DeadLetterQueueSourceArn"]})")
                  .value());
    EXPECT_FALSE(request.mutating);
    EXPECT_GE(request.timeouts.first_byte, std::chrono::seconds(40));
}

TEST(SqsTest, received_messages_keep_what_sqs_says_of_them) {
    const auto messages = parse_received(reply(
        R"({"Messages": [{"MessageId": "m", "ReceiptHandle": "h", "Body": "{}", "MD5OfBody": "x",
            "Attributes": {"SenderId": "AROA:s", "SentTimestamp": "1794600000123",
              "MessageGroupId": "g", "MessageDeduplicationId": "d",
              "SequenceNumber": "18849496460467696128", "ApproximateReceiveCount": "3",
              "AWSTraceHeader": "Root=1-a-b"}}]})"));
    SqsMessage expected;
    expected.message_id = "m";
    expected.receipt_handle = "h";
    expected.body = "{}";
    expected.sender_id = "AROA:s";
    expected.sent_at = base::Timestamp(std::chrono::milliseconds(1'794'600'000'123));
    expected.group_id = "g";
    expected.deduplication_id = "d";
    expected.sequence_number = "18849496460467696128";
    expected.trace_header = "Root=1-a-b";
    expected.receive_count = 3;
    EXPECT_EQ(messages.value(), std::vector<SqsMessage>{expected});
}

TEST(SqsTest, empty_poll_is_no_failure) {
    for (const std::string_view body : {"{}", R"({"Messages": []})", R"({"Messages": null})"}) {
        EXPECT_TRUE(parse_received(reply(std::string(body))).value().empty()) << body;
    }
}

TEST(SqsTest, message_of_the_wrong_shape_comes_with_what_can_be_read) {
    const auto messages =
        parse_received(reply(R"({"Messages": [7, {"MessageId": 7, "ReceiptHandle": "h"},
                                 {"ReceiptHandle": "h", "Attributes": {"SentTimestamp": "soon",
                                  "ApproximateReceiveCount": "-x", "SenderId": []}},
                                 {"Attributes": {"SentTimestamp": "-5"}},
                                 {"Attributes": {"SentTimestamp": "9223372036854775807"}},
                                 {"Attributes": "none"}]})"))
            .value();
    ASSERT_EQ(messages.size(), 5U);
    for (const SqsMessage& message : messages) {
        EXPECT_EQ(message.sent_at, std::nullopt);
        EXPECT_EQ(message.receive_count, 0);
    }
    EXPECT_EQ(messages[0].receipt_handle, "h");
    EXPECT_EQ(messages[0].message_id, "");
}

TEST(SqsTest, reply_that_is_no_object_is_a_failure) {
    for (const std::string_view body :
         {"", "[]", "7", "<ErrorResponse/>", "{\"Messages\": [", "{\"a\":1,\"a\":2}"}) {
        const Reply each = reply(std::string(body));
        EXPECT_EQ(parse_received(each).error().remedy, Remedy::retry) << body;
        EXPECT_EQ(parse_batch(each, 1, true).error().remedy, Remedy::outcome_unknown) << body;
        EXPECT_EQ(parse_batch(each, 1, false).error().remedy, Remedy::retry) << body;
        EXPECT_EQ(parse_attributes(each).error().remedy, Remedy::retry) << body;
        EXPECT_EQ(parse_queue_url(each).error().remedy, Remedy::retry) << body;
    }
}

TEST(SqsTest, batches_name_entries_by_their_place) {
    const std::vector<std::string> handles = {"h0", "h\"1"};
    EXPECT_EQ(body_of(delete_request(endpoint, queue, handles)).at("Entries"),
              base::parse_json(R"([{"Id": "0", "ReceiptHandle": "h0"},
                                   {"Id": "1", "ReceiptHandle": "h\"1"}])")
                  .value());
    const std::vector<VisibilityChange> changes = {{"h0", std::chrono::seconds(0)}};
    EXPECT_EQ(body_of(visibility_request(endpoint, queue, changes)).at("Entries"),
              base::parse_json(R"([{"Id": "0", "ReceiptHandle": "h0", "VisibilityTimeout": 0}])")
                  .value());
    const std::vector<OutgoingMessage> messages = {
        {.body = "a"},
        {.body = "b", .group_id = "g", .deduplication_id = "d", .delay = std::chrono::seconds(5)}};
    const ServiceRequest sent = send_request(endpoint, queue, messages);
    EXPECT_TRUE(sent.mutating);
    EXPECT_EQ(body_of(sent).at("Entries"), base::parse_json(R"([{"Id": "0", "MessageBody": "a"},
                                   {"Id": "1", "MessageBody": "b", "MessageGroupId": "g",
                                    "MessageDeduplicationId": "d", "DelaySeconds": 5}])")
                                               .value());
}

TEST(SqsTest, each_entry_of_a_batch_fails_on_its_own) {
    const SentBatch batch = parse_batch(reply(R"({"Successful": [{"Id": "1", "MessageId": "m1"}],
                              "Failed": [{"Id": "0", "Code": "KmsThrottled", "Message": "slow",
                                          "SenderFault": true},
                                         {"Id": "2", "Code": "InternalError",
                                          "SenderFault": false}]})"),
                                        4, true)
                                .value();
    EXPECT_EQ(batch.message_ids, (std::vector<std::string>{"", "m1", "", ""}));
    ASSERT_EQ(batch.failures.size(), 3U);
    EXPECT_EQ(batch.failures[0].index, 0U);
    EXPECT_EQ(batch.failures[0].failure.remedy, Remedy::slow_down);
    EXPECT_EQ(batch.failures[0].failure.message, "slow");
    EXPECT_EQ(batch.failures[1].index, 2U);
    EXPECT_EQ(batch.failures[1].failure.remedy, Remedy::outcome_unknown);
    EXPECT_EQ(batch.failures[2].index, 3U);
    EXPECT_EQ(batch.failures[2].failure.remedy, Remedy::outcome_unknown);
    EXPECT_EQ(batch.failures[2].failure.code, "UnreadableReply");
}

TEST(SqsTest, entries_that_were_never_sent_are_passed_over) {
    const SentBatch batch =
        parse_batch(reply(R"({"Successful": [{"Id": "7"}, {"Id": "-1"}, {"Id": 0}, "x", {}],
                              "Failed": [{"Id": "1"}, {"Id": ""}]})"),
                    1, false)
            .value();
    ASSERT_EQ(batch.failures.size(), 1U);
    EXPECT_EQ(batch.failures[0].failure.remedy, Remedy::retry);
}

TEST(SqsTest, attributes_and_url) {
    EXPECT_EQ(parse_attributes(reply(R"({"Attributes": {"A": "1", "B": 2}})")).value(),
              (QueueAttributes{{"A", "1"}, {"B", ""}}));
    EXPECT_TRUE(parse_attributes(reply("{}")).value().empty());
    EXPECT_EQ(parse_queue_url(reply(R"({"QueueUrl": "http://q/1/n"})")).value().value(),
              "http://q/1/n");
    EXPECT_EQ(body_of(queue_url_request(endpoint, "n")).at("QueueName").as_string(), "n");
    const std::vector<std::string> names = {"All"};
    EXPECT_EQ(body_of(attributes_request(endpoint, queue, names)).at("AttributeNames"),
              base::parse_json(R"(["All"])").value());
}

TEST(SqsTest, account_and_name_of_a_queue_are_in_its_url) {
    const auto identity =
        identity_of(QueueUrl("https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks.fifo"));
    ASSERT_TRUE(identity.has_value());
    EXPECT_EQ(identity->account.value(), "999900001111");
    EXPECT_EQ(identity->name, "exarch-tasks.fifo");
    for (const char* url : {"", "https://host/", "https://host/999900001111", "https://host/1/q",
                            "https://host/999900001111/", "https://host/999900001111/q/r",
                            "https://host/99990000111x/q", "ftp://host/999900001111/q"}) {
        EXPECT_EQ(identity_of(QueueUrl(url)), std::nullopt) << url;
    }
}

TEST(SqsTest, a_queue_has_one_name_whichever_address_leads_to_it) {
    const std::string usual = "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks";
    for (const char* url :
         {"https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks",
          "http://SQS.eu-west-1.amazonaws.com/999900001111/exarch-tasks",
          "https://eu-west-1.queue.amazonaws.com/999900001111/exarch-tasks",
          "https://sqs-fips.eu-west-1.amazonaws.com/999900001111/exarch-tasks",
          "https://sqs.eu-west-1.api.aws/999900001111/exarch-tasks",
          "https://vpce-0a-1b.sqs.eu-west-1.vpce.amazonaws.com/999900001111/exarch-tasks",
          "https://vpce-0a-1b-eu-west-1a.sqs.eu-west-1.vpce.amazonaws.com/999900001111/"
          "exarch-tasks"}) {
        EXPECT_EQ(canonical_url(QueueUrl(url)).value(), usual) << url;
    }
    EXPECT_EQ(canonical_url(QueueUrl("https://vpce-0a.sqs.cn-north-1.vpce.amazonaws.com.cn/"
                                     "999900001111/q"))
                  .value(),
              "https://sqs.cn-north-1.amazonaws.com.cn/999900001111/q");
    for (const char* url :
         {"http://127.0.0.1:4600/999900001111/q", "https://sqs.eu-west-1.amazonaws.com/1/q",
          "https://vpce-0a.sqs.eu-west-1.vpce.amazonaws.com.evil.com/999900001111/q",
          "https://vpce-0a.sqs.cn-north-1.vpce.amazonaws.com/999900001111/q",
          "https://x.sqs.eu-west-1.vpce.amazonaws.com/999900001111/q", "q", ""}) {
        EXPECT_EQ(canonical_url(QueueUrl(url)).value(), url);
    }
}

TEST(SqsTest, region_of_a_queue_is_in_its_url) {
    const std::map<std::string, std::string> cases = {
        {"https://sqs.eu-west-1.amazonaws.com/1/q", "eu-west-1"},
        {"https://SQS.EU-WEST-1.amazonaws.com/1/q", "eu-west-1"},
        {"https://sqs.cn-north-1.amazonaws.com.cn/1/q", "cn-north-1"},
        {"https://sqs-fips.us-east-1.amazonaws.com/1/q", "us-east-1"},
        {"https://sqs.eu-west-1.api.aws/1/q", "eu-west-1"},
        {"https://sqs-fips.us-gov-west-1.api.aws/1/q", "us-gov-west-1"},
        {"https://sqs-other.us-east-1.amazonaws.com/1/q", "none"},
        {"https://sqs.cn-north-1.api.aws/1/q", "none"},
        {"https://eu-west-1.queue.amazonaws.com/1/q", "eu-west-1"},
        {"https://queue.amazonaws.com/1/q", "us-east-1"},
        {"https://sqs.cn-north-1.amazonaws.com/1/q", "none"},
        {"https://sqs.amazonaws.com/1/q", "none"},
        {"https://.queue.amazonaws.com/1/q", "none"},
        {"https://a.b.queue.amazonaws.com/1/q", "none"},
        {"http://127.0.0.1:4600/1/q", "none"},
        {"http://localhost/1/q", "none"},
        {"https://sqs.eu-west-1.amazonaws.com.evil.com/1/q", "none"},
        {"q", "none"},
        {"", "none"},
    };
    for (const auto& [url, region] : cases) {
        EXPECT_EQ(region_of(QueueUrl(url)).value_or(base::Region("none")).value(), region) << url;
    }
}

} // namespace
} // namespace exarch::aws
