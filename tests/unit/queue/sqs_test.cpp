#include "base/json.hpp"
#include "queue/sqs.hpp"
#include "unit/aws/loopback.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include <algorithm>
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

aws::Endpoint endpoint_of(const Loopback& loopback) {
    aws::Endpoint endpoint;
    endpoint.origin = loopback.origin();
    endpoint.signing_name = "sqs";
    endpoint.signing_region = base::Region("eu-west-1");
    return endpoint;
}

std::vector<std::int64_t> receive_all(const std::vector<http::Response>& script) {
    std::size_t next = 0;
    Loopback loopback([&](const http::Request&) { return script.at(next++); });
    ScriptedProvider provider;
    const aws::Sqs sqs(loopback.caller, provider, endpoint_of(loopback));
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

/// A dead-letter queue that several share. It hands out what is not hidden, in order.
class SharedLetters : public testing::Test {
protected:
    struct Letter {
        std::string id;
        std::string source;
        bool is_hidden = false;
    };

    http::Response answer(const http::Request& request) {
        const boost::json::value body = base::parse_json(request.body).value();
        if (const auto* entries = body.as_object().if_contains("Entries")) {
            return show(entries->as_array());
        }
        if (!body.as_object().contains("WaitTimeSeconds")) {
            return depth();
        }
        waits_.push_back(body.at("WaitTimeSeconds").as_int64());
        boost::json::array messages;
        for (Letter& letter : letters_) {
            if (!letter.is_hidden && messages.size() < 10) {
                letter.is_hidden = !is_forgetful_;
                messages.push_back(boost::json::object{
                    {"MessageId", letter.id},
                    {"ReceiptHandle", letter.id},
                    {"Body", "x"},
                    {"Attributes", {{"DeadLetterQueueSourceArn", letter.source}}}});
            }
        }
        return aws::response(200,
                             boost::json::serialize(boost::json::object{{"Messages", messages}}));
    }

    http::Response show(const boost::json::array& entries) {
        boost::json::array done;
        for (const boost::json::value& entry : entries) {
            EXPECT_EQ(entry.at("VisibilityTimeout").as_int64(), 0);
            for (Letter& letter : letters_) {
                letter.is_hidden =
                    letter.is_hidden && letter.id != entry.at("ReceiptHandle").as_string();
            }
            done.push_back(boost::json::object{{"Id", entry.at("Id")}});
        }
        return aws::response(200,
                             boost::json::serialize(boost::json::object{{"Successful", done}}));
    }

    [[nodiscard]] std::size_t hidden() const {
        return static_cast<std::size_t>(std::ranges::count_if(letters_, &Letter::is_hidden));
    }

    [[nodiscard]] http::Response depth() const {
        const boost::json::object counts{
            {"ApproximateNumberOfMessages", std::to_string(letters_.size() - hidden())},
            {"ApproximateNumberOfMessagesNotVisible", std::to_string(hidden())}};
        return aws::response(200,
                             boost::json::serialize(boost::json::object{{"Attributes", counts}}));
    }

    void put(std::size_t count, const std::string& from) {
        for (std::size_t i = 0; i < count; ++i) {
            letters_.push_back({.id = "m" + std::to_string(letters_.size()), .source = from});
        }
    }

    std::vector<std::string> receive() {
        const auto received = loopback_.run(queue_.receive(std::chrono::seconds(20)));
        EXPECT_TRUE(received.has_value());
        std::vector<std::string> ids;
        for (const Message& message : received.value_or(std::vector<Message>())) {
            ids.push_back(message.message_id);
        }
        return ids;
    }

    const std::string arn_ = "arn:aws:sqs:eu-west-1:999900001111:tasks";
    const aws::QueueUrl source_{"https://sqs.eu-west-1.amazonaws.com/999900001111/tasks"};
    std::vector<Letter> letters_;
    std::vector<std::int64_t> waits_;
    /// What is received is shown again before the next receive.
    bool is_forgetful_ = false;
    Loopback loopback_{[this](const http::Request& request) { return answer(request); }};
    ScriptedProvider provider_;
    aws::Sqs sqs_{loopback_.caller, provider_, endpoint_of(loopback_)};
    SqsQueue queue_{sqs_,
                    {.url = aws::QueueUrl(queue_path),
                     .dead_letters_of = DeadLetterQueue{aws::QueueUrl(queue_path), source_, arn_}}};
};

TEST_F(SharedLetters, only_the_source_s_are_taken_and_counted) {
    put(1, arn_);
    put(1, "arn:other");
    put(1, "");
    EXPECT_EQ(queue_.name(), source_.value());
    EXPECT_EQ(receive(), std::vector<std::string>{"m0"});
    EXPECT_FALSE(queue_.is_for_others());
    EXPECT_EQ(receive(), std::vector<std::string>());
    const auto left = loopback_.run(queue_.depth());
    ASSERT_TRUE(left.has_value());
    EXPECT_EQ(left->visible, 0);
    EXPECT_EQ(left->in_flight, 1);
}

TEST_F(SharedLetters, are_found_behind_those_of_others_which_are_given_back) {
    put(25, "arn:other");
    put(2, arn_);
    put(3, "arn:other");
    EXPECT_EQ(receive(), (std::vector<std::string>{"m25", "m26"}));
    EXPECT_FALSE(queue_.is_for_others());
    letters_.erase(letters_.begin() + 25, letters_.begin() + 27);
    EXPECT_EQ(receive(), std::vector<std::string>());
    EXPECT_TRUE(queue_.is_for_others());
    EXPECT_EQ(hidden(), 0U);
    // Those that are hidden would be shown again within a long wait.
    EXPECT_EQ(waits_, (std::vector<std::int64_t>{20, 1, 1, 1}));
    EXPECT_TRUE(loopback_.run(queue_.depth())->is_empty());
    letters_.clear();
    EXPECT_EQ(receive(), std::vector<std::string>());
    EXPECT_FALSE(queue_.is_for_others());
    EXPECT_EQ(waits_.back(), 20);
}

TEST_F(SharedLetters, of_others_without_end_are_not_looked_through_to_the_end) {
    put(2000, "arn:other");
    EXPECT_EQ(receive(), std::vector<std::string>());
    EXPECT_TRUE(queue_.is_for_others());
    EXPECT_EQ(hidden(), 0U);
    EXPECT_EQ(waits_.size(), 100U);
    // The same ones, again and again, within one look.
    is_forgetful_ = true;
    EXPECT_EQ(receive(), std::vector<std::string>());
    EXPECT_EQ(waits_.size(), 200U);
}

} // namespace
} // namespace exarch::queue
