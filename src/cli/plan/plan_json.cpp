#include "cli/plan/plan_json.hpp"

#include <boost/json/array.hpp>

#include <chrono>

namespace exarch::cli {
namespace {

namespace json = boost::json;

double in_seconds(base::Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

json::object sum_object(const PlanSum& sum) {
    return {{"operations", sum.operations.total() - sum.operations.rejected},
            {"merged", sum.merged},
            {"covered", sum.covered},
            {"expired", sum.operations.expired},
            {"items", sum.items},
            {"calls", sum.calls},
            {"last_call_after_seconds", in_seconds(sum.last_call_after)},
            {"cost_usd", sum.dollars}};
}

json::object lane_object(const ledger::LaneKey& lane) {
    return {
        {"account", lane.account.value()}, {"action", lane.action}, {"resource", lane.resource}};
}

json::array accounts_array(const PlanReport& report) {
    json::array accounts;
    for (const auto& [account, sum] : report.accounts) {
        json::object object = sum_object(sum);
        object["account"] = account.value();
        accounts.push_back(std::move(object));
    }
    return accounts;
}

json::array calls_array(const simulate::Forecast& forecast) {
    json::array calls;
    for (const simulate::ForecastCall& call : forecast.calls) {
        json::object object = lane_object(call.lane);
        object["after_seconds"] = in_seconds(call.after);
        object["operations"] = call.operations;
        object["items"] = json::array(call.items.begin(), call.items.end());
        calls.push_back(std::move(object));
    }
    return calls;
}

json::array covered_array(const simulate::Forecast& forecast) {
    json::array covered;
    for (const auto& [item, cover] : forecast.covered) {
        json::object object = lane_object(item.first);
        object["item"] = item.second;
        object["covered_by"] = cover;
        covered.push_back(std::move(object));
    }
    return covered;
}

json::array rejected_array(const simulate::Forecast& forecast) {
    json::array rejected;
    for (const auto& [task, rejection] : forecast.rejections) {
        rejected.push_back(
            json::object{{"task", task}, {"place", rejection.place}, {"reason", rejection.reason}});
    }
    return rejected;
}

} // namespace

json::object to_json(const PlanReport& report) {
    return {{"total", sum_object(report.all)},
            {"accounts", accounts_array(report)},
            {"calls", calls_array(report.forecast)},
            {"covered", covered_array(report.forecast)},
            {"rejected", rejected_array(report.forecast)},
            {"duplicate_tasks", report.forecast.duplicate_tasks}};
}

} // namespace exarch::cli
