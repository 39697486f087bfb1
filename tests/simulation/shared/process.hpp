#pragma once

#include "base/environment.hpp"
#include "base/log.hpp"
#include "route/route.hpp"
#include "simulation/dice.hpp"
#include "simulation/shared/fake_table.hpp"
#include "simulation/shared/surroundings.hpp"
#include "simulation/shared/virtual_time.hpp"
#include "table/table.hpp"
#include "worker/execution/table_execution.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace exarch::simulation {

/// A worker's way to the table: requests take time, are lost and sent again.
class TableClient final : public table::Table {
public:
    TableClient(Surroundings& around, Life life) : around_(around), life_(life) {}

    [[nodiscard]] boost::asio::awaitable<base::Result<aws::Item>> get(aws::Item key) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<aws::Written>> put(aws::PutItem put) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<aws::Written>>
    update(aws::UpdateItem update) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<bool>>
    transact(aws::Transaction transaction) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<aws::QueryPage>>
    query(aws::Query query) override;

private:
    template <class Answer>
    [[nodiscard]] boost::asio::awaitable<base::Result<Answer>>
    ask(TableRequestKind kind, std::string what, std::function<Answer()> act);

    Surroundings& around_;
    Life life_;
};

/// A worker's way to the cloud.
class CloudRoute final : public route::Route {
public:
    CloudRoute(Surroundings& around, Life life) : around_(around), life_(life) {}

    [[nodiscard]] boost::asio::awaitable<core::CallAnswered>
    send(route::CallOrder order, http::OnDeparture on_departure) override;
    [[nodiscard]] boost::asio::awaitable<core::ProgressRead>
    read_progress(core::ReadProgress question) override;
    [[nodiscard]] boost::asio::awaitable<core::CallProved> prove(core::ProveCall question) override;

private:
    Surroundings& around_;
    Life life_;
    /// Until when it takes its session with an account for good.
    std::map<base::AccountId, base::Instant> sessions_;
};

/// One life of a worker: what ships of it, from the messages that it is given to the requests that
/// it makes. It goes on only when it is polled.
class Process {
public:
    Process(Surroundings& around, const config::Config& config, Life life, std::uint64_t seed);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] Life life() const { return life_; }
    /// When it has something to do, if it is not told of anything before.
    [[nodiscard]] std::optional<base::Instant> due() const { return timers_.due; }
    void poll();
    void take_in(core::MessagesReceived messages);
    void stop();
    [[nodiscard]] const worker::Execution& execution() const { return *execution_; }

private:
    class WorkerClock final : public base::Clock {
    public:
        WorkerClock(const Surroundings& around, Life life) : around_(around), life_(life) {}
        [[nodiscard]] base::Moment now() const override { return around_.moment(life_); }

    private:
        const Surroundings& around_;
        Life life_;
    };
    class WorkerEntropy final : public base::Entropy {
    public:
        explicit WorkerEntropy(std::uint64_t seed) : dice_(seed) {}
        [[nodiscard]] std::string hex(std::size_t bytes) override;

    private:
        Dice dice_;
    };

    Life life_;
    WorkerClock clock_;
    WorkerEntropy entropy_;
    base::Log log_{base::LogLevel::off};
    worker::CrashPoints crash_points_;
    TableClient table_;
    CloudRoute route_;
    Timers timers_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::unique_ptr<worker::TableExecution> execution_;
};

} // namespace exarch::simulation
