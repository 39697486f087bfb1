#include "unit/sandbox/sqs/support.hpp"

#include <gtest/gtest.h>

#include <string>

// FIFO queues, over the JSON protocol; their order and deduplication are tested with the model.

namespace exarch::sandbox {
namespace {

using namespace std::chrono_literals;
using boost::json::array;
using boost::json::object;
using Strings = std::vector<std::string>;

constexpr std::string_view url = "http://127.0.0.1:4600/111122223333/tasks.fifo";

class SqsFifoTest : public testing::Test {
protected:
    void open(object attributes = {}, SqsParams params = {}) {
        world_.emplace(std::move(params));
        attributes.emplace("FifoQueue", "true");
        world_->create("tasks.fifo", std::move(attributes));
    }
    SqsReply send(std::string_view body, std::string_view group, std::string_view id = "") {
        object parameters{{"QueueUrl", url}, {"MessageBody", body}, {"MessageGroupId", group}};
        if (!id.empty()) {
            parameters.emplace("MessageDeduplicationId", id);
        }
        return world_->json("SendMessage", parameters);
    }

    std::optional<SqsWorld> world_;
};

TEST_F(SqsFifoTest, tells_group_deduplication_and_sequence) {
    open();
    const SqsReply sent = send("a", "g", "d1");
    const SqsReply received =
        world_->receive(url, {{"MessageSystemAttributeNames",
                               {"SequenceNumber", "MessageGroupId", "MessageDeduplicationId"}}});
    EXPECT_EQ(received.received(0).at("Attributes"),
              boost::json::value({{"SequenceNumber", sent.text("SequenceNumber")},
                                  {"MessageGroupId", "g"},
                                  {"MessageDeduplicationId", "d1"}}));
}

TEST_F(SqsFifoTest, needs_a_group_and_something_to_tell_duplicates_by) {
    open();
    const SqsReply no_group = world_->json(
        "SendMessage", {{"QueueUrl", url}, {"MessageBody", "a"}, {"MessageDeduplicationId", "d"}});
    EXPECT_EQ(no_group.error(), "MissingRequiredParameterException");
    EXPECT_EQ(no_group.headers.get("x-amzn-query-error"), "MissingParameter;Sender");
    EXPECT_EQ(no_group.message(), "The request must contain the parameter MessageGroupId.");
    EXPECT_EQ(send("a", "g").message(),
              "The queue should either have ContentBasedDeduplication enabled or "
              "MessageDeduplicationId provided explicitly");
    EXPECT_EQ(send("a", "g", "d d").error(), "InvalidParameterValueException");
    EXPECT_EQ(send("a", "g g", "d").error(), "InvalidParameterValueException");
}

TEST_F(SqsFifoTest, a_batch_without_groups_is_refused_as_a_whole) {
    open();
    const SqsReply reply = world_->json(
        "SendMessageBatch",
        {{"QueueUrl", url},
         {"Entries",
          array{object{{"Id", "1"},
                       {"MessageBody", "a"},
                       {"MessageGroupId", "g"},
                       {"MessageDeduplicationId", "d"}},
                object{{"Id", "2"}, {"MessageBody", "a"}, {"MessageDeduplicationId", "e"}}}}});
    EXPECT_EQ(reply.error(), "InvalidParameterValueException");
    EXPECT_EQ(world_->receive(url).body, "{}");
}

TEST_F(SqsFifoTest, a_duplicate_is_answered_as_the_first_was) {
    open({{"ContentBasedDeduplication", "true"}});
    const SqsReply first = send("a", "g");
    world_->advance(1min);
    const SqsReply second = send("a", "g");
    EXPECT_EQ(second.text("MessageId"), first.text("MessageId"));
    EXPECT_EQ(second.text("SequenceNumber"), first.text("SequenceNumber"));
    EXPECT_NE(send("a", "g", "other").text("MessageId"), first.text("MessageId"));
    EXPECT_EQ(world_->attribute(url, "ApproximateNumberOfMessages"), "2");
}

TEST_F(SqsFifoTest, delays_are_the_queues_alone) {
    open({{"DelaySeconds", "5"}});
    const SqsReply reply = world_->json("SendMessage", {{"QueueUrl", url},
                                                        {"MessageBody", "a"},
                                                        {"MessageGroupId", "g"},
                                                        {"MessageDeduplicationId", "d"},
                                                        {"DelaySeconds", 2}});
    EXPECT_EQ(reply.message(), "Value 2 for parameter DelaySeconds is invalid. Reason: The request "
                               "include parameter that is not valid for this queue type.");
    send("a", "g", "d");
    EXPECT_EQ(world_->receive(url).body, "{}");
    world_->advance(5s);
    EXPECT_EQ(world_->receive(url).bodies(), Strings{"a"});
}

TEST_F(SqsFifoTest, an_expired_handle_deletes_nothing) {
    open({{"VisibilityTimeout", "1"}});
    send("a", "g", "d");
    const std::string handle = world_->receive(url).handle();
    world_->advance(1s);
    const SqsReply reply =
        world_->json("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", handle}});
    EXPECT_EQ(reply.error(), "InvalidParameterValueException");
    EXPECT_EQ(reply.message(), "Value " + handle +
                                   " for parameter ReceiptHandle is invalid. Reason: The receipt "
                                   "handle has expired.");
    const SqsReply batch = world_->json(
        "DeleteMessageBatch",
        {{"QueueUrl", url}, {"Entries", array{object{{"Id", "1"}, {"ReceiptHandle", handle}}}}});
    EXPECT_EQ(batch.json.at("Failed"),
              boost::json::value({{{"Id", "1"},
                                   {"SenderFault", true},
                                   {"Code", "ReceiptHandleIsInvalid"},
                                   {"Message", "The receipt handle has expired"}}}));
    EXPECT_EQ(world_->receive(url).bodies(), Strings{"a"});
}

TEST_F(SqsFifoTest, says_nothing_of_its_limit_in_flight) {
    open({}, {.in_flight_max = 1});
    send("a", "g", "1");
    send("b", "h", "2");
    EXPECT_EQ(world_->receive(url).bodies(), Strings{"a"});
    EXPECT_EQ(world_->receive(url).body, "{}");
}

TEST_F(SqsFifoTest, receive_that_is_tried_again_gets_the_same_and_hides_it_anew) {
    open({{"ContentBasedDeduplication", "true"}});
    send("1", "a");
    send("2", "a");
    send("3", "b");
    const auto receive = [&](std::string_view attempt, std::int64_t count = 10) {
        return world_->receive(url, {{"ReceiveRequestAttemptId", attempt},
                                     {"MaxNumberOfMessages", count},
                                     {"VisibilityTimeout", 30}});
    };
    const SqsReply first = receive("attempt", 2);
    EXPECT_EQ(first.bodies(), (Strings{"1", "2"}));
    world_->advance(20s);
    const SqsReply again = receive("attempt", 2);
    EXPECT_EQ(again.json, first.json);
    EXPECT_EQ(receive("another").bodies(), Strings{"3"});
    world_->advance(20s);
    // Still hidden, since it was hidden anew; then visible, and so delivered anew.
    EXPECT_EQ(receive("attempt").handle(), first.handle());
    world_->advance(31s);
    const SqsReply later = receive("attempt");
    EXPECT_EQ(later.bodies(), (Strings{"3", "1", "2"}));
    EXPECT_NE(later.handle(), first.handle());
    world_->json("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", later.handle()}});
    EXPECT_EQ(receive("attempt").bodies(), Strings{});
    EXPECT_EQ(receive("").error(), "InvalidParameterValueException");
}

} // namespace
} // namespace exarch::sandbox
