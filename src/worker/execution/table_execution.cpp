#include "worker/execution/table_execution.hpp"

#include "worker/accounts/terms.hpp"
#include "worker/setup.hpp"

#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace exarch::worker {

namespace asio = boost::asio;

namespace {

AccountRuns::Params runs_params(const TableExecution::Parts& parts) {
    AccountRuns::Params params;
    params.terms = account_terms(parts.config.worker.lease);
    params.core = core_params(parts.config, parts.entropy);
    if (parts.is_draining) {
        params.find_every = std::chrono::milliseconds(500);
        params.find_after = {};
    }
    return params;
}

} // namespace

TableExecution::TableExecution(Parts parts, Callbacks callbacks)
    : executor_(parts.executor), check_(parts.check), failed_(callbacks.failed),
      runs_({parts.executor, parts.clock, parts.entropy, parts.log, parts.crash_points, parts.route,
             ledger_parts(parts.config, parts.table, parts.clock)},
            runs_params(parts), std::move(callbacks.failed)),
      taker_({parts.executor, parts.clock, parts.log, parts.crash_points, parts.table},
             task_rules(parts.config), intake_of(parts.config, parts.table, parts.clock),
             {.delete_messages = std::move(callbacks.delete_messages),
              .let_go = std::move(callbacks.let_go),
              .accounts = [this](const auto& accounts) { runs_.expect(accounts); }}) {}

void TableExecution::start() {
    is_checking_ = true;
    asio::co_spawn(executor_, begin(), [](const std::exception_ptr& failure) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    });
}

asio::awaitable<void> TableExecution::begin() {
    base::Status checked = co_await check_();
    is_checking_ = false;
    if (checked.has_value()) {
        runs_.start();
    } else {
        failed_(std::move(checked).error());
    }
}

core::RunCounts TableExecution::counts() const {
    core::RunCounts counts = runs_.counts();
    counts += taker_.counts();
    return counts;
}

core::Outlook TableExecution::outlook() const {
    core::Outlook outlook = runs_.outlook();
    outlook.is_busy = outlook.is_busy || !taker_.is_idle();
    return outlook;
}

std::size_t TableExecution::backlog() const {
    return runs_.backlog() + taker_.in_hand();
}

} // namespace exarch::worker
