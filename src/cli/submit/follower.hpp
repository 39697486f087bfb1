#pragma once

#include "base/result.hpp"
#include "cli/command_line.hpp"
#include "ledger/report.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace exarch::cli {

struct FollowedTask {
    /// The task's own id; empty where it has none.
    std::string name;
    std::string message_id;
    /// The queue that it was sent to: its id counts within that.
    std::string queue;
    /// Of what it asks for: a task of the same id is the same only where this is.
    std::string digest;
};

/// How far tasks have come.
struct FollowCounts {
    std::int64_t tasks = 0;
    /// Tasks that a worker has in its ledger.
    std::int64_t taken = 0;
    /// Of those; done ones that AWS has not finished are in `incomplete` too.
    ledger::OperationCounts operations;
    std::int64_t incomplete = 0;
    /// Where open ones wait for something that only people can bring, by lane.
    std::map<ledger::LaneKey, ledger::LaneReport> blocked = {};
};

/// Of them, those that are blocked.
[[nodiscard]] std::int64_t count_blocked(const FollowCounts& counts);

/// Follows tasks through a ledger that a worker writes. Asks for each until it has ended, and
/// then never again.
class Follower {
public:
    Follower(std::vector<FollowedTask> tasks, WaitFor wait);

    /// Looks again at those that have not ended. True once all have.
    [[nodiscard]] base::Result<bool> look(ledger::Reporter& reporter);

    [[nodiscard]] const FollowCounts& counts() const { return counts_; }

    /// What of them did not succeed, up to `limit`.
    [[nodiscard]] base::Result<std::vector<ledger::EndedOperation>>
    unsuccessful(ledger::Reporter& reporter, std::size_t limit) const;

private:
    struct Followed {
        FollowedTask task;
        std::optional<ledger::TaskReport> report;
    };
    [[nodiscard]] bool has_ended(const Followed& followed) const;

    WaitFor wait_;
    std::vector<Followed> tasks_;
    FollowCounts counts_;
};

/// `waiting [####------] 12 of 30 operations; 2 of 5 tasks are not taken in yet`
[[nodiscard]] std::string render_progress(const FollowCounts& counts, WaitFor wait);

} // namespace exarch::cli
