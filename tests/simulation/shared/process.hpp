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

/// A process's way to the table: requests take time, are lost and sent again.
class TableClient final : public table::Table {
public:
    TableClient(Surroundings& around, Life life) : around_(around), life_(life) {}

    /// By then it has given up, whatever it waits for.
    void limit(base::Instant ends_by) { ends_by_ = ends_by; }

    [[nodiscard]] boost::asio::awaitable<base::Result<aws::Item>> get(aws::Item key) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<aws::Written>> put(aws::PutItem put) override;
    [[nodiscard]] boost::asio::awaitable<base::Result<aws::Written>>
    update(aws::UpdateItem update) override;
    [[nodiscard]] boost::asio::awaitable<std::vector<aws::Inserted>>
    insert(std::vector<aws::Item> items, base::Duration longest) override;
    [[nodiscard]] std::size_t transaction_writes_max() const override {
        return around_.table().transaction_writes_max;
    }
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
    base::Instant ends_by_ = base::Instant::max();
};

/// A process's way to the cloud.
class CloudRoute final : public route::Route {
public:
    struct Limits {
        /// How long a request may take.
        base::Duration longest = base::Duration::max();
        /// No session begins later.
        base::Instant last_session = base::Instant::max();
    };

    CloudRoute(Surroundings& around, Life life) : around_(around), life_(life) {}

    void limit(Limits limits) { limits_ = limits; }

    [[nodiscard]] boost::asio::awaitable<core::CallAnswered>
    send(route::CallOrder order, http::OnDeparture on_departure) override;
    [[nodiscard]] boost::asio::awaitable<core::ProgressRead>
    read_progress(core::ReadProgress question, route::Neighbours neighbours) override;
    [[nodiscard]] boost::asio::awaitable<core::CallProved>
    prove(core::ProveCall question, route::Neighbours neighbours) override;

private:
    [[nodiscard]] boost::asio::awaitable<std::optional<FakeCloudFront::Answer>>
    begin_session(base::AccountId account);

    Surroundings& around_;
    Life life_;
    Limits limits_;
    /// Until when it takes its session with an account for good.
    std::map<base::AccountId, base::Instant> sessions_;
};

/// One life of what ships. It goes on only when it is polled.
class Process {
public:
    Process(Surroundings& around, Life life, std::uint64_t seed);
    virtual ~Process() = default;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] Life life() const { return life_; }
    /// When it has something to do, if it is not told of anything before.
    [[nodiscard]] std::optional<base::Instant> due() const { return timers_.due; }
    void poll();

protected:
    class ProcessClock final : public base::Clock {
    public:
        ProcessClock(const Surroundings& around, Life life) : around_(around), life_(life) {}
        [[nodiscard]] base::Moment now() const override { return around_.moment(life_); }

    private:
        const Surroundings& around_;
        Life life_;
    };
    class ProcessEntropy final : public base::Entropy {
    public:
        explicit ProcessEntropy(std::uint64_t seed) : dice_(seed) {}
        [[nodiscard]] std::string hex(std::size_t bytes) override;

    private:
        Dice dice_;
    };

    Life life_;
    ProcessClock clock_;
    ProcessEntropy entropy_;
    base::Log log_{base::LogLevel::off};
    worker::CrashPoints crash_points_;
    TableClient table_;
    CloudRoute route_;
    Timers timers_;
    boost::asio::io_context io_{1};

private:
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
};

/// A worker: from the messages that it is given to the requests that it makes.
class WorkerProcess final : public Process {
public:
    WorkerProcess(Surroundings& around, const config::Config& config, Life life,
                  std::uint64_t seed);
    ~WorkerProcess() override;

    void take_in(core::MessagesReceived messages);
    void stop();
    [[nodiscard]] const worker::Execution& execution() const { return *execution_; }

private:
    std::unique_ptr<worker::TableExecution> execution_;
};

} // namespace exarch::simulation
