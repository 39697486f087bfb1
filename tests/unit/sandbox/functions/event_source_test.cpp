#include "sandbox/functions/event_source.hpp"
#include "sandbox/functions/trace/lineage.hpp"
#include "unit/sandbox/functions/support.hpp"
#include "unit/sandbox/world.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace exarch::sandbox::functions {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// A queue, a function and what goes from one to the other.
class EventSourceTest : public testing::Test {
protected:
    void begin(EventSourceSettings settings, sqs::QueueAttributes attributes = {}) {
        settings.queue = {base::Region("eu-west-1"), base::AccountId("111122223333"),
                          attributes.is_fifo ? "tasks.fifo" : "tasks"};
        settings.function_arn = purge_arn;
        queue_ = &queues_.create(settings.queue, std::move(attributes), start_of_test());
        source_.emplace(std::move(settings), world_.fleet, queues_);
    }

    void send(const std::string& body, const std::string& group = {},
              const std::string& trace = {}) {
        sqs::Message message;
        message.trace_header = trace;
        message.id = "id-" + body;
        message.body = body;
        message.group_id = group;
        message.deduplication_id = group.empty() ? "" : body;
        message.sent = start_of_test();
        queue_->send(std::move(message), seconds(0));
    }

    /// The event that the environment has got, as the bodies of its messages: `1 2 3`.
    std::string take(EnvironmentId id, base::Moment now) {
        event_ = world_.next(id, now);
        std::string bodies;
        if (event_.has_value()) {
            for (const auto& record : boost::json::parse(event_->body).at("Records").as_array()) {
                bodies += (bodies.empty() ? "" : " ") + std::string(record.at("body").as_string());
            }
        }
        return bodies;
    }

    FleetWorld world_;
    Dice dice_{1};
    sqs::Queues queues_{{}, dice_};
    sqs::Queue* queue_ = nullptr;
    std::optional<EventSource> source_;
    std::optional<http::Response> event_;
};

TEST_F(EventSourceTest, without_a_window_what_a_receive_brings_goes_at_once) {
    begin({.batch_size = 10});
    for (int i = 1; i <= 12; ++i) {
        send(fmt::to_string(i));
    }
    source_->advance(start_of_test());
    EXPECT_EQ(take(1, start_of_test()), "1 2 3 4 5 6 7 8 9 10");
    EXPECT_EQ(take(2, start_of_test()), "11 12");
    EXPECT_EQ(queue_->counts().in_flight, 12U);
}

TEST_F(EventSourceTest, window_ends_a_batch_that_is_not_full) {
    begin({.batch_size = 100, .window = seconds(5)});
    send("1");
    EXPECT_EQ(source_->advance(start_of_test()), later(seconds(5)).steady);
    EXPECT_TRUE(world_.host.plans.empty());
    send("2");
    source_->advance(later(seconds(4)));
    EXPECT_TRUE(world_.host.plans.empty());
    source_->advance(later(seconds(5)));
    EXPECT_EQ(take(1, later(seconds(5))), "1 2");
}

TEST_F(EventSourceTest, full_batch_waits_for_nothing) {
    begin({.batch_size = 3, .window = seconds(5)});
    for (int i = 1; i <= 4; ++i) {
        send(fmt::to_string(i));
    }
    source_->advance(start_of_test());
    EXPECT_EQ(take(1, start_of_test()), "1 2 3");
    EXPECT_EQ(world_.host.plans.size(), 1U);
}

TEST_F(EventSourceTest, what_was_done_is_deleted_and_what_failed_comes_again) {
    begin({.batch_size = 10, .reports_item_failures = true});
    send("1");
    send("2");
    source_->advance(start_of_test());
    EXPECT_EQ(take(1, start_of_test()), "1 2");
    world_.answer(1, *event_, R"({"batchItemFailures":[{"itemIdentifier":"id-2"}]})",
                  start_of_test());
    EXPECT_EQ(source_->advance(start_of_test()), later(seconds(30)).steady);
    EXPECT_EQ(queue_->counts().in_flight, 1U);
    source_->advance(later(seconds(30)));
    EXPECT_EQ(take(1, later(seconds(30))), "2");
    world_.answer(1, *event_, "{}", later(seconds(30)));
    source_->advance(later(seconds(30)));
    EXPECT_EQ(queue_->counts().in_flight + queue_->counts().visible, 0U);
}

TEST_F(EventSourceTest, what_comes_back_too_late_deletes_nothing_that_was_received_since) {
    begin({.batch_size = 10});
    send("1");
    source_->advance(start_of_test());
    EXPECT_EQ(take(1, start_of_test()), "1");
    const auto event_of_first = *event_;
    source_->advance(later(seconds(30)));
    EXPECT_EQ(take(2, later(seconds(30))), "1");
    world_.answer(1, event_of_first, "{}", later(seconds(31)));
    source_->advance(later(seconds(31)));
    EXPECT_EQ(queue_->counts().in_flight, 1U);
}

TEST_F(EventSourceTest, batch_has_come_as_far_as_the_message_that_has_come_farthest) {
    begin({.batch_size = 10});
    std::string trace;
    for (std::size_t i = 0; i < chain_invocations_max; ++i) {
        trace = with_invocation(trace, lineage_of(trace), purge_arn);
    }
    send("1");
    send("2", "", trace);
    // Refused; both are hidden for as long as if they had failed.
    EXPECT_EQ(source_->advance(start_of_test()), later(seconds(30)).steady);
    EXPECT_TRUE(world_.host.plans.empty());
    EXPECT_TRUE(source_->is_quiet());
    EXPECT_EQ(queue_->counts().in_flight, 2U);
    world_.fleet.allow_recursion(purge_arn, true);
    source_->advance(later(seconds(30)));
    EXPECT_EQ(take(1, later(seconds(30))), "1 2");
    const std::string passed(event_->headers.get("Lambda-Runtime-Trace-Id").value_or(""));
    EXPECT_EQ(invocations_in(lineage_of(passed), purge_arn), chain_invocations_max + 1);
}

TEST_F(EventSourceTest, batch_without_room_waits_until_its_messages_show_again) {
    begin({.batch_size = 1});
    world_.fleet.reserve(purge_arn, 0);
    send("1");
    EXPECT_EQ(source_->advance(start_of_test()), later(seconds(30)).steady);
    world_.fleet.reserve(purge_arn, 1);
    source_->advance(later(seconds(29)));
    EXPECT_EQ(take(1, later(seconds(29))), "1");
}

TEST_F(EventSourceTest, batch_that_waited_too_long_is_received_again) {
    begin({.batch_size = 1});
    world_.fleet.reserve(purge_arn, 0);
    send("1");
    source_->advance(start_of_test());
    source_->advance(later(seconds(30)));
    EXPECT_EQ(queue_->counts().in_flight, 1U);
    world_.fleet.reserve(purge_arn, 1);
    source_->advance(later(seconds(31)));
    EXPECT_EQ(take(1, later(seconds(31))), "1");
    EXPECT_NE(event_->body.find(R"("ApproximateReceiveCount":"2")"), std::string::npos);
}

TEST_F(EventSourceTest, group_of_a_fifo_queue_is_in_one_batch_at_a_time) {
    begin({.batch_size = 2}, {.is_fifo = true});
    for (const char* const body : {"a1", "a2", "a3", "b1"}) {
        send(body, std::string(1, body[0]));
    }
    source_->advance(start_of_test());
    EXPECT_EQ(take(1, start_of_test()), "a1 a2");
    const auto event_of_first = *event_;
    EXPECT_EQ(take(2, start_of_test()), "b1");
    EXPECT_EQ(world_.host.plans.size(), 2U);
    world_.answer(1, event_of_first, "", start_of_test());
    source_->advance(start_of_test());
    EXPECT_EQ(take(1, start_of_test()), "a3");
}

TEST_F(EventSourceTest, only_so_many_batches_are_out_at_once) {
    begin({.batch_size = 1, .concurrency_max = 2});
    for (int i = 1; i <= 4; ++i) {
        send(fmt::to_string(i));
    }
    EXPECT_EQ(source_->advance(start_of_test()), std::nullopt);
    EXPECT_EQ(world_.host.plans.size(), 2U);
    EXPECT_EQ(queue_->counts().visible, 2U);
}

TEST_F(EventSourceTest, event_is_never_longer_than_six_megabytes) {
    begin({.batch_size = 1000, .window = seconds(1)}, {.visibility = seconds(60)});
    for (int i = 0; i < 9; ++i) {
        send(fmt::to_string(i) + std::string(1'000'000, 'x'));
    }
    source_->advance(start_of_test());
    (void)take(1, start_of_test());
    EXPECT_LE(event_->body.size(), payload_bytes_max);
    EXPECT_GT(event_->body.size(), 6'000'000U);
    source_->advance(later(seconds(1)));
    (void)take(2, later(seconds(1)));
    EXPECT_GT(event_->body.size(), 3'000'000U);
}

TEST_F(EventSourceTest, what_is_off_takes_nothing) {
    begin({.batch_size = 1, .is_enabled = false});
    send("1");
    EXPECT_EQ(source_->advance(start_of_test()), std::nullopt);
    EXPECT_EQ(queue_->counts().visible, 1U);
}

TEST(BatchesAllowed, grow_by_the_minute_or_are_what_was_told) {
    EXPECT_EQ(batches_allowed(std::nullopt, seconds(59)), 5U);
    EXPECT_EQ(batches_allowed(std::nullopt, minutes(1)), 305U);
    EXPECT_EQ(batches_allowed(std::nullopt, minutes(9)), 1000U);
    EXPECT_EQ(batches_allowed(2, minutes(9)), 2U);
}

} // namespace
} // namespace exarch::sandbox::functions
