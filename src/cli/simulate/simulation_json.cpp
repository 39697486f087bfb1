#include "cli/simulate/simulation_json.hpp"

#include <boost/json/array.hpp>

#include <chrono>

namespace exarch::cli {
namespace {

namespace json = boost::json;

double seconds(base::Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

json::object sum_object(const simulate::RunSum& sum) {
    return {{"operations", sum.operations},
            {"done", sum.done},
            {"failed", sum.failed},
            {"expired", sum.expired},
            {"items", sum.items},
            {"calls", sum.calls},
            {"throttled", sum.throttled},
            {"unanswered", sum.unanswered},
            {"last_call_after_seconds", seconds(sum.last_call_after)},
            {"wait_max_seconds", seconds(sum.longest_wait)},
            {"cost_usd", sum.dollars}};
}

json::object run_object(const simulate::SimulationResult& result) {
    json::object object = sum_object(result.all);
    object["wait_p50_seconds"] = seconds(result.waits.percentile(50));
    object["wait_p99_seconds"] = seconds(result.waits.percentile(99));
    object["rejected"] = result.rejected;
    object["duplicate_tasks"] = result.duplicate_tasks;
    object["held_max"] = result.held_max;
    return object;
}

json::array accounts_array(const simulate::SimulationResult& result) {
    json::array accounts;
    for (const simulate::AccountRun& run : result.accounts) {
        json::object object = sum_object(run.sum);
        object["account"] = run.account.value();
        accounts.push_back(std::move(object));
    }
    return accounts;
}

json::array slowest_array(const simulate::SimulationResult& result) {
    json::array slowest;
    for (const simulate::AccountRun* run : slowest_accounts(result)) {
        slowest.emplace_back(run->account.value());
    }
    return slowest;
}

json::array timeline_array(const simulate::Timeline& timeline) {
    json::array parts;
    std::int64_t waiting = 0;
    base::Duration end{};
    for (const simulate::Timeline::Part& part : timeline.parts()) {
        const std::int64_t waiting_max = waiting + part.most_more;
        waiting += part.more_waiting;
        end += timeline.part();
        parts.push_back(json::object{{"until_seconds", seconds(end)},
                                     {"waiting", waiting},
                                     {"waiting_max", waiting_max},
                                     {"calls", part.calls},
                                     {"throttled", part.throttled}});
    }
    return parts;
}

} // namespace

json::object to_json(const SimulationReport& report) {
    return {{"as_configured", run_object(report.as_configured)},
            {"twice_the_quotas", run_object(report.twice_the_quotas)},
            {"slowest", slowest_array(report.as_configured)},
            {"accounts", accounts_array(report.as_configured)},
            {"timeline", timeline_array(report.as_configured.timeline)}};
}

} // namespace exarch::cli
