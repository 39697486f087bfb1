#pragma once

#include "simulation/conditions.hpp"
#include "simulation/world_params.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace exarch::simulation {

/// Which run to make. The seed decides everything; the rest leaves parts of it out, which is how a
/// failing run becomes a short story.
struct RunParams {
    std::uint64_t seed = 1;
    /// So many at most share a ledger in a table; 0 for one that has a ledger of its own.
    std::uint64_t workers = 0;
    /// Faults strike until the core was told of so many events; then everything has to drain.
    std::uint64_t events = 2000;
    std::set<Fault> without;
    std::optional<std::uint64_t> messages_max;
    /// Messages that are not sent, by number from 0.
    std::set<std::uint64_t> skipped;
    /// Wishes that a message has at most.
    std::optional<std::uint64_t> wishes_max;
    std::size_t trace_lines = 0;
};

/// Everything about a run that is settled before it begins. Each seed lets some kinds of faults in
/// and leaves others out, so that in some run each thing happens without what would hide it.
struct Plan {
    WorldParams world;
    ChaosParams chaos;

    // What there is, and what is asked for.
    std::uint64_t accounts = 1;
    std::uint64_t distributions = 1;
    std::uint64_t senders = 1;
    std::uint64_t paths = 10;
    std::uint64_t folders = 2;
    std::uint64_t wishes_most = 10;
    /// So many messages at first have up to so many wishes each instead.
    std::uint64_t flooding_messages = 0;
    std::uint64_t flooding_wishes_most = 0;
    /// Shares in a hundred.
    std::uint64_t wildcards = 0;
    std::uint64_t refused = 0;
    std::uint64_t unreadable = 0;
    std::uint64_t tags = 0;
    std::uint64_t second_form = 0;
    std::uint64_t named = 0;
    /// Where they are few, senders use each other's.
    std::uint64_t names = 30;
    std::uint64_t delayed = 0;
    /// The longest time until a `not_before`.
    base::Duration latest_start = std::chrono::hours(2);
    std::uint64_t with_deadline = 0;
    std::uint64_t bursts = 0;
    std::uint64_t priorities = 1;
    /// An account that is asked for and not listed.
    bool has_unlisted = false;
    /// While so many operations are open, or so many messages in the queue, nobody sends any more.
    std::uint64_t backlog = 0;
    std::uint64_t queued_max = 0;
    /// The longest usual time between two messages, and the longest deadline.
    base::Duration gap{};
    base::Duration deadline{};
    /// How long AWS takes at most, by account.
    base::Duration completion{};
    /// The first account takes days.
    bool is_endless = false;
    /// Seeds for what is drawn while it runs.
    std::uint64_t chaos_seed = 0;
    std::uint64_t workload_seed = 0;
    std::uint64_t trouble_seed = 0;
};

[[nodiscard]] Plan plan_of(const RunParams& params);

/// The nth account; the one after the last is the one that is not listed.
[[nodiscard]] std::string account_id(std::uint64_t number);

} // namespace exarch::simulation
