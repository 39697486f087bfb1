#include "cli/plan/plan_report.hpp"

#include "simulate/cost.hpp"

#include <algorithm>
#include <utility>

namespace exarch::cli {
namespace {

void add(PlanSum& all, const PlanSum& account) {
    all.calls += account.calls;
    all.items += account.items;
    all.merged += account.merged;
    all.covered += account.covered;
    all.last_call_after = std::max(all.last_call_after, account.last_call_after);
    all.dollars += account.dollars;
}

} // namespace

PlanReport summarize(simulate::Forecast forecast) {
    PlanReport report;
    for (const ledger::AccountReport& account : forecast.accounts) {
        report.accounts[account.account].operations = account.operations;
    }
    std::map<base::AccountId, simulate::ItemsByAction> items;
    for (const simulate::ForecastCall& call : forecast.calls) {
        PlanSum& sum = report.accounts[call.lane.account];
        ++sum.calls;
        sum.items += call.items.size();
        sum.last_call_after = std::max(sum.last_call_after, call.after);
        items[call.lane.account][call.lane.action] += call.items.size();
    }
    for (const auto& [account, operations] : forecast.merged) {
        report.accounts[account].merged += operations;
    }
    for (const auto& [item, cover] : forecast.covered) {
        ++report.accounts[item.first.account].covered;
    }
    report.all.operations = forecast.totals.operations;
    for (auto& [account, sum] : report.accounts) {
        sum.dollars = simulate::dollars_for(items[account]);
        add(report.all, sum);
    }
    report.forecast = std::move(forecast);
    return report;
}

bool is_sound(const PlanReport& report) {
    return report.forecast.rejections.empty() && report.all.operations.expired == 0;
}

} // namespace exarch::cli
