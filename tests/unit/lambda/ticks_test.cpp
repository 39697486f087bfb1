#include "lambda/events/scheduled_event.hpp"
#include "lambda/table/ticks.hpp"
#include "unit/table/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace exarch::lambda {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const base::AccountId account("111122223333");
constexpr base::Timestamp now(milliseconds(1'795'000'000'000));

TEST(tick, is_read_as_it_is_written) {
    EXPECT_EQ(format_tick(account), R"({"aws_account_id":"111122223333"})");
    EXPECT_EQ(parse_tick(format_tick(account)), account);
}

TEST(tick, anything_else_is_none) {
    for (const std::string_view body :
         {"", "{}", "[]", "null", R"("111122223333")", R"({"aws_account_id":111122223333})",
          R"({"aws_account_id":"11112222333"})", R"({"aws_account_id":"11112222333x"})",
          R"({"aws_account_id":["111122223333"]})", R"({"aws_account_id":"111122223333"}})",
          R"({"entries":[{"aws_account_id":"111122223333"}]})"}) {
        EXPECT_EQ(parse_tick(body), std::nullopt) << body;
    }
    EXPECT_EQ(parse_tick(std::string(2000, ' ') + format_tick(account)), std::nullopt);
}

TEST(tick, is_kept_back_to_the_second_in_which_it_is_due) {
    EXPECT_EQ(delay_of({account, now - minutes(1)}, now), seconds(0));
    EXPECT_EQ(delay_of({account, now}, now), seconds(0));
    EXPECT_EQ(delay_of({account, now + milliseconds(1)}, now), seconds(1));
    EXPECT_EQ(delay_of({account, now + seconds(900)}, now), seconds(900));
    EXPECT_EQ(delay_of({account, now + seconds(900) + milliseconds(1)}, now), std::nullopt)
        << "longer than SQS can";
}

TEST(sweep, finds_what_is_lost_and_what_comes_before_the_next_one) {
    const auto ticks = [](base::Timestamp due) {
        return ticks_of_sweep({{account, due}}, now).size();
    };
    EXPECT_EQ(ticks(now - minutes(60)), 1U);
    EXPECT_EQ(ticks(now - minutes(1)), 1U);
    EXPECT_EQ(ticks(now - minutes(1) + milliseconds(1)), 0U) << "its tick is only late";
    EXPECT_EQ(ticks(now), 0U);
    EXPECT_EQ(ticks(now + milliseconds(1)), 1U);
    EXPECT_EQ(ticks(now + minutes(1)), 1U);
    EXPECT_EQ(ticks(now + minutes(1) + milliseconds(1)), 0U);
}

/// Takes ten at a time, and refuses what these say of the bodies in a batch.
struct FakeTicks {
    asio::awaitable<aws::Outcome<aws::SentBatch>> send(std::vector<aws::OutgoingMessage> batch) {
        ++requests;
        aws::SentBatch answer;
        for (const aws::OutgoingMessage& message : batch) {
            if (message.body == no_answer) {
                aws::Failure failure;
                failure.message = "no answer";
                co_return std::unexpected(failure);
            }
            if (message.body == refused) {
                answer.failures.emplace_back().failure.message = "refused";
            } else {
                sent.push_back(message.body);
            }
        }
        co_return answer;
    }

    std::string no_answer;
    std::string refused;
    std::vector<std::string> sent;
    int requests = 0;
};

base::AccountId numbered(int number) {
    return base::AccountId(fmt::format("{:012}", number));
}

base::Status send_ticks(FakeTicks& fake, int count) {
    const table::ManualClock clock;
    const TickQueue queue([&](const aws::QueueUrl&, auto messages) { return fake.send(messages); },
                          clock, aws::QueueUrl("https://ticks"));
    std::vector<Tick> ticks;
    for (int each = 0; each < count; ++each) {
        ticks.push_back({numbered(each), clock.moment.wall});
    }
    asio::io_context io;
    return table::run(io, queue.send(ticks));
}

TEST(ticks, go_on_behind_some_that_cannot_be_sent) {
    FakeTicks fake;
    fake.no_answer = format_tick(numbered(3));
    fake.refused = format_tick(numbered(21));
    const base::Status status = send_ticks(fake, 25);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().message(),
              "11 of 25 ticks could not be sent to https://ticks: refused");
    EXPECT_EQ(std::set(fake.sent.begin(), fake.sent.end()).size(), 17U)
        << "three of them before the one without an answer";
    EXPECT_EQ(fake.requests, 5);
    FakeTicks willing;
    EXPECT_TRUE(send_ticks(willing, 25).has_value());
    EXPECT_EQ(willing.requests, 3);
    EXPECT_TRUE(send_ticks(willing, 0).has_value());
}

TEST(queue, is_known_by_its_arn_and_by_its_url) {
    const std::string_view arn = "arn:aws:sqs:eu-west-1:999900001111:exarch-ticks";
    const auto is = [arn](std::string url) { return is_queue(arn, aws::QueueUrl(std::move(url))); };
    EXPECT_TRUE(is("https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-ticks"));
    EXPECT_TRUE(is("http://127.0.0.1:4600/999900001111/exarch-ticks"));
    EXPECT_FALSE(is("https://sqs.eu-west-1.amazonaws.com/999900001111/ticks"));
    EXPECT_FALSE(is("https://sqs.eu-west-1.amazonaws.com/999900001112/exarch-ticks"));
    EXPECT_FALSE(is("https://sqs.eu-west-1.amazonaws.com/exarch-ticks"));
    EXPECT_FALSE(is("https://sqs.us-east-1.amazonaws.com/999900001111/exarch-ticks"))
        << "of the same name, in another region";
    EXPECT_TRUE(is("https://vpce-0a.sqs.eu-west-1.vpce.amazonaws.com/999900001111/exarch-ticks"));
    EXPECT_FALSE(is("https://vpce-0a.sqs.us-east-1.vpce.amazonaws.com/999900001111/exarch-ticks"));
    EXPECT_FALSE(is(""));
}

TEST(scheduled_event, is_known_by_source_and_type) {
    EXPECT_TRUE(is_scheduled_event(
        R"({"version":"0","source":"aws.events","detail-type":"Scheduled Event","detail":{}})"));
    EXPECT_TRUE(is_scheduled_event(
        R"({"source":"aws.scheduler","detail-type":"Scheduled Event","detail":"{}"})"));
    for (const std::string_view event :
         {"", "[]", "{}", R"({"source":"aws.events"})", R"({"detail-type":"Scheduled Event"})",
          R"({"source":"my.app","detail-type":"Scheduled Event"})",
          R"({"source":["aws.events"],"detail-type":"Scheduled Event"})", R"({"Records":[]})"}) {
        EXPECT_FALSE(is_scheduled_event(event)) << event;
    }
}

} // namespace
} // namespace exarch::lambda
