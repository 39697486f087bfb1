#include "unit/sandbox/sqs/support.hpp"

#include <gtest/gtest.h>

#include <string>

// Dead-letter queues and moving messages out of them, over the JSON protocol.

namespace exarch::sandbox {
namespace {

using namespace std::chrono_literals;
using boost::json::object;
using Strings = std::vector<std::string>;

constexpr std::string_view url = "http://127.0.0.1:4600/111122223333/tasks";
constexpr std::string_view dead_url = "http://127.0.0.1:4600/111122223333/dead";
constexpr std::string_view tasks_arn = "arn:aws:sqs:eu-west-1:111122223333:tasks";
constexpr std::string_view dead_arn = "arn:aws:sqs:eu-west-1:111122223333:dead";
constexpr std::string_view redrive =
    R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead","maxReceiveCount":1})";

class SqsDeadLetterTest : public testing::Test {
protected:
    SqsDeadLetterTest() {
        world_.create("dead");
        world_.create("tasks", {{"RedrivePolicy", redrive}, {"VisibilityTimeout", "0"}});
    }
    /// Sends it and receives it often enough to make it a dead letter.
    void kill(std::string_view body) {
        world_.send(url, body);
        world_.receive(url);
        world_.receive(url);
    }
    std::string visible(std::string_view queue) {
        return world_.attribute(queue, "ApproximateNumberOfMessages");
    }
    std::string refusal_of(std::string_view policy) {
        const SqsReply reply = world_.json(
            "SetQueueAttributes", {{"QueueUrl", url}, {"Attributes", {{"RedrivePolicy", policy}}}});
        const std::string message = reply.status == 200 ? "Reason: set" : reply.message();
        return message.substr(message.find("Reason: ") + 8);
    }
    SqsReply start(object more = {}) {
        more.emplace("SourceArn", dead_arn);
        return world_.json("StartMessageMoveTask", std::move(more));
    }
    object latest() {
        return world_.json("ListMessageMoveTasks", {{"SourceArn", dead_arn}})
            .json.at("Results")
            .at(0)
            .as_object();
    }

    SqsWorld world_;
};

TEST_F(SqsDeadLetterTest, a_message_received_too_often_goes_there) {
    const std::string id = world_.send(url, "bad");
    EXPECT_EQ(world_.receive(url).bodies(), Strings{"bad"});
    EXPECT_EQ(visible(dead_url), "0");
    world_.advance(10s);
    EXPECT_EQ(world_.receive(url).bodies(), Strings{});
    EXPECT_EQ(visible(url), "0");
    const SqsReply dead = world_.receive(dead_url, {{"MessageSystemAttributeNames", {"All"}}});
    EXPECT_EQ(dead.received(0).at("MessageId").as_string(), id);
    // It keeps the time at which it was sent, and with it its age.
    EXPECT_EQ(dead.received(0).at("Attributes"),
              boost::json::value({{"SenderId", "AIDAPRODUCER"},
                                  {"SentTimestamp", "1800000000000"},
                                  {"ApproximateReceiveCount", "2"},
                                  {"ApproximateFirstReceiveTimestamp", "1800000000000"},
                                  {"DeadLetterQueueSourceArn", tasks_arn}}));
}

TEST_F(SqsDeadLetterTest, a_dead_letter_is_dropped_at_the_age_of_its_first_queue) {
    world_.json("SetQueueAttributes",
                {{"QueueUrl", dead_url}, {"Attributes", {{"MessageRetentionPeriod", "60"}}}});
    world_.send(url, "bad");
    world_.receive(url);
    world_.advance(59s);
    world_.receive(url);
    EXPECT_EQ(visible(dead_url), "1");
    world_.advance(1s);
    EXPECT_EQ(visible(dead_url), "0");
}

TEST_F(SqsDeadLetterTest, without_the_queue_messages_stay) {
    world_.json("DeleteQueue", {{"QueueUrl", dead_url}});
    kill("bad");
    EXPECT_EQ(world_.receive(url).bodies(), Strings{"bad"});
}

TEST_F(SqsDeadLetterTest, policies_name_a_queue_that_fits) {
    const auto policy = [](std::string_view arn) {
        return R"({"deadLetterTargetArn":")" + std::string(arn) + R"(","maxReceiveCount":3})";
    };
    EXPECT_EQ(refusal_of(policy("arn:aws:sqs:eu-west-1:111122223333:none")),
              "Dead letter target does not exist.");
    EXPECT_EQ(refusal_of(policy("arn:aws:sqs:us-east-1:111122223333:dead")),
              "Dead letter queue must be in the same account and region as the source.");
    // AWS lets a queue take its own.
    EXPECT_EQ(refusal_of(policy(tasks_arn)), "set");
    world_.create("d.fifo", {{"FifoQueue", "true"}});
    EXPECT_EQ(refusal_of(policy("arn:aws:sqs:eu-west-1:111122223333:d.fifo")),
              "Dead letter queue must be same type of queue as the source.");
    world_.create("closed", {{"RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})"}});
    EXPECT_EQ(refusal_of(policy("arn:aws:sqs:eu-west-1:111122223333:closed")),
              "The RedriveAllowPolicy of the dead letter queue doesn't allow this source queue.");
    EXPECT_EQ(refusal_of(policy(dead_arn)), "set");
    EXPECT_EQ(refusal_of(""), "set");
    EXPECT_EQ(world_.attribute(url, "RedrivePolicy"), "absent");
}

TEST_F(SqsDeadLetterTest, sources_are_listed) {
    const SqsReply reply = world_.json("ListDeadLetterSourceQueues", {{"QueueUrl", dead_url}});
    EXPECT_EQ(reply.body, R"({"queueUrls":["http://127.0.0.1:4600/111122223333/tasks"]})");
    EXPECT_EQ(world_.json("ListDeadLetterSourceQueues", {{"QueueUrl", url}}).body,
              R"({"queueUrls":[]})");
}

TEST_F(SqsDeadLetterTest, a_move_takes_messages_back_as_new_ones) {
    kill("bad");
    kill("worse");
    world_.advance(10s);
    EXPECT_EQ(start().status, 200);
    EXPECT_EQ(latest().at("Status").as_string(), "RUNNING");
    EXPECT_EQ(latest().at("ApproximateNumberOfMessagesMoved").as_int64(), 0);
    world_.advance(1s);
    const object task = latest();
    EXPECT_EQ(task.at("Status").as_string(), "COMPLETED");
    EXPECT_EQ(task.at("ApproximateNumberOfMessagesMoved").as_int64(), 2);
    EXPECT_EQ(task.at("ApproximateNumberOfMessagesToMove").as_int64(), 2);
    EXPECT_EQ(task.at("StartedTimestamp").as_int64(), 1'800'000'010'000);
    EXPECT_FALSE(task.contains("TaskHandle"));
    EXPECT_FALSE(task.contains("DestinationArn"));
    EXPECT_EQ(visible(dead_url), "0");
    const SqsReply back = world_.receive(url, {{"MessageSystemAttributeNames", {"All"}}});
    EXPECT_EQ(back.bodies(), (Strings{"bad", "worse"}));
    EXPECT_EQ(back.received(0).at("Attributes").at("ApproximateReceiveCount").as_string(), "1");
    EXPECT_EQ(back.received(0).at("Attributes").at("SentTimestamp").as_string(), "1800000011000");
}

TEST_F(SqsDeadLetterTest, a_move_keeps_to_its_rate_and_can_be_cancelled) {
    world_.create("other");
    for (const char* const body : {"1", "2", "3", "4"}) {
        kill(body);
    }
    const SqsReply started =
        start({{"MaxNumberOfMessagesPerSecond", 1},
               {"DestinationArn", "arn:aws:sqs:eu-west-1:111122223333:other"}});
    const std::string handle = started.text("TaskHandle");
    EXPECT_EQ(latest().at("TaskHandle").as_string(), handle);
    EXPECT_EQ(start().error(), "InvalidParameterValueException");
    // A long poll there is asked again when the next message comes.
    world_.arrived_at = world_.now.steady;
    EXPECT_EQ(world_.receive("/111122223333/other", {{"WaitTimeSeconds", 20}}).asks_again_at,
              world_.now.steady + 1s);
    world_.advance(2s);
    EXPECT_EQ(visible("/111122223333/other"), "2");
    const SqsReply cancelled = world_.json("CancelMessageMoveTask", {{"TaskHandle", handle}});
    EXPECT_EQ(cancelled.body, R"({"ApproximateNumberOfMessagesMoved":2})");
    world_.advance(10s);
    EXPECT_EQ(visible("/111122223333/other"), "2");
    EXPECT_EQ(latest().at("Status").as_string(), "CANCELLED");
    EXPECT_EQ(world_.json("CancelMessageMoveTask", {{"TaskHandle", handle}}).error(),
              "UnsupportedOperation");
    EXPECT_EQ(start().status, 200);
}

TEST_F(SqsDeadLetterTest, a_move_fails_with_its_destination) {
    kill("1");
    kill("2");
    start({{"MaxNumberOfMessagesPerSecond", 1}});
    world_.advance(1s);
    world_.json("DeleteQueue", {{"QueueUrl", url}});
    world_.advance(1s);
    const object task = latest();
    EXPECT_EQ(task.at("Status").as_string(), "FAILED");
    EXPECT_EQ(task.at("FailureReason").as_string(), "CouldNotDetermineMessageSource");
    EXPECT_EQ(visible(dead_url), "1");
}

TEST_F(SqsDeadLetterTest, moves_that_make_no_sense_are_refused) {
    EXPECT_EQ(start({{"MaxNumberOfMessagesPerSecond", 501}}).error(),
              "InvalidParameterValueException");
    EXPECT_EQ(start({{"DestinationArn", dead_arn}}).message(),
              "Source queue arn and destination queue arn cannot be the same.");
    const SqsReply missing = start({{"DestinationArn", "arn:aws:sqs:eu-west-1:111122223333:none"}});
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.error(), "ResourceNotFoundException");
    EXPECT_EQ(world_.json("StartMessageMoveTask", {{"SourceArn", tasks_arn}}).message(),
              "Source queue must be configured as a Dead Letter Queue.");
    EXPECT_EQ(world_.json("StartMessageMoveTask", {{"SourceArn", "nonsense"}}).status, 404);
    EXPECT_EQ(world_.json("ListMessageMoveTasks", {{"SourceArn", "nonsense"}}).status, 404);
    EXPECT_EQ(world_.json("CancelMessageMoveTask", {{"TaskHandle", "x"}}).message(),
              "Value for parameter TaskHandle is invalid.");
    const std::string handle = start().text("TaskHandle");
    SqsWorld other;
    EXPECT_EQ(other.json("CancelMessageMoveTask", {{"TaskHandle", handle}}).message(),
              "The resource that you specified for the SourceArn parameter doesn't exist.");
    other.create("dead");
    EXPECT_EQ(other.json("CancelMessageMoveTask", {{"TaskHandle", handle}}).message(),
              "Task does not exist.");
}

TEST_F(SqsDeadLetterTest, a_move_needs_the_permissions_of_what_it_does) {
    world_.refused_action = "sqs:sendmessage";
    EXPECT_EQ(start({{"DestinationArn", tasks_arn}}).error(), "AccessDeniedException");
    world_.refused_action = "sqs:deletemessage";
    EXPECT_EQ(start().error(), "AccessDeniedException");
}

TEST_F(SqsDeadLetterTest, fifo_letters_keep_their_group_and_get_a_new_sequence) {
    world_.create("d.fifo", {{"FifoQueue", "true"}});
    const std::string fifo = world_.create(
        "q.fifo",
        {{"FifoQueue", "true"},
         {"VisibilityTimeout", "0"},
         {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:d.fifo",)"
                           R"("maxReceiveCount":"1"})"}});
    world_.json("SendMessage", {{"QueueUrl", fifo},
                                {"MessageBody", "a"},
                                {"MessageGroupId", "g"},
                                {"MessageDeduplicationId", "d"}});
    world_.receive(fifo);
    world_.advance(3s);
    world_.receive(fifo);
    const SqsReply dead =
        world_.receive("/111122223333/d.fifo",
                       {{"MessageSystemAttributeNames", {"MessageGroupId", "SentTimestamp"}}});
    EXPECT_EQ(dead.received(0).at("Attributes"),
              boost::json::value({{"SentTimestamp", "1800000003000"}, {"MessageGroupId", "g"}}));
}

} // namespace
} // namespace exarch::sandbox
