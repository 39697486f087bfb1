#include "lambda/stateless.hpp"

#include "lambda/listing.hpp"
#include "lambda/time_plan.hpp"
#include "worker/setup.hpp"

#include <algorithm>
#include <utility>

namespace exarch::lambda {
namespace {

namespace asio = boost::asio;

double part_of_burst(double burst, double instances) {
    return std::max(1.0, burst / instances);
}

std::vector<std::string> all_of(const std::vector<SqsRecord>& records) {
    return messages_to_return(records, [](const SqsRecord&) { return true; });
}

} // namespace

config::Config share_of(config::Config config, std::int64_t instances) {
    const auto number = static_cast<double>(instances);
    for (auto& [api, quota] : config.quotas) {
        quota = {.rate = quota.rate / number, .burst = part_of_burst(quota.burst, number)};
    }
    for (auto& [account, settings] : config.targets.accounts) {
        for (auto& [api, own] : settings.quotas) {
            own.rate = own.rate.transform([&](double rate) { return rate / number; });
            own.burst =
                own.burst.transform([&](double burst) { return part_of_burst(burst, number); });
        }
    }
    return config;
}

StatelessControl::StatelessControl(ControlParts parts, config::Config config,
                                   worker::CrashPoints crash_points)
    : parts_(std::move(parts)), config_(std::move(config)), crash_points_(crash_points) {}

base::Result<std::unique_ptr<StatelessControl>> StatelessControl::open(ControlParts parts,
                                                                       config::Config config) {
    EXARCH_TRY(const worker::CrashPoints crash_points,
               worker::CrashPoints::from(parts.environment));
    std::unique_ptr<StatelessControl> control(
        new StatelessControl(std::move(parts), std::move(config), crash_points));
    const ControlParts& own = control->parts_;
    EXARCH_TRY(control->cloud_,
               worker::Cloud::open(own.executor, own.clock, own.environment, std::string()));
    EXARCH_TRY(control->reach_,
               worker::Reach::open({own.executor, own.clock, control->config_, *control->cloud_}));
    return control;
}

asio::awaitable<base::Result<std::string>> StatelessControl::handle(Invocation invocation) {
    EXARCH_CO_TRY(const std::vector<SqsRecord> records, parse_sqs_event(invocation.event));
    tell_of_flaws(parts_.log, records);
    const base::Moment now = parts_.clock.now();
    EXARCH_CO_TRY(const TimePlan plan, plan_invocation(now, invocation.deadline));
    if (!plan.has_time_at(now.steady) && !records.empty()) {
        parts_.log.error("all {} messages go back to the queue: {}", records.size(),
                         too_short(now, *invocation.deadline));
        co_return format_batch_answer(all_of(records));
    }
    co_return co_await carry_out(records, plan);
}

asio::awaitable<base::Result<std::string>>
StatelessControl::carry_out(const std::vector<SqsRecord>& records, TimePlan plan) {
    cloud_->caller().limit({.longest = plan.call_longest, .ends_by = plan.answer_by});
    reach_->sessions().begin_none_after(plan.last_start);
    core::CoreParams params = worker::core_params(config_, parts_.entropy);
    params.paces = paces_;
    params.reports_unsuccessful = false;
    auto batch = std::make_unique<Batch>(Batch::Parts{parts_.executor, parts_.clock, parts_.log,
                                                      reach_->route(), crash_points_, in_progress_},
                                         std::move(params));
    const base::Status ran = co_await batch->run(records, plan);
    if (!ran.has_value()) {
        is_spent_ = true;
        [[maybe_unused]] const Batch* const left_behind = batch.release();
        co_return std::unexpected(ran.error());
    }
    paces_ = batch->paces();
    const std::vector<std::string> returned = messages_to_return(
        records, [&batch](const SqsRecord& record) { return !batch->is_settled(record.origin); });
    tell(*batch, returned, records.size());
    if (!batch->has_stopped()) {
        // It must not go on in the next invocation, where nobody would know of it.
        parts_.log.error("something did not end in its time; this process ends with the answer");
        is_spent_ = true;
        [[maybe_unused]] const Batch* const left_behind = batch.release();
    }
    co_return format_batch_answer(returned);
}

void StatelessControl::tell(const Batch& batch, const std::vector<std::string>& returned,
                            std::size_t messages) const {
    const core::RunCounts& counts = batch.counts();
    const core::Outlook outlook = batch.outlook();
    for (const core::BlockedLane& lane : outlook.blocked) {
        parts_.log.warn("{} {}: not done, {} open: {}", lane.lane.account.value(),
                        lane.lane.resource, lane.operations, lane.reason);
    }
    if (outlook.open > outlook.blocked_operations) {
        parts_.log.warn("not done in the time there was: {} open",
                        outlook.open - outlook.blocked_operations);
    }
    if (!returned.empty()) {
        parts_.log.warn("back to the queue: {}", list_some(returned));
    }
    parts_.log.info("messages: {} settled, {} back to the queue; operations: {} done, {} failed, "
                    "{} expired, {} rejected, {} open; calls: {} sent, {} throttled",
                    messages - std::min(messages, returned.size()), returned.size(), counts.done,
                    counts.failed, counts.expired, counts.rejected, outlook.open, counts.sent,
                    counts.throttled);
}

} // namespace exarch::lambda
