#include "cli/plan/plan_report.hpp"

#include "actions/registry.hpp"

#include <algorithm>
#include <utility>

namespace exarch::cli {
namespace {

using ItemsByAction = std::map<std::string, std::size_t, std::less<>>;

double dollars_for(const ItemsByAction& items) {
    double dollars = 0;
    for (const auto& [name, count] : items) {
        const actions::Action* action = actions::find(name);
        if (action != nullptr) {
            const actions::Price price = action->price();
            const std::uint64_t paid = count - std::min<std::uint64_t>(count, price.free_a_month);
            dollars += static_cast<double>(paid) * price.dollars_an_item;
        }
    }
    return dollars;
}

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
    std::map<base::AccountId, ItemsByAction> items;
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
        sum.dollars = dollars_for(items[account]);
        add(report.all, sum);
    }
    report.forecast = std::move(forecast);
    return report;
}

bool is_sound(const PlanReport& report) {
    return report.forecast.rejections.empty() && report.all.operations.expired == 0;
}

} // namespace exarch::cli
