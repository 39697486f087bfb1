#pragma once

#include "config/config.hpp"
#include "lambda/events/sqs_event.hpp"
#include "lambda/table/ticks.hpp"
#include "lambda/time_plan.hpp"
#include "simulation/shared/process.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace exarch::simulation {

/// What a function is invoked with: messages of one of its queues, or nothing for a sweep.
struct FunctionEvent {
    enum class Kind : std::uint8_t { tasks, ticks, sweep };
    Kind kind = Kind::sweep;
    std::vector<lambda::SqsRecord> records;
};

/// A function's environment: what one invocation does with the table, one after another. Between
/// two it stands still.
class FunctionProcess final : public Process {
public:
    FunctionProcess(Surroundings& around, const config::Config& config, Life life,
                    std::uint64_t seed);

    /// Whoever is around is told of its answer. `time` is what Lambda gives it.
    void invoke(FunctionEvent event, base::Duration time);

private:
    [[nodiscard]] boost::asio::awaitable<void> serve(FunctionEvent event, lambda::TimePlan plan);
    [[nodiscard]] boost::asio::awaitable<aws::Outcome<aws::SentBatch>>
    send(std::vector<aws::OutgoingMessage> messages);

    Surroundings& around_;
    const config::Config& config_;
    lambda::TickQueue ticks_;
    bool is_sweeping_ = false;
};

} // namespace exarch::simulation
