#include "worker/accounts/fenced_route.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <utility>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;

class SettableClock final : public base::Clock {
public:
    [[nodiscard]] base::Moment now() const override { return moment; }
    base::Moment moment{base::Instant(seconds(1000)), base::Timestamp()};
};

/// Takes its time before a call leaves, if it leaves.
class SlowRoute final : public route::Route {
public:
    explicit SlowRoute(SettableClock& clock) : clock_(clock) {}

    asio::awaitable<core::CallAnswered> send(route::CallOrder order,
                                             http::OnDeparture on_departure) override {
        clock_.moment.steady += takes;
        has_left = on_departure();
        core::CallAnswered answer;
        answer.call = order.call.call;
        answer.verdict = has_left ? actions::Verdict::accepted : actions::Verdict::not_sent;
        co_return answer;
    }
    asio::awaitable<core::ProgressRead> read_progress(core::ReadProgress question,
                                                      route::Neighbours) override {
        co_return core::ProgressRead{.call = question.call};
    }
    asio::awaitable<core::CallProved> prove(core::ProveCall question, route::Neighbours) override {
        core::CallProved proved;
        proved.call = question.call;
        co_return proved;
    }

    base::Duration takes{};
    bool has_left = false;

private:
    SettableClock& clock_;
};

class FencedRouteTest : public testing::Test {
protected:
    actions::Verdict send() {
        FencedRoute fenced(route_, clock_,
                           {.call_longest = seconds(50),
                            .request_longest = seconds(25),
                            .held_until = [this] { return held_until_; },
                            .on_sending = [this] { ++sendings_; }});
        actions::Verdict verdict = actions::Verdict::unknown;
        asio::io_context io;
        asio::co_spawn(io,
                       fenced.send({.call = {}, .neighbours = {}},
                                   [this] {
                                       ++departures_;
                                       return true;
                                   }),
                       [&](const std::exception_ptr& failure, const core::CallAnswered& answer) {
                           EXPECT_EQ(failure, nullptr);
                           verdict = answer.verdict;
                       });
        io.run();
        return verdict;
    }

    SettableClock clock_;
    SlowRoute route_{clock_};
    base::Instant held_until_ = clock_.moment.steady + seconds(60);
    int sendings_ = 0;
    int departures_ = 0;
};

TEST_F(FencedRouteTest, a_call_leaves_while_the_lease_will_outlast_it) {
    route_.takes = seconds(20);
    EXPECT_EQ(send(), actions::Verdict::accepted);
    EXPECT_EQ(sendings_, 1);
    EXPECT_EQ(departures_, 1);
}

TEST_F(FencedRouteTest, none_is_handed_on_that_the_lease_might_not_outlast) {
    held_until_ = clock_.moment.steady + seconds(49);
    EXPECT_EQ(send(), actions::Verdict::not_sent);
    EXPECT_EQ(departures_, 0);
}

TEST_F(FencedRouteTest, who_has_stood_still_on_the_way_keeps_a_call_back) {
    route_.takes = seconds(36);
    EXPECT_EQ(send(), actions::Verdict::not_sent);
    EXPECT_FALSE(route_.has_left);
    EXPECT_EQ(sendings_, 0);
    EXPECT_EQ(departures_, 0);
}

} // namespace
} // namespace exarch::worker
