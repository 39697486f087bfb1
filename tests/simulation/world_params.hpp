#pragma once

#include "core/params.hpp"

#include <cstddef>
#include <optional>
#include <set>

namespace exarch::simulation {

/// How the worker of a World is configured, and what of the surroundings never changes in a run.
struct WorldParams {
    core::SlotLimits in_progress;
    core::Quota create{.rate = 1, .burst = 1};
    core::Quota read{.rate = 2, .burst = 2};
    base::Duration max_age = std::chrono::hours(24);
    std::size_t pending_max = 1'000'000;
    std::uint32_t in_flight_max = 8;
    std::size_t idle_lanes_max = 4096;
    core::CarryLimits carried{.operations = 100'000};
    /// Where set, no other account is listed.
    std::optional<std::set<base::AccountId>> accounts;
    base::Duration visibility = std::chrono::seconds(30);
    /// Each call needs a session with its account first, and STS keeps a quota of its own.
    bool needs_sessions = false;
    /// How much faster than steady time the calendar goes, in millionths.
    std::int64_t calendar_drift = 0;
    /// By how much the clocks of those who hand an account to each other may differ: only by the
    /// calendar can one tell the other when it has called last.
    base::Duration clocks_apart{};
    /// Keeps what scenarios look at afterwards: departures, questions, reports.
    bool keeps_history = true;
    /// Lines of the run that are kept in words.
    std::size_t trace_lines = 60;
    /// Nothing happens any more once a rule was broken.
    bool stops_at_violation = false;
};

} // namespace exarch::simulation
