#include "unit/sandbox/sqs/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

// Receiving, deleting and hiding, over the JSON protocol.

namespace exarch::sandbox {
namespace {

using namespace std::chrono_literals;
using boost::json::array;
using boost::json::object;
using Strings = std::vector<std::string>;

constexpr std::string_view url = "http://127.0.0.1:4600/111122223333/tasks";

class SqsReceiveTest : public testing::Test {
protected:
    void open(object attributes = {}, SqsParams params = {}) {
        world_.emplace(std::move(params));
        world_->create("tasks", std::move(attributes));
    }
    SqsReply receive(object more = {}) { return world_->receive(url, std::move(more)); }
    SqsReply remove(std::string_view handle) {
        return world_->json("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", handle}});
    }
    SqsReply hide(std::string_view handle, int seconds) {
        return world_->json(
            "ChangeMessageVisibility",
            {{"QueueUrl", url}, {"ReceiptHandle", handle}, {"VisibilityTimeout", seconds}});
    }

    std::optional<SqsWorld> world_;
};

TEST_F(SqsReceiveTest, a_message_comes_as_it_was_sent) {
    open();
    const std::string id = world_->send(url, "msg");
    const SqsReply reply = receive();
    const object& message = reply.received(0);
    EXPECT_EQ(message.at("MessageId").as_string(), id);
    EXPECT_EQ(message.at("Body").as_string(), "msg");
    EXPECT_EQ(message.at("MD5OfBody").as_string(), "6e2baaf3b97dbeef01c0043275f9a0e7");
    // Nothing that wasn't asked for.
    EXPECT_EQ(message.size(), 4U);
    EXPECT_EQ(receive().body, "{}");
}

TEST_F(SqsReceiveTest, system_attributes_come_when_asked_for_by_either_name) {
    open();
    world_->json("SendMessage",
                 {{"QueueUrl", url},
                  {"MessageBody", "a"},
                  {"MessageGroupId", "tenant"},
                  {"MessageSystemAttributes",
                   {{"AWSTraceHeader", {{"DataType", "String"}, {"StringValue", "Root=1"}}}}}});
    world_->advance(5s);
    const SqsReply all =
        receive({{"VisibilityTimeout", 0}, {"MessageSystemAttributeNames", {"All"}}});
    const object expected{
        {"SenderId", "AIDAPRODUCER"},     {"SentTimestamp", "1800000000000"},
        {"ApproximateReceiveCount", "1"}, {"ApproximateFirstReceiveTimestamp", "1800000005000"},
        {"MessageGroupId", "tenant"},     {"AWSTraceHeader", "Root=1"}};
    EXPECT_EQ(all.received(0).at("Attributes"), boost::json::value(expected));
    world_->advance(5s);
    const SqsReply some = receive(
        {{"AttributeNames", {"ApproximateReceiveCount"}},
         {"MessageSystemAttributeNames", {"ApproximateFirstReceiveTimestamp", "SequenceNumber"}}});
    EXPECT_EQ(some.received(0).at("Attributes"),
              boost::json::value({{"ApproximateReceiveCount", "2"},
                                  {"ApproximateFirstReceiveTimestamp", "1800000005000"}}));
    EXPECT_EQ(receive({{"MessageSystemAttributeNames", {"Colour"}}}).error(),
              "InvalidAttributeName");
}

TEST_F(SqsReceiveTest, message_attributes_are_filtered_and_digested_as_shown) {
    open();
    const auto text = [](std::string_view value) {
        return object{{"DataType", "String"}, {"StringValue", value}};
    };
    world_->json(
        "SendMessage",
        {{"QueueUrl", url},
         {"MessageBody", "msg"},
         {"MessageAttributes",
          {{"Hello", text("There")}, {"General", text("Kenobi")}, {"Help.Me", text("Me")}}}});
    // The digests are those that AWS was seen to answer for the same filters.
    const auto digest = [&](array names) {
        const SqsReply reply =
            receive({{"VisibilityTimeout", 0}, {"MessageAttributeNames", std::move(names)}});
        const auto* const md5 = reply.received(0).if_contains("MD5OfMessageAttributes");
        return md5 == nullptr ? std::string() : std::string(md5->as_string());
    };
    EXPECT_EQ(digest({}), "");
    EXPECT_EQ(digest({"All"}), "4c360f3fdafd970e05fae2f149d997f5");
    EXPECT_EQ(digest({".*"}), "4c360f3fdafd970e05fae2f149d997f5");
    EXPECT_EQ(digest({"*"}), "4c360f3fdafd970e05fae2f149d997f5");
    EXPECT_EQ(digest({"Foo"}), "");
    EXPECT_EQ(digest({"Hello", "General"}), "fca026605781cb4126a1e9044df24232");
    EXPECT_EQ(digest({"Foo", "Hello"}), "a311262e065454b75da111d535b8dacd");
    EXPECT_EQ(digest({"Hel.*"}), "83fee93c1bcd8b9a5a923ffacdc636c7");
}

TEST_F(SqsReceiveTest, binary_attributes_come_back_in_base64) {
    open();
    world_->json("SendMessage", {{"QueueUrl", url},
                                 {"MessageBody", "a"},
                                 {"MessageAttributes",
                                  {{"b", {{"DataType", "Binary"}, {"BinaryValue", "AAH/"}}}}}});
    const SqsReply reply = receive({{"MessageAttributeNames", {"b"}}});
    EXPECT_EQ(reply.received(0).at("MessageAttributes"),
              boost::json::value({{"b", {{"DataType", "Binary"}, {"BinaryValue", "AAH/"}}}}));
}

TEST_F(SqsReceiveTest, numbers_have_their_ranges) {
    open();
    const auto refusal = [&](std::string_view name, int value) {
        return world_->json("ReceiveMessage", {{"QueueUrl", url}, {name, value}}).message();
    };
    EXPECT_EQ(refusal("MaxNumberOfMessages", 11),
              "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 "
              "and 10, if provided.");
    EXPECT_EQ(refusal("MaxNumberOfMessages", 0),
              "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and "
              "10, if provided.");
    EXPECT_EQ(refusal("WaitTimeSeconds", 21),
              "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, "
              "if provided.");
    EXPECT_EQ(refusal("VisibilityTimeout", 43'201),
              "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 "
              "and 43200, if provided.");
}

TEST_F(SqsReceiveTest, a_long_poll_waits_for_a_message) {
    open();
    world_->arrived_at = world_->now.steady;
    const object wait{{"WaitTimeSeconds", 20}};
    SqsReply reply = receive(wait);
    EXPECT_EQ(reply.asks_again_at, *world_->arrived_at + 20s);
    world_->advance(7s);
    world_->send(url, "a");
    EXPECT_EQ(receive(wait).bodies(), Strings{"a"});
    // Nothing came: the answer is empty once the time is over.
    world_->advance(12s);
    EXPECT_TRUE(receive(wait).asks_again_at.has_value());
    world_->advance(1s);
    EXPECT_EQ(receive(wait).body, "{}");
}

TEST_F(SqsReceiveTest, a_long_poll_asks_again_when_a_hidden_message_will_show) {
    open({{"ReceiveMessageWaitTimeSeconds", "20"}});
    world_->json("SendMessage", {{"QueueUrl", url}, {"MessageBody", "a"}, {"DelaySeconds", 3}});
    world_->arrived_at = world_->now.steady;
    EXPECT_EQ(receive().asks_again_at, world_->now.steady + 3s);
    world_->advance(3s);
    EXPECT_EQ(receive({{"VisibilityTimeout", 5}}).bodies(), Strings{"a"});
    EXPECT_EQ(receive().asks_again_at, world_->now.steady + 5s);
    // A request can wish not to wait.
    EXPECT_EQ(receive({{"WaitTimeSeconds", 0}}).body, "{}");
}

TEST_F(SqsReceiveTest, a_long_poll_ends_with_its_queue) {
    open();
    world_->arrived_at = world_->now.steady;
    EXPECT_TRUE(receive({{"WaitTimeSeconds", 20}}).asks_again_at.has_value());
    world_->json("DeleteQueue", {{"QueueUrl", url}});
    EXPECT_EQ(receive({{"WaitTimeSeconds", 20}}).error(), "QueueDoesNotExist");
}

TEST_F(SqsReceiveTest, a_standard_queue_refuses_beyond_its_limit_in_flight) {
    open({}, {.in_flight_max = 3});
    for (const char* const body : {"a", "b", "c", "d"}) {
        world_->send(url, body);
    }
    const SqsReply first = receive();
    EXPECT_EQ(first.bodies(), (Strings{"a", "b", "c"}));
    EXPECT_EQ(receive().error(), "OverLimit");
    EXPECT_EQ(receive().status, 403);
    remove(first.handle());
    EXPECT_EQ(receive().bodies(), Strings{"d"});
}

TEST_F(SqsReceiveTest, deleting_twice_is_no_failure_but_a_made_up_handle_is) {
    open();
    world_->send(url, "a");
    const std::string handle = receive().handle();
    EXPECT_EQ(remove(handle).status, 200);
    EXPECT_EQ(remove(handle).status, 200);
    EXPECT_EQ(world_->attribute(url, "ApproximateNumberOfMessagesNotVisible"), "0");
    const SqsReply made_up = remove("made-up");
    EXPECT_EQ(made_up.status, 404);
    EXPECT_EQ(made_up.error(), "ReceiptHandleIsInvalid");
    EXPECT_EQ(made_up.message(),
              "The input receipt handle \"made-up\" is not a valid receipt handle.");
    EXPECT_EQ(remove("").error(), "MissingRequiredParameterException");
    EXPECT_EQ(remove(std::string(100'000, 'A')).error(), "ReceiptHandleIsInvalid");
}

TEST_F(SqsReceiveTest, a_handle_is_of_its_queue_only) {
    open();
    world_->create("other");
    world_->send("/111122223333/other", "a");
    const std::string handle = world_->receive("/111122223333/other").handle();
    for (const SqsReply& refused : {remove(handle), hide(handle, 10)}) {
        EXPECT_EQ(refused.status, 404);
        EXPECT_EQ(refused.error(), "ReceiptHandleIsInvalid");
        EXPECT_EQ(refused.message(),
                  "The receipt handle \"" + handle + "\" is not valid for this queue.");
    }
}

TEST_F(SqsReceiveTest, visibility_changes_and_its_refusals) {
    open();
    world_->send(url, "a");
    const std::string handle = receive().handle();
    EXPECT_EQ(hide(handle, 43'201).error(), "InvalidParameterValueException");
    EXPECT_EQ(hide(handle, -1).error(), "InvalidParameterValueException");
    EXPECT_EQ(
        world_->json("ChangeMessageVisibility", {{"QueueUrl", url}, {"ReceiptHandle", handle}})
            .error(),
        "MissingRequiredParameterException");
    world_->advance(1s);
    EXPECT_EQ(hide(handle, 43'200).message(),
              "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total "
              "VisibilityTimeout for the message is beyond the limit [43200 seconds].");
    EXPECT_EQ(hide(handle, 0).status, 200);
    EXPECT_EQ(hide(handle, 10).status, 200);
    remove(receive().handle());
    EXPECT_EQ(hide(handle, 10).message(),
              "Value " + handle +
                  " for parameter ReceiptHandle is invalid. Reason: Message does not exist or is "
                  "not available for visibility timeout change.");
    EXPECT_EQ(hide("made-up", 10).error(), "ReceiptHandleIsInvalid");
}

TEST_F(SqsReceiveTest, batches_of_handles_fail_one_by_one) {
    open();
    world_->send(url, "a");
    world_->send(url, "b");
    const SqsReply received = receive();
    const SqsReply hidden = world_->json(
        "ChangeMessageVisibilityBatch",
        {{"QueueUrl", url},
         {"Entries",
          {{{"Id", "1"}, {"ReceiptHandle", received.handle(0)}, {"VisibilityTimeout", 60}},
           {{"Id", "2"}, {"ReceiptHandle", "made-up"}, {"VisibilityTimeout", 60}}}}});
    EXPECT_EQ(hidden.ids("Successful"), Strings{"1"});
    EXPECT_EQ(hidden.ids("Failed"), Strings{"2"});
    const SqsReply removed =
        world_->json("DeleteMessageBatch", {{"QueueUrl", url},
                                            {"Entries",
                                             {{{"Id", "x"}, {"ReceiptHandle", received.handle(0)}},
                                              {{"Id", "y"}, {"ReceiptHandle", received.handle(1)}},
                                              {{"Id", "z"}, {"ReceiptHandle", "made-up"}}}}});
    EXPECT_EQ(removed.ids("Successful"), (Strings{"x", "y"}));
    EXPECT_EQ(removed.json.at("Failed").at(0).at("Code").as_string(), "ReceiptHandleIsInvalid");
    EXPECT_EQ(world_->attribute(url, "ApproximateNumberOfMessagesNotVisible"), "0");
    EXPECT_EQ(world_->json("DeleteMessageBatch", {{"QueueUrl", url}, {"Entries", array()}}).error(),
              "EmptyBatchRequest");
}

TEST_F(SqsReceiveTest, batches_ask_for_the_permission_of_the_single_operation) {
    open();
    world_->accesses.clear();
    for (const std::string_view operation :
         {"SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"}) {
        world_->json(operation, {{"QueueUrl", url}});
    }
    Strings actions;
    for (const Access& access : world_->accesses) {
        actions.push_back(access.action);
    }
    EXPECT_EQ(actions,
              (Strings{"sqs:sendmessage", "sqs:deletemessage", "sqs:changemessagevisibility"}));
}

TEST_F(SqsReceiveTest, tens_of_thousands_of_messages_come_and_go) {
    open();
    constexpr int batches = 3000;
    for (int i = 0; i < batches; ++i) {
        array entries;
        for (int j = 0; j < 10; ++j) {
            entries.push_back(
                object{{"Id", fmt::to_string(j)}, {"MessageBody", fmt::format("{}-{}", i, j)}});
        }
        world_->json("SendMessageBatch", {{"QueueUrl", url}, {"Entries", std::move(entries)}});
    }
    EXPECT_EQ(world_->attribute(url, "ApproximateNumberOfMessages"), "30000");
    for (int i = 0; i < batches; ++i) {
        const SqsReply received = receive();
        array entries;
        for (std::size_t j = 0; j < received.bodies().size(); ++j) {
            entries.push_back(
                object{{"Id", fmt::to_string(j)}, {"ReceiptHandle", received.handle(j)}});
        }
        world_->json("DeleteMessageBatch", {{"QueueUrl", url}, {"Entries", std::move(entries)}});
    }
    EXPECT_EQ(receive().body, "{}");
    EXPECT_EQ(world_->attribute(url, "ApproximateNumberOfMessagesNotVisible"), "0");
}

} // namespace
} // namespace exarch::sandbox
