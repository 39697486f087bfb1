#include "ledger/memory.hpp"
#include "worker/commits/ledger_writer.hpp"
#include "worker/engine.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;

/// Departs and answers before send() has suspended, as a call does that finds a session and a
/// connection ready and is refused or answered at once.
class SynchronousRoute final : public route::Route {
public:
    asio::awaitable<core::CallAnswered> send(route::CallOrder order,
                                             http::OnDeparture on_departure) override {
        core::CallAnswered answer;
        answer.call = order.call.call;
        before_departure();
        if (!on_departure()) {
            answer.verdict = actions::Verdict::not_sent;
            co_return answer;
        }
        ++sent;
        answer.verdict = sent <= unanswered ? actions::Verdict::unknown
                         : sent == 1        ? actions::Verdict::not_sent
                                            : actions::Verdict::accepted;
        answer.result_id = "I1";
        co_return answer;
    }

    asio::awaitable<core::ProgressRead> read_progress(core::ReadProgress question,
                                                      route::Neighbours) override {
        ++questions;
        co_await think();
        co_return core::ProgressRead{question.call, core::ProgressRead::Progress::complete};
    }

    asio::awaitable<core::CallProved> prove(core::ProveCall question, route::Neighbours) override {
        ++proofs;
        co_await think();
        ++proofs_ended;
        core::CallProved proved;
        proved.call = question.call;
        co_return proved;
    }

    /// What takes time until a call can leave.
    std::function<void()> before_departure = [] {};
    int sent = 0;
    /// The first sendings, which stay without an answer.
    int unanswered = 0;
    int questions = 0;
    int proofs = 0;
    int proofs_ended = 0;
    bool answers_questions = true;

private:
    /// Until it is cancelled, where questions are not answered.
    asio::awaitable<void> think() const {
        if (!answers_questions) {
            co_await asio::this_coro::throw_if_cancelled(false);
            asio::steady_timer never(co_await asio::this_coro::executor);
            never.expires_at(asio::steady_timer::time_point::max());
            boost::system::error_code ended;
            co_await never.async_wait(asio::redirect_error(asio::use_awaitable, ended));
        }
    }
};

/// Stands still until it is told.
class StandingClock final : public base::Clock {
public:
    [[nodiscard]] base::Moment now() const override { return now_; }
    void advance(base::Duration duration) {
        now_.steady += duration;
        now_.wall += std::chrono::duration_cast<base::Timestamp::duration>(duration);
    }

private:
    base::Moment now_{base::Instant(std::chrono::hours(1)),
                      base::Timestamp(std::chrono::hours(24) * 20'000)};
};

/// A message of the first form that asks for `/a` at each of `distributions` distributions.
std::string entries_of(const std::string& account, int distributions) {
    std::string entries;
    for (int number = 0; number < distributions; ++number) {
        entries += fmt::format(R"({}{{"aws_account_id": "{}", )"
                               R"("cloudfront_distribution_id": "E{}EXAMPLE", )"
                               R"("invalidation_path": "/a"}})",
                               entries.empty() ? "" : ", ", account, number);
    }
    return R"({"entries": [)" + entries + "]}";
}

class EngineTest : public testing::Test {
protected:
    static core::CoreParams params() {
        core::CoreParams params;
        params.incarnation = "0011223344556677";
        params.quota = [](const base::AccountId&, std::string_view) { return core::Quota{1, 3}; };
        return params;
    }

    static core::MessagesReceived message(core::MessageHandle handle, std::string body) {
        core::ReceivedMessage received;
        received.handle = handle;
        received.origin = {.queue = "tasks",
                           .message_id = "m" + std::to_string(handle),
                           .sender_id = "AROAEXAMPLE",
                           .sent_at = {},
                           .group = {},
                           .sequence_number = {}};
        received.body = std::move(body);
        core::MessagesReceived event;
        event.messages.push_back(std::move(received));
        return event;
    }

    /// Until `is_over` or, where something is lost, for as long as a test may take.
    template <class Condition>
    void run_until(Condition is_over) {
        const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!is_over() && failures_.empty() && std::chrono::steady_clock::now() < give_up_at) {
            io_.restart();
            io_.run_one_for(std::chrono::milliseconds(100));
        }
    }

    /// Second by second.
    template <class Condition>
    void pass_time_until(Condition is_over) {
        run_until([&] {
            asio::post(io_, [&] {
                clock_.advance(std::chrono::seconds(1));
                engine_.feed(core::TimePassed{});
            });
            return is_over();
        });
    }

    asio::io_context io_{1};
    StandingClock clock_;
    base::Log log_{base::LogLevel::off};
    core::Core core_{params()};
    ledger::MemoryLedger ledger_;
    SynchronousRoute route_;
    CrashPoints crash_points_;
    std::vector<core::MessageHandle> deleted_;
    std::vector<std::string> failures_;
    LedgerWriter writer_{io_.get_executor(), ledger_, crash_points_};
    Engine engine_{
        EngineParts{io_.get_executor(), clock_, log_, core_, writer_, route_, crash_points_},
        {.delete_messages =
             [this](const std::vector<core::MessageHandle>& messages) {
                 deleted_.insert(deleted_.end(), messages.begin(), messages.end());
             },
         .failed = [this](const base::Error& error) { failures_.push_back(error.message()); }}};
};

/// After a minute, one step sends again what was not sent before and commits what has just come for
/// another account. The call departs at once, which lets the next one be bound: in a later commit.
TEST_F(EngineTest, what_happens_while_effects_are_carried_out_waits_for_its_turn) {
    engine_.start();
    engine_.feed(message(1, entries_of("111122223333", 3)));
    run_until([&] { return core_.counts().done == 1 && engine_.is_idle(); });
    EXPECT_EQ(route_.sent, 2);

    clock_.advance(std::chrono::minutes(1));
    // On the executor's thread, as everything that happens to an engine.
    asio::post(io_, [&] { engine_.feed(message(2, entries_of("444455556666", 1))); });
    run_until([&] { return core_.counts().done == 4 && engine_.is_idle(); });

    EXPECT_EQ(failures_, std::vector<std::string>());
    EXPECT_EQ(core_.counts().done, 4U);
    EXPECT_EQ(ledger_.totals().value().operations.done, 4);
    EXPECT_EQ(deleted_, (std::vector<core::MessageHandle>{1, 2}));
}

/// AssumeRole may take longer than an operation has.
TEST_F(EngineTest, nothing_leaves_whose_time_is_over_by_then) {
    int tries = 0;
    route_.before_departure = [&] {
        ++tries;
        clock_.advance(std::chrono::seconds(4));
    };
    engine_.start();
    engine_.feed(message(1, R"({"deadline": "2024-10-04T00:00:02Z", "operations": [
        {"action": "cloudfront.invalidate", "account": "111122223333", "distribution": "E1",
         "paths": ["/a"]}]})"));
    run_until([&] { return tries > 0; });
    pass_time_until([&] { return core_.open_operations() == 0 && engine_.is_idle(); });
    EXPECT_EQ(tries, 1);
    EXPECT_EQ(route_.sent, 0);
    EXPECT_EQ(ledger_.totals().value().operations.expired, 1);
}

/// The next run asks again.
TEST_F(EngineTest, a_stop_does_not_wait_for_answers_to_questions) {
    route_.answers_questions = false;
    engine_.start();
    engine_.feed(message(1, entries_of("111122223333", 1)));
    clock_.advance(std::chrono::minutes(1));
    pass_time_until([&] { return route_.questions == 1; });
    ASSERT_EQ(route_.questions, 1);
    EXPECT_FALSE(engine_.is_idle());
    engine_.stop_sending();
    run_until([&] { return engine_.is_idle(); });
    EXPECT_TRUE(engine_.is_idle());
}

/// A search through AWS's records may take long, and nothing else is asked meanwhile.
TEST_F(EngineTest, a_proof_ends_when_its_call_is_settled) {
    route_.answers_questions = false;
    route_.unanswered = 7;
    engine_.start();
    engine_.feed(message(1, entries_of("111122223333", 1)));
    pass_time_until([&] { return route_.proofs == 1; });
    EXPECT_EQ(route_.proofs_ended, 0);
    EXPECT_EQ(core_.counts().done, 0U);
    pass_time_until([&] { return core_.counts().done == 1; });
    run_until([&] { return engine_.is_idle(); });
    EXPECT_EQ(route_.proofs_ended, 1);
    EXPECT_TRUE(engine_.is_idle());
}

} // namespace
} // namespace exarch::worker
