#include "lambda/table/table_control.hpp"

#include "lambda/events/scheduled_event.hpp"
#include "lambda/table/table_turn.hpp"
#include "lambda/time_plan.hpp"
#include "table/dynamodb_table.hpp"
#include "worker/accounts/terms.hpp"
#include "worker/setup.hpp"

#include <algorithm>
#include <utility>

namespace exarch::lambda {

namespace asio = boost::asio;

TableControl::TableControl(ControlParts parts, config::Config config,
                           worker::CrashPoints crash_points)
    : parts_(std::move(parts)), config_(std::move(config)), crash_points_(crash_points) {}

base::Result<std::unique_ptr<TableControl>>
TableControl::open(ControlParts parts, config::Config config, const std::string& ticks) {
    EXARCH_TRY(const worker::CrashPoints crash_points,
               worker::CrashPoints::from(parts.environment));
    std::unique_ptr<TableControl> control(
        new TableControl(std::move(parts), std::move(config), crash_points));
    const ControlParts& own = control->parts_;
    EXARCH_TRY(control->cloud_,
               worker::Cloud::open(own.executor, own.clock, own.environment, ticks));
    EXARCH_TRY(control->reach_,
               worker::Reach::open({own.executor, own.clock, control->config_, *control->cloud_}));
    EXARCH_TRY(control->dynamodb_, control->cloud_->dynamodb(control->config_.ledger_table));
    EXARCH_TRY(control->sqs_, control->cloud_->sqs(ticks));
    TickQueue::Send send = [&sqs = *control->sqs_](aws::QueueUrl url, auto messages) {
        return sqs.send_batch(std::move(url), std::move(messages));
    };
    control->ticks_.emplace(std::move(send), own.clock, aws::QueueUrl(ticks));
    return control;
}

asio::awaitable<base::Result<std::string>> TableControl::handle(Invocation invocation) {
    const bool is_sweep = is_scheduled_event(invocation.event);
    std::vector<SqsRecord> records;
    if (!is_sweep) {
        EXARCH_CO_TRY(records, parse_sqs_event(invocation.event));
    }
    const base::Moment now = parts_.clock.now();
    EXARCH_CO_TRY(const TimePlan plan, plan_invocation(now, invocation.deadline));
    if (!plan.has_time_at(now.steady)) {
        parts_.log.error("{}", too_short(now, *invocation.deadline));
    }
    const base::Duration request_longest =
        std::min(plan.call_longest, worker::request_longest(config_.worker.lease));
    cloud_->caller().limit({.longest = request_longest, .ends_by = plan.answer_by});
    reach_->sessions().begin_none_after(plan.last_start);
    // What the table does not do while there is time is of no use any more.
    table::Patience patience;
    patience.until = plan.answer_by;
    table::DynamoDbTable table(*dynamodb_, parts_.clock, worker::chance_from(parts_.entropy),
                               patience);
    TableTurn turn({parts_.executor, parts_.clock, parts_.entropy, parts_.log, config_,
                    crash_points_, table, reach_->route(), *ticks_},
                   plan);
    if (is_sweep) {
        EXARCH_CO_CHECK(co_await turn.sweep());
        co_return "{}";
    }
    std::vector<SqsRecord> ticks;
    std::vector<SqsRecord> tasks;
    for (SqsRecord& record : records) {
        const bool is_tick = is_queue(record.origin.queue, ticks_->url());
        (is_tick ? ticks : tasks).push_back(std::move(record));
    }
    co_await turn.serve_ticks(std::move(ticks));
    co_return format_batch_answer(co_await turn.take_in(std::move(tasks)));
}

} // namespace exarch::lambda
