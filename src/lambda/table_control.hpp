#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "lambda/control.hpp"
#include "lambda/events/sqs_event.hpp"
#include "lambda/invocation.hpp"
#include "lambda/ticks.hpp"
#include "lambda/time_plan.hpp"
#include "table/dynamodb_table.hpp"
#include "table/intake.hpp"
#include "worker/accounts/account_run.hpp"
#include "worker/cloud.hpp"
#include "worker/crash_point.hpp"
#include "worker/targets/reach.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace exarch::lambda {

/// `exarch.control` with `ledger: dynamodb:TABLE`: takes messages into the table and leaves, one
/// tick for each account that had nothing to do before; spends, at each tick, the tokens that its
/// account has, and leaves the next tick; and sweeps, at a scheduled event, what ticks have lost.
/// No invocation waits for a token. One executor's thread.
class TableControl final : public Handler {
public:
    /// Calls nothing yet. `ticks` is the URL of the queue of ticks. Fails as invalid where AWS's
    /// own configuration or the target accounts' can't be used.
    [[nodiscard]] static base::Result<std::unique_ptr<TableControl>>
    open(ControlParts parts, config::Config config, const std::string& ticks);

    [[nodiscard]] boost::asio::awaitable<base::Result<std::string>>
    handle(Invocation invocation) override;
    /// Whatever it begins has ended when it answers: no request may last longer.
    [[nodiscard]] bool is_spent() const override { return false; }

private:
    /// What lasts for one invocation.
    struct Turn {
        TimePlan plan;
        table::DynamoDbTable table;
    };

    TableControl(ControlParts parts, config::Config config, worker::CrashPoints crash_points);

    [[nodiscard]] boost::asio::awaitable<base::Result<std::string>>
    serve_records(Turn& turn, std::vector<SqsRecord> records);
    [[nodiscard]] boost::asio::awaitable<std::vector<std::string>>
    take_in(Turn& turn, std::vector<SqsRecord> records);
    [[nodiscard]] boost::asio::awaitable<base::Result<std::set<std::string>>>
    take_in_tasks(Turn& turn, const std::vector<SqsRecord>& records);
    [[nodiscard]] boost::asio::awaitable<void> serve_ticks(Turn& turn,
                                                           const std::vector<SqsRecord>& records);
    [[nodiscard]] boost::asio::awaitable<base::Status>
    serve_tick(Turn& turn, base::AccountId account, std::vector<Tick>& next);
    [[nodiscard]] boost::asio::awaitable<base::Result<std::optional<Tick>>>
    work_on(Turn& turn, base::AccountId account);
    [[nodiscard]] boost::asio::awaitable<base::Status> carry_out(const Turn& turn,
                                                                 worker::AccountRun& run);
    [[nodiscard]] boost::asio::awaitable<base::Result<std::string>> sweep(Turn& turn);
    [[nodiscard]] boost::asio::awaitable<void> leave(std::vector<Tick> ticks);
    [[nodiscard]] std::string name_of_queue(const std::string& arn) const;

    ControlParts parts_;
    config::Config config_;
    worker::CrashPoints crash_points_;
    std::unique_ptr<worker::Cloud> cloud_;
    std::unique_ptr<worker::Reach> reach_;
    std::unique_ptr<aws::DynamoDb> dynamodb_;
    std::unique_ptr<aws::Sqs> sqs_;
    std::optional<TickQueue> ticks_;
};

} // namespace exarch::lambda
