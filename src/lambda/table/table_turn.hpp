#pragma once

#include "base/environment.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "lambda/events/sqs_event.hpp"
#include "lambda/table/ticks.hpp"
#include "lambda/time_plan.hpp"
#include "ledger/record.hpp"
#include "route/route.hpp"
#include "table/intake/message.hpp"
#include "table/table.hpp"
#include "worker/accounts/account_run.hpp"
#include "worker/crash_point.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace exarch::lambda {

/// What one invocation does where the ledger is a table: takes messages into it, one tick for each
/// account that had nothing to do before; spends, at each tick, the tokens that its account has,
/// and leaves the next tick; and sweeps up what ticks have lost. It waits for no token. One
/// executor's thread.
class TableTurn {
public:
    /// All of it must outlive the turn, and the coroutines that it returned.
    struct Parts {
        boost::asio::any_io_executor executor;
        const base::Clock& clock;
        base::Entropy& entropy;
        base::Log& log;
        const config::Config& config;
        worker::CrashPoints& crash_points;
        table::Table& table;
        route::Route& route;
        const TickQueue& ticks;
    };

    TableTurn(const Parts& parts, TimePlan plan) : parts_(parts), plan_(plan) {}

    /// Messages of the queue of tasks. Returns the ids of those that go back to it.
    [[nodiscard]] boost::asio::awaitable<std::vector<std::string>>
    take_in(std::vector<SqsRecord> records);
    /// Messages of the queue of ticks: none has to come again.
    [[nodiscard]] boost::asio::awaitable<void> serve_ticks(std::vector<SqsRecord> records);
    /// Leaves ticks for what is due and was lost, and for what comes due before the next sweep: of
    /// waits too long for a tick nobody else knows.
    [[nodiscard]] boost::asio::awaitable<base::Status> sweep();

private:
    [[nodiscard]] boost::asio::awaitable<base::Result<std::set<std::string>>>
    take_in_tasks(const std::vector<SqsRecord>& records);
    [[nodiscard]] std::set<std::string> tell_taken(const std::vector<ledger::AcceptTask>& tasks,
                                                   const std::vector<table::Taken>& taken) const;
    /// The accounts that ticks have named.
    struct Serving {
        std::size_t open = 0;
        /// Of those that are done with, to be left.
        std::vector<Tick> next;
        /// Cancelled when none is open any more.
        boost::asio::steady_timer over;
    };
    [[nodiscard]] boost::asio::awaitable<base::Status> serve_tick(base::AccountId account,
                                                                  Serving& serving);
    [[nodiscard]] boost::asio::awaitable<base::Status> leave_meanwhile(Serving& serving);
    [[nodiscard]] boost::asio::awaitable<base::Result<std::optional<Tick>>>
    work_on(base::AccountId account);
    [[nodiscard]] boost::asio::awaitable<base::Status> carry_out(worker::AccountRun& run);
    void tell(const worker::AccountRun& run) const;
    [[nodiscard]] boost::asio::awaitable<void> leave(std::vector<Tick> ticks);
    [[nodiscard]] std::string name_of_queue(const std::string& arn) const;

    Parts parts_;
    TimePlan plan_;
};

} // namespace exarch::lambda
