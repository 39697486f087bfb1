#include "aws/credentials/caching_provider.hpp"
#include "unit/aws/loopback.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>

namespace exarch::aws {
namespace {

namespace asio = boost::asio;
using std::chrono::hours;
using std::chrono::minutes;

using Answer = base::Result<sigv4::Credentials>;

/// Answers only when the test opens the gate.
class GatedProvider final : public CredentialsProvider {
public:
    explicit GatedProvider(asio::io_context& io)
        : gate(io, asio::steady_timer::time_point::max()) {}

    asio::awaitable<Answer> get() override {
        ++asked;
        co_await gate.async_wait(asio::as_tuple(asio::use_awaitable));
        if (throws) {
            throw std::runtime_error("unforeseen");
        }
        co_return answer;
    }
    void invalidate() override { ++invalidated; }

    asio::steady_timer gate;
    Answer answer = ScriptedProvider::keys();
    bool throws = false;
    int asked = 0;
    int invalidated = 0;
};

class CachingProviderTest : public testing::Test {
protected:
    CachingProviderTest() {
        auto source = std::make_unique<GatedProvider>(io_);
        gated_ = source.get();
        provider_ =
            std::make_unique<CachingProvider>(io_.get_executor(), clock_, std::move(source));
    }

    /// Asks, and keeps the answer in `answers` when it comes.
    void ask() {
        asio::co_spawn(io_, provider_->get(), [this](std::exception_ptr thrown, Answer answer) {
            EXPECT_EQ(thrown, nullptr);
            answers_.push_back(std::move(answer));
        });
    }

    /// Runs everything that needs no opening of the gate.
    void settle() {
        io_.restart();
        io_.poll();
    }
    void open() {
        gated_->gate.cancel();
        settle();
    }
    void answer_with(std::string id, base::Duration life) {
        sigv4::Credentials credentials = ScriptedProvider::keys(std::move(id));
        credentials.expires_at =
            clock_.moment.wall + std::chrono::floor<std::chrono::milliseconds>(life);
        gated_->answer = credentials;
    }
    [[nodiscard]] std::string last_id() const {
        const Answer& last = answers_.back();
        return last.has_value() ? last->access_key_id.value() : last.error().message();
    }

    asio::io_context io_{1};
    ManualClock clock_;
    GatedProvider* gated_ = nullptr;
    std::unique_ptr<CachingProvider> provider_;
    std::vector<Answer> answers_;
};

TEST_F(CachingProviderTest, many_who_ask_at_once_cause_one_attempt) {
    answer_with("one", hours(1));
    for (int i = 0; i < 5; ++i) {
        ask();
    }
    settle();
    EXPECT_EQ(gated_->asked, 1);
    EXPECT_TRUE(answers_.empty());
    open();
    EXPECT_EQ(answers_.size(), 5U);
    EXPECT_EQ(last_id(), "one");
    ask();
    settle();
    EXPECT_EQ(answers_.size(), 6U);
    EXPECT_EQ(gated_->asked, 1);
}

TEST_F(CachingProviderTest, renewing_ahead_of_time_keeps_nobody_waiting) {
    answer_with("old", hours(1));
    ask();
    settle();
    open();
    clock_.advance(minutes(46));
    answer_with("new", hours(1));
    ask();
    settle();
    EXPECT_EQ(last_id(), "old");
    EXPECT_EQ(gated_->asked, 2);
    ask();
    settle();
    EXPECT_EQ(gated_->asked, 2);
    open();
    ask();
    settle();
    EXPECT_EQ(last_id(), "new");
}

TEST_F(CachingProviderTest, old_ones_are_given_while_renewing_fails) {
    answer_with("old", hours(1));
    ask();
    settle();
    open();
    gated_->answer = std::unexpected(base::Error(base::ErrorKind::unreachable, "gone"));
    clock_.advance(minutes(51));
    ask();
    settle();
    EXPECT_EQ(answers_.size(), 1U);
    open();
    EXPECT_EQ(last_id(), "old");
    clock_.advance(minutes(9));
    ask();
    settle();
    open();
    EXPECT_EQ(last_id(), "gone");
}

TEST_F(CachingProviderTest, one_who_gives_up_takes_nobody_along) {
    answer_with("one", hours(1));
    asio::cancellation_signal stop;
    std::optional<Answer> first;
    asio::co_spawn(io_, provider_->get(),
                   asio::bind_cancellation_slot(stop.slot(),
                                                [&first](std::exception_ptr thrown, Answer answer) {
                                                    EXPECT_EQ(thrown, nullptr);
                                                    first = std::move(answer);
                                                }));
    ask();
    settle();
    stop.emit(asio::cancellation_type::terminal);
    settle();
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->error().kind(), base::ErrorKind::cancelled);
    EXPECT_TRUE(answers_.empty());
    open();
    EXPECT_EQ(last_id(), "one");
    EXPECT_EQ(gated_->asked, 1);
}

TEST_F(CachingProviderTest, refused_ones_are_asked_for_anew) {
    answer_with("old", hours(1));
    ask();
    settle();
    open();
    clock_.advance(minutes(1));
    provider_->invalidate();
    EXPECT_EQ(gated_->invalidated, 1);
    answer_with("new", hours(1));
    ask();
    settle();
    open();
    EXPECT_EQ(last_id(), "new");
}

TEST_F(CachingProviderTest, exception_in_a_source_is_a_failure_like_others) {
    gated_->throws = true;
    ask();
    settle();
    open();
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_EQ(answers_[0].error().kind(), base::ErrorKind::system);
}

TEST_F(CachingProviderTest, going_away_ends_the_waiting) {
    ask();
    settle();
    provider_.reset();
    settle();
    EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(CachingProviderTest, going_away_after_an_answer_leaves_nothing_to_run) {
    answer_with("one", hours(1));
    ask();
    settle();
    open();
    EXPECT_EQ(last_id(), "one");
    provider_.reset();
    io_.restart();
    EXPECT_EQ(io_.poll(), 0U);
}

} // namespace
} // namespace exarch::aws
