#include "simulation/shared/function_process.hpp"

#include "lambda/table/table_turn.hpp"
#include "simulation/shared/shared_probe.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace exarch::simulation {

namespace asio = boost::asio;

FunctionProcess::FunctionProcess(Surroundings& around, const config::Config& config, Life life,
                                 std::uint64_t seed)
    : Process(around, life, seed), around_(around), config_(config),
      ticks_([this](const aws::QueueUrl&, auto messages) { return send(std::move(messages)); },
             clock_, aws::QueueUrl("https://ticks")) {}

void FunctionProcess::invoke(FunctionEvent event, base::Duration time) {
    const TimerScope scope(timers_);
    const base::Moment now = clock_.now();
    const lambda::TimePlan plan =
        lambda::plan_time(now, now.wall + std::chrono::floor<base::Timestamp::duration>(time));
    table_.limit(plan.answer_by);
    route_.limit({.longest = plan.call_longest, .last_session = plan.last_start});
    asio::co_spawn(io_, serve(std::move(event), plan), [](const std::exception_ptr& thrown) {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
    });
    poll();
}

asio::awaitable<void> FunctionProcess::serve(FunctionEvent event, lambda::TimePlan plan) {
    lambda::TableTurn turn({io_.get_executor(), clock_, entropy_, log_, config_, crash_points_,
                            table_, route_, ticks_},
                           plan);
    is_sweeping_ = event.kind == FunctionEvent::Kind::sweep;
    std::vector<std::string> returned;
    switch (event.kind) {
    case FunctionEvent::Kind::tasks:
        returned = co_await turn.take_in(std::move(event.records));
        break;
    case FunctionEvent::Kind::ticks:
        co_await turn.serve_ticks(std::move(event.records));
        break;
    case FunctionEvent::Kind::sweep:
        // The next one makes up for it.
        [[maybe_unused]] const base::Status swept = co_await turn.sweep();
        break;
    }
    around_.befall(life_);
    around_.answered(life_, returned);
}

asio::awaitable<aws::Outcome<aws::SentBatch>>
FunctionProcess::send(std::vector<aws::OutgoingMessage> messages) {
    around_.befall(life_);
    aws::SentBatch sent;
    for (aws::OutgoingMessage& message : messages) {
        if (is_sweeping_) {
            pass(SharedProbe::swept_up);
        }
        if (!around_.send_tick(life_, std::move(message.body), message.delay)) {
            sent.failures.emplace_back().failure.message = "no answer";
        }
    }
    asio::steady_timer timer(io_, std::chrono::milliseconds(10));
    co_await timer.async_wait(asio::use_awaitable);
    co_return sent;
}

} // namespace exarch::simulation
