#include "unit/sandbox/sqs/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

// Sending, over the JSON protocol.

namespace exarch::sandbox {
namespace {

using boost::json::array;
using boost::json::object;
using Strings = std::vector<std::string>;

constexpr std::string_view url = "http://127.0.0.1:4600/111122223333/tasks";

object message(std::string_view body, object more = {}) {
    more.emplace("QueueUrl", url);
    more.emplace("MessageBody", body);
    return more;
}

object entry(std::string_view id, std::string_view body) {
    return {{"Id", id}, {"MessageBody", body}};
}

class SqsSendTest : public testing::Test {
protected:
    SqsSendTest() { world_.create("tasks"); }

    std::string refusal_of(object parameters) {
        const SqsReply reply = world_.json("SendMessage", std::move(parameters));
        return reply.status == 200 ? "sent" : reply.message();
    }
    SqsReply send_batch(array entries) {
        return world_.json("SendMessageBatch",
                           {{"QueueUrl", url}, {"Entries", std::move(entries)}});
    }

    SqsWorld world_;
};

TEST_F(SqsSendTest, answers_with_digests_that_clients_check) {
    const SqsReply reply = world_.json(
        "SendMessage",
        message("msg", {{"MessageAttributes",
                         {{"Hello", {{"DataType", "String"}, {"StringValue", "There"}}}}},
                        {"MessageSystemAttributes",
                         {{"AWSTraceHeader",
                           {{"DataType", "String"},
                            {"StringValue", "Root=1-5759e988-bd862e3fe1be46a994272793;"
                                            "Parent=53995c3f42cd8ad8;Sampled=1"}}}}}}));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.text("MD5OfMessageBody"), "6e2baaf3b97dbeef01c0043275f9a0e7");
    EXPECT_EQ(reply.text("MD5OfMessageAttributes"), "a311262e065454b75da111d535b8dacd");
    EXPECT_EQ(reply.text("MD5OfMessageSystemAttributes"), "5ae4d5d7636402d80f4eb6d213245a88");
    EXPECT_EQ(reply.text("MessageId").size(), 36U);
    EXPECT_EQ(reply.text("SequenceNumber"), "absent");
}

TEST_F(SqsSendTest, ids_follow_from_the_seed) {
    const auto first_id = [](std::uint64_t seed) {
        SqsWorld world({.seed = seed});
        return world.send(world.create("tasks"), "a");
    };
    EXPECT_EQ(first_id(1), first_id(1));
    EXPECT_NE(first_id(1), first_id(2));
}

TEST_F(SqsSendTest, a_body_has_a_size_and_allowed_characters) {
    EXPECT_EQ(refusal_of(message("")), "The request must contain the parameter MessageBody.");
    EXPECT_EQ(refusal_of(message(std::string(1'048'576, 'x'))), "sent");
    EXPECT_EQ(refusal_of(message(std::string(1'048'577, 'x'))),
              "One or more parameters are invalid. Reason: Message must be shorter than 1048576 "
              "bytes.");
    EXPECT_EQ(refusal_of(message(std::string(2'097'152, 'x'))),
              "One or more parameters are invalid. Reason: Message must be shorter than 1048576 "
              "bytes.");
    EXPECT_EQ(refusal_of(message("tab\t, line\r\n, é, 😀")), "sent");
    const SqsReply reply = world_.json("SendMessage", message("bell\x07"));
    EXPECT_EQ(reply.error(), "InvalidMessageContents");
    EXPECT_EQ(reply.headers.get("x-amzn-query-error"), "InvalidMessageContents;Sender");
}

TEST_F(SqsSendTest, a_queue_can_allow_less) {
    world_.create("small", {{"MaximumMessageSize", "1024"}});
    const auto send = [&](std::size_t size) {
        return world_
            .json("SendMessage", {{"QueueUrl", "http://h/111122223333/small"},
                                  {"MessageBody", std::string(size, 'x')}})
            .status;
    };
    EXPECT_EQ(send(1024), 200);
    EXPECT_EQ(send(1025), 400);
    const SqsReply batch =
        world_.json("SendMessageBatch", {{"QueueUrl", "http://h/111122223333/small"},
                                         {"Entries", array{entry("good", std::string(1024, 'a')),
                                                           entry("bad", std::string(1025, 'a'))}}});
    EXPECT_EQ(batch.ids("Successful"), Strings{"good"});
    EXPECT_EQ(batch.json.at("Failed"),
              boost::json::value({{{"Id", "bad"},
                                   {"SenderFault", true},
                                   {"Code", "InvalidParameterValue"},
                                   {"Message", "One or more parameters cannot be validated. "
                                               "Reason: Message must be shorter than 1024 "
                                               "bytes."}}}));
}

TEST_F(SqsSendTest, a_trace_may_come_as_a_header_of_the_request) {
    http::Request request;
    request.method = "POST";
    request.headers = {{"X-Amz-Target", "AmazonSQS.SendMessage"},
                       {"X-Amzn-Trace-Id", "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Sampled=1"}};
    request.body = boost::json::serialize(message("a"));
    EXPECT_EQ(world_.ask(request).text("MD5OfMessageSystemAttributes"), "absent");
    const object attribute{{"DataType", "String"}, {"StringValue", "Root=1"}};
    request.body = boost::json::serialize(
        message("b", {{"MessageSystemAttributes", {{"AWSTraceHeader", attribute}}}}));
    world_.ask(request);
    const SqsReply reply =
        world_.receive(url, {{"MessageSystemAttributeNames", {"AWSTraceHeader"}}});
    EXPECT_EQ(reply.received(0).at("Attributes").at("AWSTraceHeader"),
              "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Sampled=1");
    EXPECT_EQ(reply.received(1).at("Attributes").at("AWSTraceHeader"), "Root=1");
}

TEST_F(SqsSendTest, attributes_are_checked_one_by_one) {
    const auto with = [&](object attributes) {
        return refusal_of(message("a", {{"MessageAttributes", std::move(attributes)}}));
    };
    EXPECT_EQ(with({{"n", {{"DataType", "Number"}, {"StringValue", "x"}}}}),
              "Can't cast the value of message (user) attribute 'n' to a number.");
    EXPECT_EQ(with({{"e", {{"DataType", "String"}, {"StringValue", ""}}}}),
              "Message (user) attribute 'e' must contain a non-empty value of type 'String'.");
    EXPECT_EQ(with({{"b", {{"DataType", "Binary"}, {"BinaryValue", "AQI="}}}}), "sent");
    EXPECT_EQ(with({{"b", {{"DataType", "Binary"}, {"BinaryValue", "?"}}}}),
              "Message (user) attribute 'b' must have one value: StringValue, or BinaryValue in "
              "Base64.");
    EXPECT_EQ(with({{"l", {{"DataType", "String"}, {"StringListValues", {"x"}}}}}),
              "Message attribute list values in SendMessage operation are not supported.");
    EXPECT_EQ(with({{"l",
                     {{"DataType", "String"},
                      {"StringValue", "x"},
                      {"StringListValues", array()},
                      {"BinaryListValues", array()}}}}),
              "sent");
    EXPECT_EQ(with({{"x", "text"}}), "MessageAttributes: x is no Structure");
    object eleven;
    for (int i = 0; i < 11; ++i) {
        eleven.emplace(fmt::format("a{}", i), object{{"DataType", "String"}, {"StringValue", "x"}});
    }
    EXPECT_EQ(with(eleven), "Number of message attributes [11] exceeds the allowed maximum [10].");
}

TEST_F(SqsSendTest, parameters_of_the_wrong_type_are_named) {
    EXPECT_EQ(refusal_of(message("a", {{"DelaySeconds", "5"}})),
              "DelaySeconds: STRING_VALUE can not be converted to an Integer");
    EXPECT_EQ(refusal_of(message("a", {{"DelaySeconds", 1.5}})),
              "DelaySeconds: NUMBER_VALUE can not be converted to an Integer");
    EXPECT_EQ(refusal_of(message("a", {{"MessageAttributes", 7}})),
              "MessageAttributes: NUMBER_VALUE can not be converted to a Structure");
    EXPECT_EQ(refusal_of({{"QueueUrl", url}, {"MessageBody", true}}),
              "MessageBody: BOOLEAN_VALUE can not be converted to a String");
    EXPECT_EQ(refusal_of(message("a", {{"DelaySeconds", nullptr}})), "sent");
}

TEST_F(SqsSendTest, a_delay_is_at_most_fifteen_minutes) {
    EXPECT_EQ(refusal_of(message("a", {{"DelaySeconds", 901}})),
              "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 "
              "and <= 900.");
    EXPECT_EQ(refusal_of(message("a", {{"DelaySeconds", 900}})), "sent");
    EXPECT_EQ(world_.attribute(url, "ApproximateNumberOfMessagesDelayed"), "1");
}

TEST_F(SqsSendTest, a_standard_queue_takes_groups_but_no_deduplication) {
    EXPECT_EQ(refusal_of(message("a", {{"MessageGroupId", "111122223333"}})), "sent");
    EXPECT_EQ(refusal_of(message("a", {{"MessageDeduplicationId", "x"}})),
              "Value x for parameter MessageDeduplicationId is invalid. Reason: The request "
              "include parameter that is not valid for this queue type.");
}

TEST_F(SqsSendTest, a_batch_fails_entry_by_entry) {
    const SqsReply reply = send_batch(
        {entry("1", "good"), entry("2", "bad\x01"), entry("3", ""), entry("4", "also good")});
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.ids("Successful"), (Strings{"1", "4"}));
    EXPECT_EQ(reply.ids("Failed"), (Strings{"2", "3"}));
    const auto& failure = reply.json.at("Failed").at(0);
    EXPECT_EQ(failure.at("Code").as_string(), "InvalidMessageContents");
    EXPECT_TRUE(failure.at("SenderFault").as_bool());
    EXPECT_EQ(reply.json.at("Failed").at(1).at("Code"), "EmptyValue");
    EXPECT_EQ(reply.json.at("Failed").at(1).at("Message"),
              "No Value Found for SendMessageBatchRequestEntry.3.MessageBody.");
    const auto& success = reply.json.at("Successful").at(0);
    EXPECT_EQ(success.at("MD5OfMessageBody").as_string(), "755f85c2723bb39381c7379a604160d8");
    EXPECT_EQ(world_.receive(url).bodies(), (Strings{"good", "also good"}));
    // What is empty is left out.
    EXPECT_FALSE(send_batch({entry("1", "good")}).json.as_object().contains("Failed"));
    EXPECT_FALSE(send_batch({entry("1", "")}).json.as_object().contains("Successful"));
}

TEST_F(SqsSendTest, a_batch_is_refused_as_a_whole_for_its_form) {
    const auto code = [&](array entries) {
        return std::string(
            send_batch(std::move(entries)).headers.get("x-amzn-query-error").value_or("sent"));
    };
    const std::string prefix = "AWS.SimpleQueueService.";
    EXPECT_EQ(code({}), prefix + "EmptyBatchRequest;Sender");
    EXPECT_EQ(code({entry("a", "x"), entry("a", "y")}), prefix + "BatchEntryIdsNotDistinct;Sender");
    EXPECT_EQ(code({entry("a b", "x")}), prefix + "InvalidBatchEntryId;Sender");
    EXPECT_EQ(code({entry("", "x")}), prefix + "InvalidBatchEntryId;Sender");
    EXPECT_EQ(code({object{{"MessageBody", "x"}}}), prefix + "InvalidBatchEntryId;Sender");
    EXPECT_EQ(code({entry(std::string(81, 'a'), "x")}), prefix + "InvalidBatchEntryId;Sender");
    array eleven;
    for (int i = 0; i < 11; ++i) {
        eleven.push_back(entry(fmt::format("{}", i), "x"));
    }
    EXPECT_EQ(code(eleven), prefix + "TooManyEntriesInBatchRequest;Sender");
    EXPECT_EQ(code({entry("a", "x"), 7}), "SerializationException;Sender");
    EXPECT_EQ(world_.json("SendMessageBatch", {{"QueueUrl", url}}).error(), "EmptyBatchRequest");
    EXPECT_EQ(world_.attribute(url, "ApproximateNumberOfMessages"), "0");
}

TEST_F(SqsSendTest, a_batch_has_a_total_size) {
    const std::string half(524'288, 'x');
    EXPECT_EQ(send_batch({entry("1", half), entry("2", half)}).status, 200);
    const SqsReply reply = send_batch({entry("1", half), entry("2", half), entry("3", "x")});
    EXPECT_EQ(reply.error(), "BatchRequestTooLong");
    EXPECT_EQ(reply.message(), "Batch requests cannot be longer than 1048576 bytes. You have sent "
                               "1048577 bytes.");
}

} // namespace
} // namespace exarch::sandbox
