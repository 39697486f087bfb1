#include "worker/intake.hpp"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using base::Result;
using std::chrono::milliseconds;

/// Hands out one message, and after that refuses to be received from; deletes nothing.
class StubbornQueue final : public queue::Queue {
public:
    const std::string& name() const override { return name_; }
    asio::awaitable<Result<std::vector<queue::Message>>>
    receive(std::chrono::seconds wait) override {
        waits.push_back(wait);
        if (receives++ > 0) {
            co_return std::unexpected(base::Error(base::ErrorKind::unreachable, "not now"));
        }
        std::vector<queue::Message> messages(1);
        messages.front().receipt = "receipt";
        co_return messages;
    }
    std::chrono::seconds visibility() const override { return std::chrono::seconds(30); }
    asio::awaitable<Result<std::vector<std::string>>>
    erase(std::vector<std::string> receipts) override {
        ++erasures;
        co_return receipts;
    }
    asio::awaitable<base::Status> extend(std::vector<std::string>) override {
        co_return base::Status();
    }
    asio::awaitable<Result<queue::Depth>> depth() override { co_return queue::Depth{}; }

    int receives = 0;
    int erasures = 0;
    std::vector<std::chrono::seconds> waits;

private:
    std::string name_ = "tasks";
};

class IntakeTest : public testing::Test {
protected:
    /// Until `is_over` or, where something is lost, for as long as a test may take.
    template <class Condition>
    void run_until(Condition is_over) {
        const base::Instant give_up_at = clock_.now().steady + std::chrono::seconds(20);
        while (!is_over() && clock_.now().steady < give_up_at) {
            io_.restart();
            io_.run_one_for(milliseconds(100));
        }
    }

    asio::io_context io_{1};
    base::SystemClock clock_;
    base::Log log_{base::LogLevel::off};
    StubbornQueue queue_;
    CrashPoints crash_points_;
    std::vector<core::MessageHandle> received_;
    Intake intake_{IntakeParts{io_.get_executor(), clock_, log_, queue_, crash_points_},
                   {},
                   {.new_handle = [] { return core::MessageHandle(1); },
                    .wants_messages = [] { return true; },
                    .fitting = [](auto messages) { return messages.size(); },
                    .received =
                        [this](const core::MessagesReceived& event) {
                            received_.push_back(event.messages.front().handle);
                        }}};
};

TEST_F(IntakeTest, what_could_not_be_deleted_is_tried_again_after_a_pause) {
    intake_.start();
    run_until([&] { return !received_.empty(); });
    intake_.erase(received_);
    run_until([&] { return queue_.erasures > 0; });
    io_.restart();
    io_.run_for(milliseconds(20));
    // The eight tries that a message is given would all fit into that time.
    EXPECT_LT(queue_.erasures, 4);
    EXPECT_FALSE(intake_.is_idle());
}

TEST_F(IntakeTest, the_first_answer_is_not_waited_for_long) {
    intake_.start();
    run_until([&] { return queue_.waits.size() == 2; });
    EXPECT_EQ(queue_.waits, (std::vector{std::chrono::seconds(1), std::chrono::seconds(20)}));
    intake_.stop();
}

TEST_F(IntakeTest, a_stop_ends_the_pause_after_a_failure) {
    intake_.start();
    run_until([&] { return intake_.failure().has_value(); });
    intake_.stop();
    // No time passes: what is ready is done.
    io_.restart();
    io_.poll();
    EXPECT_TRUE(intake_.has_stopped());
}

/// Has messages, and none for us.
class StrangersQueue final : public queue::Queue {
public:
    const std::string& name() const override { return name_; }
    asio::awaitable<Result<std::vector<queue::Message>>> receive(std::chrono::seconds) override {
        ++receives;
        co_return std::vector<queue::Message>();
    }
    std::chrono::seconds visibility() const override { return std::chrono::seconds(30); }
    asio::awaitable<Result<std::vector<std::string>>> erase(std::vector<std::string>) override {
        co_return std::vector<std::string>();
    }
    asio::awaitable<base::Status> extend(std::vector<std::string>) override {
        co_return base::Status();
    }
    asio::awaitable<Result<queue::Depth>> depth() override { co_return queue::Depth{}; }
    bool is_for_others() const override { return true; }

    int receives = 0;

private:
    std::string name_ = "letters";
};

TEST(IntakeOfOthers, a_queue_of_others_is_left_alone_for_a_while) {
    asio::io_context io{1};
    base::SystemClock clock;
    base::Log log{base::LogLevel::off};
    StrangersQueue queue;
    CrashPoints crash_points;
    Intake intake(IntakeParts{io.get_executor(), clock, log, queue, crash_points},
                  {.rest = std::chrono::hours(1)},
                  {.new_handle = [] { return core::MessageHandle(1); },
                   .wants_messages = [] { return true; },
                   .fitting = [](auto messages) { return messages.size(); },
                   .received = [](const core::MessagesReceived&) {}});
    intake.start();
    // No time passes: what is ready is done.
    io.poll();
    EXPECT_EQ(queue.receives, 1);
    EXPECT_TRUE(intake.has_received());
    intake.stop();
    io.poll();
    EXPECT_TRUE(intake.has_stopped());
}

/// Hands out whole batches of messages, each of so many bytes, and deletes what it is told to.
class FullQueue final : public queue::Queue {
public:
    const std::string& name() const override { return name_; }
    asio::awaitable<Result<std::vector<queue::Message>>> receive(std::chrono::seconds) override {
        ++receives;
        std::vector<queue::Message> messages(10);
        for (queue::Message& message : messages) {
            message.receipt = std::to_string(++handed_out);
            message.body = std::string(body_bytes, 'x');
        }
        co_return messages;
    }
    std::chrono::seconds visibility() const override { return std::chrono::seconds(30); }
    asio::awaitable<Result<std::vector<std::string>>> erase(std::vector<std::string>) override {
        co_return std::vector<std::string>();
    }
    asio::awaitable<base::Status> extend(std::vector<std::string>) override {
        co_return base::Status();
    }
    asio::awaitable<Result<queue::Depth>> depth() override { co_return queue::Depth{}; }

    int receives = 0;
    int handed_out = 0;
    std::size_t body_bytes = 1;

private:
    std::string name_ = "tasks";
};

class FullIntakeTest : public testing::Test {
protected:
    static IntakeParams params() {
        IntakeParams params;
        params.in_hand_bytes_max = 1500;
        return params;
    }
    /// Everything that is ready, and the pauses that it brings.
    void run_for_a_while() {
        io_.restart();
        io_.run_for(milliseconds(100));
    }

    asio::io_context io_{1};
    base::SystemClock clock_;
    base::Log log_{base::LogLevel::off};
    FullQueue queue_;
    CrashPoints crash_points_;
    std::vector<core::MessageHandle> received_;
    core::MessageHandle last_handle_ = 0;
    std::size_t room_ = 0;
    Intake intake_{IntakeParts{io_.get_executor(), clock_, log_, queue_, crash_points_},
                   params(),
                   {.new_handle = [this] { return ++last_handle_; },
                    .wants_messages = [this] { return room_ > 0; },
                    .fitting = [this](auto messages) { return std::min(room_, messages.size()); },
                    .received =
                        [this](const core::MessagesReceived& event) {
                            room_ -= event.messages.size();
                            for (const core::ReceivedMessage& message : event.messages) {
                                received_.push_back(message.handle);
                            }
                        }}};
};

TEST_F(FullIntakeTest, what_does_not_fit_is_held_until_there_is_room) {
    room_ = 4;
    intake_.start();
    run_for_a_while();
    EXPECT_EQ(received_.size(), 4U);
    EXPECT_EQ(queue_.receives, 1);
    room_ = 6;
    run_for_a_while();
    EXPECT_EQ(received_.size(), 10U);
    EXPECT_EQ(queue_.receives, 1);
    room_ = 1;
    run_for_a_while();
    EXPECT_EQ(received_.size(), 11U);
    // The first was full and called for a second receiver.
    EXPECT_LE(queue_.receives, 3);
}

TEST_F(FullIntakeTest, what_is_held_does_not_hold_up_a_stop) {
    room_ = 4;
    intake_.start();
    run_for_a_while();
    intake_.stop();
    intake_.erase(received_);
    run_for_a_while();
    EXPECT_TRUE(intake_.is_idle());
    EXPECT_TRUE(intake_.has_stopped());
}

TEST_F(FullIntakeTest, no_more_bytes_are_in_hand_than_are_allowed) {
    queue_.body_bytes = 100;
    room_ = 1000;
    intake_.start();
    run_for_a_while();
    // 10 messages, then as many to each of the two receivers.
    EXPECT_EQ(queue_.receives, 3);
    intake_.erase(received_);
    run_for_a_while();
    EXPECT_GT(queue_.receives, 3);
}

} // namespace
} // namespace exarch::worker
