#include "cli/status/status_snapshot.hpp"

#include "actions/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

namespace exarch::cli {
namespace {

// Lanes that share a call rate, each by the calls that it still needs.
struct Share {
    double rate = 1;
    // Ascending.
    std::vector<std::int64_t> calls;
    // Of all calls up to the same place.
    std::vector<std::int64_t> sums;
};
using ShareKey = std::pair<base::AccountId, std::string_view>;

bool waits(const LaneStatus& lane) {
    return lane.report.operations.open() > 0 && lane.report.blocked_reason.empty();
}

std::int64_t calls_of(const LaneStatus& lane, const actions::Action& action) {
    const auto items_max = static_cast<std::int64_t>(action.items_max());
    const std::int64_t pending = lane.report.operations.pending;
    const std::int64_t under_way = lane.report.operations.bound > 0 ? 1 : 0;
    return under_way + (pending + items_max - 1) / items_max;
}

using Accounts = std::map<base::AccountId, const ledger::AccountReport*>;

double rate_of(const Accounts& accounts, const config::Config& config, const ShareKey& key) {
    const auto account = accounts.find(key.first);
    if (account != accounts.end()) {
        const std::vector<ledger::LearnQuota>& quotas = account->second->quotas;
        const auto learned = std::ranges::find(quotas, key.second, &ledger::LearnQuota::api);
        if (learned != quotas.end() && learned->rate > 0) {
            return learned->rate;
        }
    }
    const bool is_known = config.quotas.contains(key.second);
    return is_known ? config.quota_for(key.first, key.second).rate : 1;
}

std::map<ShareKey, Share> share_out(const StatusSnapshot& snapshot, const config::Config& config) {
    Accounts accounts;
    for (const AccountStatus& account : snapshot.accounts) {
        accounts.emplace(account.report.account, &account.report);
    }
    std::map<ShareKey, Share> shares;
    for (const LaneStatus& lane : snapshot.lanes) {
        const actions::Action* action = actions::find(lane.report.lane.action);
        if (action != nullptr && waits(lane)) {
            const ShareKey key{lane.report.lane.account, action->api()};
            shares[key].calls.push_back(calls_of(lane, *action));
        }
    }
    for (auto& [key, share] : shares) {
        share.rate = rate_of(accounts, config, key);
        std::ranges::sort(share.calls);
        std::partial_sum(share.calls.begin(), share.calls.end(), std::back_inserter(share.sums));
    }
    return shares;
}

base::Duration time_for(std::int64_t calls, double rate) {
    constexpr double day_seconds = 86'400;
    const double seconds = std::min(static_cast<double>(calls) / rate, 3650 * day_seconds);
    return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(seconds)));
}

// Calls until a lane that needs `calls` has had them, when all take turns.
std::int64_t turns_until(const Share& share, std::int64_t calls) {
    const auto above = std::ranges::upper_bound(share.calls, calls);
    const auto first_above = above - share.calls.begin();
    const std::int64_t below =
        first_above == 0 ? 0 : share.sums[static_cast<std::size_t>(first_above - 1)];
    return below + (share.calls.end() - above) * calls;
}

std::string describe_wait(const LaneStatus& lane, const Share& share) {
    if (lane.report.operations.bound > 0 && lane.report.operations.pending == 0) {
        return "AWS's answer";
    }
    const std::string pace =
        fmt::format("{:.3g} {}/s", share.rate, share.rate == 1 ? "call" : "calls");
    if (share.calls.size() == 1) {
        return "its turn at " + pace;
    }
    return fmt::format("its turn among {} lanes at {}", share.calls.size(), pace);
}

void estimate_lane(LaneStatus& lane, const std::map<ShareKey, Share>& shares) {
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
    const Share& share = shares.at(ShareKey{report.lane.account, action->api()});
    lane.waits_for = describe_wait(lane, share);
    lane.left = time_for(turns_until(share, calls_of(lane, *action)), share.rate);
}

} // namespace

void estimate(StatusSnapshot& snapshot, const config::Config& config) {
    const std::map<ShareKey, Share> shares = share_out(snapshot, config);
    std::map<base::AccountId, base::Duration> longest;
    for (LaneStatus& lane : snapshot.lanes) {
        estimate_lane(lane, shares);
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
