#include "cli/status/status_snapshot.hpp"

#include "cli/status/open_work.hpp"
#include "cli/terminal/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace exarch::cli {
namespace {

/// Each cause with how many it concerns, where there are several.
std::string describe_all(const std::vector<Waiting>& waiting, base::Timestamp now) {
    if (waiting.size() == 1) {
        return describe_cause(waiting.front().cause, now);
    }
    std::string text;
    for (const Waiting& some : waiting) {
        text += fmt::format("{}{} for {}", text.empty() ? "" : "; ", with_commas(some.operations),
                            describe_cause(some.cause, now));
    }
    return text;
}

} // namespace

void estimate(StatusSnapshot& snapshot, const OpenWork& work) {
    std::vector<ledger::LaneReport> reports;
    reports.reserve(snapshot.lanes.size());
    for (const LaneStatus& lane : snapshot.lanes) {
        reports.push_back(lane.report);
    }
    const std::map<ledger::LaneKey, std::vector<Waiting>> waiting = work.explain_lanes(reports);
    std::map<base::AccountId, std::optional<base::Duration>> longest;
    for (LaneStatus& lane : snapshot.lanes) {
        const auto found = waiting.find(lane.report.lane);
        if (found == waiting.end()) {
            continue;
        }
        if (!lane.report.blocked_reason.empty()) {
            lane.waits_for = describe_cause(WaitForMend{lane.report.blocked_reason}, snapshot.at);
            continue;
        }
        lane.waits_for = describe_all(found->second, snapshot.at);
        lane.left = found->second.front().left;
        std::optional<base::Duration>& left = longest[lane.report.lane.account];
        left = std::max(left, lane.left);
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
    EXARCH_TRY(const auto moment, reporter.hold());
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
    AskedAbout nothing;
    nothing.by_account = reporter.numbers_by_account();
    OpenWork work(config, std::move(nothing), now);
    EXARCH_CHECK(reporter.open_work(work));
    estimate(snapshot, work);
    return snapshot;
}

} // namespace exarch::cli
