#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "cli/status/waiting.hpp"
#include "config/config.hpp"
#include "ledger/report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace exarch::cli {

/// How long AWS is given to begin an answer (http::Timeouts). A call that has been open for longer
/// was throttled, or an attempt at it has ended without an answer.
inline constexpr base::Duration answer_patience = std::chrono::seconds(30);

struct LaneStatus {
    ledger::LaneReport report;
    /// What its operations wait for; empty where none waits.
    std::string waits_for;
    /// Estimated time until its operations are done; none where none waits, or it is blocked.
    std::optional<base::Duration> left;
};

struct AccountStatus {
    ledger::AccountReport report;
    std::optional<base::Duration> left;
};

/// Where everything stood at one moment.
struct StatusSnapshot {
    base::Timestamp at;
    ledger::TotalsReport totals;
    std::vector<AccountStatus> accounts;
    std::vector<LaneStatus> lanes;
    /// The newest operations that did not succeed, newest first.
    std::vector<ledger::EndedOperation> unsuccessful;
};

/// Asks for all parts of it. `unsuccessful_max` bounds the list of those.
[[nodiscard]] base::Result<StatusSnapshot> take_snapshot(ledger::Reporter& reporter,
                                                         const config::Config& config,
                                                         base::Timestamp now,
                                                         std::int64_t unsuccessful_max);

/// Fills in what is waited for and for how long. The estimate is simple: the lanes of an account
/// take turns at the call rate that was learned or configured, and each call carries as many
/// operations as its action allows. Equal and covered paths make it sooner; limits on work in
/// progress, throttles and what still comes in make it later.
void estimate(StatusSnapshot& snapshot, const config::Config& config);

/// One task, what of it did not succeed, and what waits.
struct TaskStatus {
    ledger::TaskReport report;
    std::vector<ledger::EndedOperation> unsuccessful;
    /// Why its open operations are open.
    std::vector<Waiting> waiting = {};
};

} // namespace exarch::cli
