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

class OpenWork;

struct LaneStatus {
    ledger::LaneReport report;
    /// What its operations wait for; empty where none waits.
    std::string waits_for;
    /// Estimated time until the last of its operations is sent; none where none waits to be, or it
    /// is blocked.
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

/// Fills in what is waited for and for how long, as OpenWork estimates it. `work` is that of the
/// same moment.
void estimate(StatusSnapshot& snapshot, const OpenWork& work);

/// One task, what of it did not succeed, and what waits.
struct TaskStatus {
    ledger::TaskReport report;
    std::vector<ledger::EndedOperation> unsuccessful;
    /// Why its open operations are open.
    std::vector<Waiting> waiting = {};
};

} // namespace exarch::cli
