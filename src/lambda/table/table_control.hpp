#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "aws/sqs.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "lambda/control.hpp"
#include "lambda/invocation.hpp"
#include "lambda/table/ticks.hpp"
#include "worker/cloud.hpp"
#include "worker/crash_point.hpp"
#include "worker/targets/reach.hpp"

#include <memory>
#include <optional>
#include <string>

namespace exarch::lambda {

/// `exarch.control` with `ledger: dynamodb:TABLE`: a TableTurn at AWS for each event of the queue
/// of tasks, of the queue of ticks, or of a schedule. One executor's thread.
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
    TableControl(ControlParts parts, config::Config config, worker::CrashPoints crash_points);

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
