#include "worker/accounts/fenced_route.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <utility>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Sends at once, and succeeds.
class OpenRoute final : public route::Route {
public:
    asio::awaitable<core::CallAnswered> send(route::CallOrder order,
                                             http::OnDeparture on_departure) override {
        on_departure();
        ++sent;
        core::CallAnswered answer;
        answer.call = order.call.call;
        answer.verdict = actions::Verdict::accepted;
        co_return answer;
    }
    asio::awaitable<core::ProgressRead> read_progress(core::ReadProgress question) override {
        co_return core::ProgressRead{.call = question.call};
    }
    asio::awaitable<core::CallProved> prove(core::ProveCall question) override {
        co_return core::CallProved{.call = question.call, .proof = {}, .result_id = {}};
    }
    int sent = 0;
};

class ManualClock final : public base::Clock {
public:
    [[nodiscard]] base::Moment now() const override { return {at, {}}; }
    base::Instant at{std::chrono::hours(1)};
};

class FencedRouteTest : public testing::Test {
protected:
    template <class Answer>
    Answer run(asio::awaitable<Answer> answering) {
        Answer answered;
        asio::io_context io;
        asio::co_spawn(io, std::move(answering),
                       [&](const std::exception_ptr& failure, Answer answer) {
                           EXPECT_EQ(failure, nullptr);
                           answered = std::move(answer);
                       });
        io.run();
        return answered;
    }
    core::CallAnswered send() {
        core::SendCall call;
        call.call = ledger::CallId(3);
        return run(
            route_.send({.call = std::move(call), .neighbours = {}}, [this] { ++departed_; }));
    }

    OpenRoute open_;
    ManualClock clock_;
    base::Instant held_until_ = clock_.at + seconds(50);
    int noted_ = 0;
    int departed_ = 0;
    FencedRoute route_{open_,
                       clock_,
                       {.call_longest = seconds(50),
                        .held_until = [this] { return held_until_; },
                        .on_sending = [this] { ++noted_; }}};
};

TEST_F(FencedRouteTest, a_call_leaves_while_the_lease_outlasts_it) {
    EXPECT_EQ(send().verdict, actions::Verdict::accepted);
    EXPECT_EQ(noted_, 1) << "before it has left, for whoever comes next";
    EXPECT_EQ(departed_, 1);
}

TEST_F(FencedRouteTest, a_call_that_might_outlast_the_lease_does_not_leave) {
    clock_.at += milliseconds(1);
    const core::CallAnswered answer = send();
    EXPECT_EQ(answer.verdict, actions::Verdict::not_sent);
    EXPECT_EQ(answer.call, ledger::CallId(3));
    EXPECT_EQ(open_.sent, 0);
    EXPECT_EQ(noted_ + departed_, 0);
}

TEST_F(FencedRouteTest, questions_are_asked_whoever_has_the_lease_and_counted) {
    clock_.at += seconds(100);
    core::ReadProgress question;
    question.call = ledger::CallId(3);
    EXPECT_EQ(run(route_.read_progress(question)).call, ledger::CallId(3));
    core::ProveCall proof;
    proof.call = ledger::CallId(4);
    EXPECT_EQ(run(route_.prove(proof)).call, ledger::CallId(4));
    EXPECT_EQ(noted_, 2);
}

} // namespace
} // namespace exarch::worker
