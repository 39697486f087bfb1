#include "base/json.hpp"
#include "queue/sqs.hpp"
#include "unit/aws/loopback.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::queue {
namespace {

using aws::Loopback;
using aws::ScriptedProvider;

const std::string queue_path = "https://sqs.eu-west-1.amazonaws.com/999900001111/q";

/// How many messages each request asked for.
std::vector<std::int64_t> asked_for(const Loopback& loopback) {
    std::vector<std::int64_t> counts;
    for (const http::Request& request : loopback.requests) {
        const boost::json::value body = base::parse_json(request.body).value();
        counts.push_back(body.at("MaxNumberOfMessages").as_int64());
    }
    return counts;
}

std::vector<std::int64_t> receive_all(const std::vector<http::Response>& script) {
    std::size_t next = 0;
    Loopback loopback([&](const http::Request&) { return script.at(next++); });
    ScriptedProvider provider;
    aws::Endpoint endpoint;
    endpoint.origin = loopback.origin();
    endpoint.signing_name = "sqs";
    endpoint.signing_region = base::Region("eu-west-1");
    const aws::Sqs sqs(loopback.caller, provider, endpoint);
    SqsQueue queue(sqs, {.url = aws::QueueUrl(queue_path)});
    for (const http::Response& each : script) {
        const auto received = loopback.run(queue.receive(std::chrono::seconds(0)));
        EXPECT_EQ(received.has_value(), each.body == "{}") << each.body;
    }
    return asked_for(loopback);
}

TEST(SqsQueueTest, after_a_reply_that_could_not_be_taken_in_it_asks_for_one_message) {
    // Ten large messages that do not fit would come again and again, and never be received.
    const http::Response good = aws::response(200, "{}");
    const http::Response cut = aws::response(200, "{\"Messages\": [");
    EXPECT_EQ(receive_all({good, cut, good, good, good, good, good}),
              (std::vector<std::int64_t>{10, 10, 1, 2, 4, 8, 10}));
}

TEST(SqsQueueTest, after_a_refusal_it_asks_for_as_many_as_before) {
    const http::Response good = aws::response(200, "{}");
    const http::Response refused = aws::response(400, R"({"__type": "x#RequestThrottled"})");
    EXPECT_EQ(receive_all({good, refused, good}), (std::vector<std::int64_t>{10, 10, 10}));
}

TEST(SqsQueueTest, of_a_dead_letter_queue_only_the_source_s_messages_are_taken_and_counted) {
    const std::string arn = "arn:aws:sqs:eu-west-1:999900001111:tasks";
    const std::string own = R"({"MessageId": "m1", "ReceiptHandle": "r1", "Body": "a",)"
                            R"("Attributes": {"DeadLetterQueueSourceArn": ")" +
                            arn + R"("}})";
    const std::string other = R"({"MessageId": "m2", "ReceiptHandle": "r2", "Body": "b",)"
                              R"("Attributes": {"DeadLetterQueueSourceArn": "arn:other"}})";
    const std::string by_hand = R"({"MessageId": "m3", "ReceiptHandle": "r3", "Body": "c"})";
    Loopback loopback([&](const http::Request& request) {
        if (request.body.contains("AttributeNames\":[\"Approximate")) {
            return aws::response(200, R"({"Attributes": {"ApproximateNumberOfMessages": "2",)"
                                      R"("ApproximateNumberOfMessagesNotVisible": "1"}})");
        }
        return aws::response(200, R"({"Messages": [)" + own + "," + other + "," + by_hand + "]}");
    });
    ScriptedProvider provider;
    aws::Endpoint endpoint;
    endpoint.origin = loopback.origin();
    endpoint.signing_name = "sqs";
    endpoint.signing_region = base::Region("eu-west-1");
    const aws::Sqs sqs(loopback.caller, provider, endpoint);
    const aws::QueueUrl source("https://sqs.eu-west-1.amazonaws.com/999900001111/tasks");
    SqsQueue queue(sqs,
                   {.url = aws::QueueUrl(queue_path),
                    .dead_letters_of = DeadLetterQueue{aws::QueueUrl(queue_path), source, arn}});
    EXPECT_EQ(queue.name(), source.value());
    const auto received = loopback.run(queue.receive(std::chrono::seconds(0)));
    ASSERT_TRUE(received.has_value());
    ASSERT_EQ(received->size(), 1U);
    EXPECT_EQ(received->front().message_id, "m1");
    const auto depth = loopback.run(queue.depth());
    ASSERT_TRUE(depth.has_value());
    EXPECT_EQ(depth->visible, 1);
    EXPECT_EQ(depth->in_flight, 0);
}

} // namespace
} // namespace exarch::queue
