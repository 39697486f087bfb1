#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace exarch::simulation {

/// The rare things that happen where workers share a table, as the table and the cloud see them.
/// The tests fail unless their seeds bring about all of them.
enum class SharedProbe : std::uint8_t {
    /// A lease was over, and somebody else has it now.
    taken_over,
    /// A lease was given up.
    given_up,
    /// Somebody asked for a lease that another one has.
    lease_refused,
    /// The log had gone on when its account was to be left.
    not_left_behind,
    /// A holder closed the gap in its log, or somebody whose claim had led to it.
    gap_closed,
    claim_met,
    claimed_anew,
    /// A batch came too late: its gap had been closed.
    batch_too_late,
    /// Who had lost its lease wrote, and was refused by its epoch.
    late_holder_refused,
    /// A call was kept back when it was about to leave: its sender had stood still.
    kept_back,
    /// The second sending of a write met what the first one had done.
    met_own_write,
    /// What an account had under way was carried on by another worker.
    call_taken_over,
    name_conflict,
    /// An environment of a function was taken down in the middle of an invocation.
    out_of_time,
    /// A sweep left a tick.
    swept_up,
    /// A tick came, and nothing was to be done for it any more, or not yet.
    tick_in_vain,
};

inline constexpr std::size_t shared_probe_count =
    static_cast<std::size_t>(SharedProbe::tick_in_vain) + 1;

inline constinit std::array<std::uint64_t, shared_probe_count> shared_probe_hits{};

inline void pass(SharedProbe probe) {
    ++shared_probe_hits[static_cast<std::size_t>(probe)];
}

[[nodiscard]] std::string_view format(SharedProbe probe);
/// Every one with how often it was passed, and the names of those that never were.
[[nodiscard]] std::string describe_shared_probes();
[[nodiscard]] std::string shared_probes_missed();

} // namespace exarch::simulation
