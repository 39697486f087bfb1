#include "sandbox/sqs/model/queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace exarch::sandbox::sqs {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

/// A queue and a clock that goes on only when the test says so.
class QueueTest : public testing::Test {
protected:
    void open(QueueAttributes attributes, QueueFaults faults = {}) {
        const QueueName name{base::Region("eu-west-1"), base::AccountId("111122223333"), "tasks"};
        queue_.emplace(Queue::Origin{name, 7, now_}, std::move(attributes), faults, dice_);
    }
    void advance(base::Duration duration) {
        now_.steady += duration;
        now_.wall += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
        queue_->advance(now_);
    }
    Queue::Sent send(std::string body, std::string group = "", seconds delay = 0s) {
        Message message;
        message.id = dice_.uuid();
        message.deduplication_id = body;
        message.body = std::move(body);
        message.group_id = std::move(group);
        message.sent = now_;
        return queue_->send(std::move(message), delay);
    }
    std::vector<std::string> receive(std::size_t count, seconds visibility = 30s) {
        last_ = queue_->receive({.count = count, .visibility = visibility}, now_);
        std::vector<std::string> bodies;
        for (const Queue::Delivery& delivery : last_.deliveries) {
            bodies.push_back(delivery.message.body);
        }
        return bodies;
    }
    Receipt receipt(std::size_t index = 0) {
        return *parse_receipt(last_.deliveries.at(index).receipt_handle);
    }
    void expect_counts(std::size_t visible, std::size_t in_flight, std::size_t delayed) {
        const Queue::Counts counts = queue_->counts();
        EXPECT_EQ(counts.visible, visible);
        EXPECT_EQ(counts.in_flight, in_flight);
        EXPECT_EQ(counts.delayed, delayed);
    }

    void take_any_step(const std::string& body) {
        switch (dice_.below(5)) {
        case 0:
        case 1:
            send(body, "g" + std::to_string(dice_.below(4)), seconds(dice_.below(3)));
            break;
        case 2:
            receive(1 + dice_.below(10), seconds(dice_.below(20)));
            for (std::size_t i = 0; i < last_.deliveries.size(); ++i) {
                receipts_.push_back(receipt(i));
            }
            break;
        case 3:
            if (!receipts_.empty()) {
                queue_->remove(receipts_[dice_.below(receipts_.size())]);
            }
            break;
        default:
            advance(base::Duration(dice_.below(3'000'000)));
        }
    }

    base::Moment now_{base::Instant(1h), base::Timestamp(1'800'000'000s)};
    Dice dice_{1};
    std::optional<Queue> queue_;
    Queue::Received last_;
    std::vector<Receipt> receipts_;
};

using Bodies = std::vector<std::string>;

TEST_F(QueueTest, delivers_and_hides_until_the_time_is_over) {
    open({});
    send("a");
    send("b");
    expect_counts(2, 0, 0);
    EXPECT_EQ(receive(1), Bodies{"a"});
    EXPECT_EQ(receive(10), Bodies{"b"});
    EXPECT_EQ(receive(10), Bodies{});
    expect_counts(0, 2, 0);
    EXPECT_EQ(queue_->next_visible_at(), now_.steady + 30s);
    advance(29s);
    EXPECT_EQ(receive(10), Bodies{});
    advance(1s);
    EXPECT_EQ(receive(10), (Bodies{"a", "b"}));
    EXPECT_EQ(last_.deliveries[0].message.receive_count, 2);
}

TEST_F(QueueTest, deletes_by_the_latest_receipt_only) {
    open({});
    send("a");
    receive(1, 5s);
    const Receipt first = receipt();
    advance(5s);
    receive(1, 5s);
    EXPECT_EQ(queue_->remove(first), Queue::Removal::stale);
    expect_counts(0, 1, 0);
    EXPECT_EQ(queue_->remove(receipt()), Queue::Removal::removed);
    EXPECT_EQ(queue_->remove(receipt()), Queue::Removal::already_gone);
    expect_counts(0, 0, 0);
    EXPECT_EQ(queue_->next_visible_at(), std::nullopt);
}

TEST_F(QueueTest, deletes_even_after_the_time_was_over) {
    open({});
    send("a");
    receive(1, 5s);
    advance(6s);
    EXPECT_EQ(queue_->remove(receipt()), Queue::Removal::removed);
    EXPECT_EQ(receive(1), Bodies{});
}

TEST_F(QueueTest, shows_a_delayed_message_when_its_time_has_come) {
    open({});
    send("late", "", 10s);
    send("soon");
    expect_counts(1, 0, 1);
    EXPECT_EQ(receive(10), Bodies{"soon"});
    advance(10s);
    EXPECT_EQ(receive(10), Bodies{"late"});
}

TEST_F(QueueTest, changes_visibility_from_the_time_of_the_call) {
    using Change = Queue::VisibilityChange;
    open({});
    send("a");
    receive(1, 60s);
    const Receipt first = receipt();
    advance(15s);
    EXPECT_EQ(queue_->change_visibility(first, 10s, now_.steady), Change::changed);
    advance(9s);
    EXPECT_EQ(receive(1), Bodies{});
    advance(1s);
    // Once it is visible again that changes nothing, and is no failure.
    EXPECT_EQ(queue_->change_visibility(first, 10s, now_.steady), Change::changed);
    EXPECT_EQ(receive(1, 60s), Bodies{"a"});
    EXPECT_EQ(queue_->change_visibility(receipt(), 0s, now_.steady), Change::changed);
    EXPECT_EQ(receive(1), Bodies{"a"});
    EXPECT_EQ(last_.deliveries[0].message.receive_count, 3);
    // An earlier receipt does as well.
    EXPECT_EQ(queue_->change_visibility(first, 0s, now_.steady), Change::changed);
    EXPECT_EQ(receive(1), Bodies{"a"});
    queue_->remove(receipt());
    EXPECT_EQ(queue_->change_visibility(receipt(), 0s, now_.steady), Change::gone);
}

TEST_F(QueueTest, a_fifo_queue_changes_visibility_by_the_receipt_in_flight_only) {
    using Change = Queue::VisibilityChange;
    open({.is_fifo = true});
    send("a1", "a");
    receive(1, 5s);
    const Receipt first = receipt();
    EXPECT_EQ(queue_->change_visibility(first, 10s, now_.steady), Change::changed);
    advance(10s);
    EXPECT_EQ(queue_->change_visibility(first, 10s, now_.steady), Change::gone);
    EXPECT_EQ(receive(1), Bodies{"a1"});
    EXPECT_EQ(queue_->change_visibility(first, 0s, now_.steady), Change::gone);
    EXPECT_EQ(receive(1), Bodies{});
}

TEST_F(QueueTest, twelve_hours_after_a_delivery_is_the_end) {
    using Change = Queue::VisibilityChange;
    open({});
    send("a");
    receive(1, 12h);
    EXPECT_EQ(queue_->change_visibility(receipt(), 12h, now_.steady), Change::changed);
    advance(1s);
    EXPECT_EQ(queue_->change_visibility(receipt(), 12h, now_.steady), Change::beyond_limit);
    EXPECT_EQ(queue_->change_visibility(receipt(), 12h - 1s, now_.steady), Change::changed);
    advance(12h - 1s);
    // Each delivery has twelve hours of its own.
    EXPECT_EQ(receive(1, 12h), Bodies{"a"});
    EXPECT_EQ(queue_->change_visibility(receipt(), 12h, now_.steady), Change::changed);
}

TEST_F(QueueTest, a_visibility_of_zero_hides_nothing) {
    open({});
    send("a");
    EXPECT_EQ(receive(10, 0s), Bodies{"a"});
    EXPECT_EQ(receive(10, 0s), Bodies{"a"});
    EXPECT_EQ(queue_->remove(receipt()), Queue::Removal::removed);
}

TEST_F(QueueTest, drops_what_is_too_old_in_whatever_state_it_is) {
    open({.retention = 60s});
    send("in flight");
    send("delayed", "", 900s);
    receive(1, 12h);
    send("visible");
    expect_counts(1, 1, 1);
    advance(59s);
    expect_counts(1, 1, 1);
    send("younger");
    advance(1s);
    expect_counts(1, 0, 0);
    EXPECT_EQ(receive(10), Bodies{"younger"});
}

TEST_F(QueueTest, a_purge_takes_everything_and_needs_a_minute) {
    open({});
    send("a");
    send("b", "", 10s);
    receive(1);
    EXPECT_TRUE(queue_->purge(now_.steady));
    expect_counts(0, 0, 0);
    EXPECT_EQ(queue_->remove(receipt()), Queue::Removal::already_gone);
    advance(59s);
    EXPECT_FALSE(queue_->purge(now_.steady));
    advance(1s);
    EXPECT_TRUE(queue_->purge(now_.steady));
}

TEST_F(QueueTest, gives_up_what_was_received_too_often) {
    open({});
    send("bad");
    send("good");
    const auto receive_with_limit = [&](std::size_t count) {
        return queue_->receive({.count = count, .visibility = 0s, .receives_max = 2}, now_);
    };
    EXPECT_EQ(receive_with_limit(1).deliveries.size(), 1U);
    EXPECT_EQ(receive_with_limit(1).deliveries.size(), 1U);
    // The place of the dead letter goes to the next.
    const Queue::Received received = receive_with_limit(1);
    ASSERT_EQ(received.dead.size(), 1U);
    EXPECT_EQ(received.dead[0].body, "bad");
    EXPECT_EQ(received.dead[0].source_arn, queue_->arn());
    ASSERT_EQ(received.deliveries.size(), 1U);
    EXPECT_EQ(received.deliveries[0].message.body, "good");
    expect_counts(1, 0, 0);
}

TEST_F(QueueTest, a_duplicate_comes_once_more_and_must_be_deleted_too) {
    open({}, {.duplicate_probability = 1});
    send("a");
    EXPECT_EQ(receive(1), Bodies{"a"});
    const std::string id = last_.deliveries[0].message.id;
    queue_->remove(receipt());
    EXPECT_EQ(receive(1), Bodies{"a"});
    EXPECT_EQ(last_.deliveries[0].message.id, id);
    queue_->remove(receipt());
    EXPECT_EQ(receive(1), Bodies{});
    expect_counts(0, 0, 0);
}

TEST_F(QueueTest, disorder_loses_nothing_and_follows_from_the_seed) {
    const auto drain = [&] {
        dice_ = Dice(5);
        open({}, {.disorder_probability = 0.5});
        for (int i = 0; i < 200; ++i) {
            send(std::to_string(1000 + i));
        }
        Bodies all;
        for (Bodies some = receive(10); !some.empty(); some = receive(10)) {
            all.insert(all.end(), some.begin(), some.end());
        }
        return all;
    };
    const Bodies first = drain();
    EXPECT_EQ(first, drain());
    EXPECT_FALSE(std::ranges::is_sorted(first));
    EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), 200U);
}

TEST_F(QueueTest, a_group_is_in_order_and_blocked_while_in_flight) {
    open({.is_fifo = true});
    send("a1", "a");
    send("b1", "b");
    send("a2", "a");
    send("a3", "a");
    EXPECT_EQ(receive(2), (Bodies{"a1", "a2"}));
    const Receipt a1 = receipt(0);
    const Receipt a2 = receipt(1);
    EXPECT_EQ(receive(10), Bodies{"b1"});
    EXPECT_EQ(queue_->remove(a1), Queue::Removal::removed);
    EXPECT_EQ(receive(10), Bodies{});
    EXPECT_EQ(queue_->remove(a2), Queue::Removal::removed);
    EXPECT_EQ(receive(10), Bodies{"a3"});
}

TEST_F(QueueTest, a_group_begins_again_with_what_came_back) {
    open({.is_fifo = true});
    send("a1", "a");
    send("a2", "a");
    EXPECT_EQ(receive(1, 10s), Bodies{"a1"});
    const Receipt a1 = receipt();
    advance(10s);
    EXPECT_EQ(queue_->remove(a1), Queue::Removal::expired);
    EXPECT_EQ(receive(10, 10s), (Bodies{"a1", "a2"}));
    const Receipt a2 = receipt(1);
    // What comes back can be had again, though what was sent after it is still in flight.
    queue_->change_visibility(receipt(0), 0s, now_.steady);
    EXPECT_EQ(receive(10, 10s), Bodies{"a1"});
    queue_->change_visibility(a2, 0s, now_.steady);
    EXPECT_EQ(receive(10), Bodies{});
    advance(10s);
    EXPECT_EQ(receive(10), (Bodies{"a1", "a2"}));
}

// As AWS was seen to do it: nothing of a group behind a message that is longer in flight.
TEST_F(QueueTest, a_group_ends_where_one_of_it_is_still_in_flight) {
    for (const auto& [hidden, visible] :
         std::vector<std::pair<std::size_t, Bodies>>{{0, {}}, {1, {"foo"}}, {2, {"foo", "bar"}}}) {
        open({.is_fifo = true});
        for (const char* const body : {"foo", "bar", "baz"}) {
            send(body, "a");
        }
        EXPECT_EQ(receive(5, 1s), (Bodies{"foo", "bar", "baz"}));
        queue_->change_visibility(receipt(hidden), 4s, now_.steady);
        advance(2s);
        EXPECT_EQ(receive(5), visible);
    }
}

// In the orders that AWS was seen to give.
TEST_F(QueueTest, groups_take_turns_by_how_long_their_first_could_be_had) {
    open({.is_fifo = true});
    for (const char* const body : {"a1", "b1", "b2", "c1", "a2"}) {
        send(body, std::string(body, 1));
    }
    EXPECT_EQ(receive(3, 0s), (Bodies{"a1", "a2", "b1"}));
    EXPECT_EQ(receive(10, 0s), (Bodies{"c1", "a1", "a2", "b1", "b2"}));

    open({.is_fifo = true});
    for (const char* const body : {"a1", "b1", "a2", "b2", "a3", "a4", "c1"}) {
        send(body, std::string(body, 1));
    }
    EXPECT_EQ(receive(2), (Bodies{"a1", "a2"}));
    queue_->remove(receipt(0));
    queue_->remove(receipt(1));
    EXPECT_EQ(receive(10), (Bodies{"b1", "b2", "a3", "a4", "c1"}));
}

TEST_F(QueueTest, a_delayed_message_holds_back_its_group) {
    open({.is_fifo = true});
    send("a1", "a", 10s);
    send("a2", "a");
    send("b1", "b");
    EXPECT_EQ(receive(10), Bodies{"b1"});
    advance(10s);
    EXPECT_EQ(receive(10), (Bodies{"a1", "a2"}));
}

TEST_F(QueueTest, what_a_fifo_queue_was_sent_twice_it_takes_once) {
    open({.is_fifo = true});
    const Queue::Sent first = send("same", "a");
    EXPECT_FALSE(first.sequence_number.empty());
    receive(1);
    queue_->remove(receipt());
    advance(5min - 1s);
    const Queue::Sent second = send("same", "b");
    EXPECT_EQ(second.id, first.id);
    EXPECT_EQ(second.sequence_number, first.sequence_number);
    expect_counts(0, 0, 0);
    // The five minutes count from the first.
    advance(1s);
    const Queue::Sent third = send("same", "a");
    EXPECT_NE(third.id, first.id);
    EXPECT_GT(third.sequence_number, first.sequence_number);
    EXPECT_EQ(third.sequence_number.size(), 20U);
    expect_counts(1, 0, 0);
}

TEST_F(QueueTest, a_purge_forgets_what_was_sent) {
    open({.is_fifo = true});
    const Queue::Sent first = send("same", "a");
    queue_->purge(now_.steady);
    EXPECT_NE(send("same", "a").id, first.id);
    EXPECT_EQ(receive(1), Bodies{"same"});
}

TEST_F(QueueTest, deduplication_by_group_lets_other_groups_in) {
    open({.is_fifo = true, .deduplicates_by_group = true});
    send("same", "a");
    send("same", "b");
    send("same", "b");
    expect_counts(2, 0, 0);
}

TEST_F(QueueTest, without_an_id_the_content_decides) {
    open({.is_fifo = true, .deduplicates_by_content = true});
    for (const char* const body : {"x", "x", "y"}) {
        Message message;
        message.body = body;
        message.group_id = "g";
        message.sent = now_;
        queue_->send(std::move(message), 0s);
    }
    EXPECT_EQ(receive(10), (Bodies{"x", "y"}));
    EXPECT_EQ(last_.deliveries[0].message.deduplication_id,
              "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
}

TEST_F(QueueTest, a_dead_letter_frees_its_group) {
    open({.is_fifo = true});
    send("a1", "a");
    send("a2", "a");
    EXPECT_EQ(receive(1, 0s), Bodies{"a1"});
    const auto received = queue_->receive({.count = 10, .receives_max = 1}, now_);
    ASSERT_EQ(received.dead.size(), 1U);
    EXPECT_EQ(received.dead[0].body, "a1");
    ASSERT_EQ(received.deliveries.size(), 1U);
    EXPECT_EQ(received.deliveries[0].message.body, "a2");
}

TEST_F(QueueTest, keeps_count_through_any_sequence_of_steps) {
    for (const bool is_fifo : {false, true}) {
        open({.retention = 120s, .is_fifo = is_fifo});
        for (int step = 0; step < 20'000; ++step) {
            take_any_step(std::to_string(step));
            // counts() itself holds the three numbers against the messages there are.
            EXPECT_LE(queue_->counts().in_flight, receipts_.size());
        }
        advance(1h);
        expect_counts(0, 0, 0);
    }
}

} // namespace
} // namespace exarch::sandbox::sqs
