#include "worker/depth_reader.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using base::Result;

/// Says how full it is, or, where it has not been told, nothing until it is cancelled.
class ScriptedQueue final : public queue::Queue {
public:
    explicit ScriptedQueue(std::optional<queue::Depth> depth) : depth_(depth) {}

    const std::string& name() const override { return name_; }
    asio::awaitable<Result<std::vector<queue::Message>>> receive(std::chrono::seconds) override {
        co_return std::vector<queue::Message>();
    }
    std::chrono::seconds visibility() const override { return std::chrono::seconds(30); }
    asio::awaitable<Result<std::vector<std::string>>> erase(std::vector<std::string>) override {
        co_return std::vector<std::string>();
    }
    asio::awaitable<base::Status> extend(std::vector<std::string>) override {
        co_return base::Status();
    }
    asio::awaitable<Result<queue::Depth>> depth() override {
        if (depth_) {
            co_return *depth_;
        }
        asio::steady_timer never(co_await asio::this_coro::executor);
        never.expires_at(asio::steady_timer::time_point::max());
        boost::system::error_code ended;
        co_await never.async_wait(asio::redirect_error(asio::use_awaitable, ended));
        co_return std::unexpected(base::Error(base::ErrorKind::cancelled, "given up"));
    }

private:
    std::string name_ = "tasks";
    std::optional<queue::Depth> depth_;
};

class DepthReaderTest : public testing::Test {
protected:
    void begin() {
        reader_.begin([this](bool are_empty) { told_ = are_empty; });
        io_.restart();
        io_.run_for(std::chrono::milliseconds(1));
    }

    asio::io_context io_{1};
    base::Log log_{base::LogLevel::off};
    ScriptedQueue empty_{queue::Depth{}};
    ScriptedQueue full_{queue::Depth{.visible = 1}};
    ScriptedQueue silent_{std::nullopt};
    DepthReader reader_{io_.get_executor(), log_};
    std::optional<bool> told_;
};

TEST_F(DepthReaderTest, queues_are_empty_where_all_are) {
    reader_.add(empty_);
    begin();
    EXPECT_EQ(told_, true);
    reader_.add(full_);
    begin();
    EXPECT_EQ(told_, false);
    EXPECT_FALSE(reader_.is_reading());
}

TEST_F(DepthReaderTest, a_queue_that_never_answers_holds_up_nobody_and_ends_when_told_to) {
    reader_.add(silent_);
    reader_.add(empty_);
    begin();
    EXPECT_TRUE(reader_.is_reading());

    reader_.stop();
    io_.restart();
    io_.run();
    EXPECT_FALSE(reader_.is_reading());
    EXPECT_EQ(told_, std::nullopt);
}

} // namespace
} // namespace exarch::worker
