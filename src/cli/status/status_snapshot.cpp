#include "cli/status/status_snapshot.hpp"

#include "actions/registry.hpp"
#include "cli/status/turns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace exarch::cli {
namespace {

bool waits(const LaneStatus& lane) {
    return lane.report.operations.open() > 0 && lane.report.blocked_reason.empty();
}

std::int64_t calls_of(const LaneStatus& lane, const actions::Action& action) {
    const auto items_max = static_cast<std::int64_t>(action.items_max());
    const std::int64_t under_way = lane.report.operations.bound > 0 ? 1 : 0;
    return under_way + calls_for(lane.report.operations.pending, items_max);
}

std::optional<double> learned_rate(const ledger::AccountReport& account, std::string_view api) {
    const auto learned = std::ranges::find(account.quotas, api, &ledger::LearnQuota::api);
    return learned == account.quotas.end() ? std::nullopt : std::optional(learned->rate);
}

std::map<TurnsKey, Turns> share_out(const StatusSnapshot& snapshot, const config::Config& config) {
    std::map<base::AccountId, const ledger::AccountReport*> accounts;
    for (const AccountStatus& account : snapshot.accounts) {
        accounts.emplace(account.report.account, &account.report);
    }
    std::map<TurnsKey, std::vector<std::int64_t>> calls;
    for (const LaneStatus& lane : snapshot.lanes) {
        const actions::Action* action = actions::find(lane.report.lane.action);
        if (action != nullptr && waits(lane)) {
            calls[{lane.report.lane.account, action->api()}].push_back(calls_of(lane, *action));
        }
    }
    std::map<TurnsKey, Turns> turns;
    for (auto& [key, of_lanes] : calls) {
        const auto account = accounts.find(key.first);
        const auto learned =
            account == accounts.end() ? std::nullopt : learned_rate(*account->second, key.second);
        turns.emplace(key, Turns(call_rate(config, key, learned), std::move(of_lanes)));
    }
    return turns;
}

// An answer that has not come by now will not come any more.
bool is_overdue(const ledger::LaneReport& lane, base::Timestamp now) {
    return lane.open_since.has_value() && now - *lane.open_since > answer_patience;
}

std::string describe_wait(const LaneStatus& lane, const Turns& turns) {
    if (lane.report.operations.bound > 0 && lane.report.operations.pending == 0) {
        return "AWS's answer";
    }
    if (turns.lanes() == 1) {
        return "its turn at " + format_pace(turns.rate());
    }
    return fmt::format("its turn among {} lanes at {}", turns.lanes(), format_pace(turns.rate()));
}

void estimate_lane(LaneStatus& lane, const std::map<TurnsKey, Turns>& all_turns,
                   base::Timestamp now) {
    const ledger::LaneReport& report = lane.report;
    if (report.operations.open() == 0) {
        return;
    }
    if (!report.blocked_reason.empty()) {
        lane.waits_for = "blocked: " + report.blocked_reason;
        return;
    }
    const actions::Action* action = actions::find(report.lane.action);
    if (action == nullptr) {
        lane.waits_for = "a version of exarch that knows this action";
        return;
    }
    if (report.operations.pending == 0 && is_overdue(report, now)) {
        lane.waits_for =
            fmt::format("the outcome of a call of {} ago: it is sent again and looked up",
                        base::format_for_people(now - *report.open_since));
        return;
    }
    const Turns& turns = all_turns.at(TurnsKey{report.lane.account, action->api()});
    lane.waits_for = describe_wait(lane, turns);
    lane.left = turns.time_for(turns.until(calls_of(lane, *action)));
}

} // namespace

void estimate(StatusSnapshot& snapshot, const config::Config& config) {
    const std::map<TurnsKey, Turns> turns = share_out(snapshot, config);
    std::map<base::AccountId, base::Duration> longest;
    for (LaneStatus& lane : snapshot.lanes) {
        estimate_lane(lane, turns, snapshot.at);
        if (lane.left.has_value()) {
            base::Duration& left = longest[lane.report.lane.account];
            left = std::max(left, *lane.left);
        }
    }
    for (AccountStatus& account : snapshot.accounts) {
        const auto found = longest.find(account.report.account);
        if (found != longest.end()) {
            account.left = found->second;
        }
    }
}

base::Result<StatusSnapshot> take_snapshot(ledger::Reporter& reporter, const config::Config& config,
                                           base::Timestamp now, std::int64_t unsuccessful_max) {
    StatusSnapshot snapshot;
    snapshot.at = now;
    EXARCH_TRY(ledger::Overview overview, reporter.overview(unsuccessful_max));
    snapshot.totals = overview.totals;
    snapshot.unsuccessful = std::move(overview.unsuccessful);
    for (ledger::AccountReport& account : overview.accounts) {
        snapshot.accounts.push_back(AccountStatus{std::move(account), {}});
    }
    for (ledger::LaneReport& lane : overview.lanes) {
        snapshot.lanes.push_back(LaneStatus{std::move(lane), {}, {}});
    }
    estimate(snapshot, config);
    return snapshot;
}

} // namespace exarch::cli
