#pragma once

#include "base/time.hpp"
#include "ledger/record.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace exarch::table {

/// Set by hand.
class ManualClock final : public base::Clock {
public:
    [[nodiscard]] base::Moment now() const override { return moment; }
    void pass(base::Duration time) {
        moment.steady += time;
        moment.wall += std::chrono::duration_cast<std::chrono::milliseconds>(time);
    }

    base::Moment moment{base::Instant(std::chrono::hours(1)),
                        base::Timestamp(std::chrono::milliseconds(1'795'000'000'000))};
};

/// Runs the coroutine to its end, and then what else is ready. What only waits is left: a real
/// table's client keeps its connections.
template <class Value>
Value run(boost::asio::io_context& io, boost::asio::awaitable<Value> coroutine) {
    std::optional<Value> value;
    boost::asio::co_spawn(io, std::move(coroutine),
                          [&](const std::exception_ptr& failure, Value result) {
                              if (failure != nullptr) {
                                  std::rethrow_exception(failure);
                              }
                              value = std::move(result);
                          });
    io.restart();
    while (!value.has_value() && io.run_one() > 0) {
    }
    io.poll();
    return std::move(value).value();
}

inline const base::AccountId account_one("111122223333");
inline const base::AccountId account_two("444455556666");

inline ledger::LaneKey lane_of(const std::string& resource,
                               const base::AccountId& account = account_one) {
    return {account, "cloudfront.invalidate", resource};
}

/// A message that asks for these items in one lane.
inline ledger::AcceptTask task_of(const std::string& message, std::vector<std::string> items,
                                  const ledger::LaneKey& lane = lane_of("E1")) {
    ledger::AcceptTask task;
    task.origin.queue = "https://sqs.eu-west-1.amazonaws.com/999900001111/q";
    task.origin.message_id = message;
    task.origin.sender_id = "AIDAEXAMPLE";
    task.origin.sent_at = ManualClock().moment.wall;
    task.accepted_at = ManualClock().moment.wall;
    task.lanes.push_back(lane);
    for (std::string& item : items) {
        ledger::NewOperation operation;
        operation.item = std::move(item);
        task.operations.push_back(std::move(operation));
    }
    return task;
}

} // namespace exarch::table
