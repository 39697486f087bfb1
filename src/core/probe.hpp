#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace exarch::core {

/// The rare branches of the core. Each is counted as it is passed, and the simulator fails unless
/// its seeds together pass them all: what is never passed there is not tested by it.
enum class Probe : std::uint8_t {
    // Intake.
    duplicate,
    conflict,
    lone_surrogate,
    held_up,
    taken_again,
    full,
    room_again,
    delayed,
    far_again,
    // Lanes.
    lane_forgotten,
    narrower_cover_dropped,
    cover_beyond_limit,
    uncovered_again,
    left_to_its_cover,
    // Ends.
    expired_by_age,
    expired_by_deadline,
    not_bound_beside_overdue,
    released_overdue,
    looked_at_later,
    last_chance_given,
    given_up,
    given_back_at_stop,
    // Isolation.
    divided,
    culprit_alone,
    culprit_parted_from_covered,
    part_cut_by_kind,
    part_cut_in_half,
    part_overdue,
    part_outlived,
    parts_dissolved,
    part_skipped_for_breaker,
    part_lacks_slots,
    // Calls of unknown outcome.
    repeat_yields,
    lane_full_of_unknown,
    refusal_proves_nothing,
    proof_without_refusal,
    proof_skipped_for_breaker,
    proof_came_too_early,
    proof_came_too_late,
    proved_absent,
    proved_present,
    found_while_sent,
    dropped_from_proofs,
    proof_cut_short,
    // Standing.
    account_paused,
    account_answers,
    resource_paused,
    resource_answers,
    resource_done_with,
    unsent_released,
    probe_inconclusive,
    probe_passed_over,
    probe_after_all,
    turn_alone,
    // Pace.
    lowered,
    raised,
    raise_punished,
    raise_stood,
    throttled_in_pause,
    throttled_now_and_then,
    // Slots.
    wildcards_refused,
    paths_refused,
    presumed_finished,
    not_asked_for_a_proof,
    forgotten,
    unreadable,
    absent,
    asked_in_vain,
    read_throttled,
    urged,
    estimate_held_good,
    estimate_fell_short,
    // A start.
    call_reopened,
    covered_reopened,
    incomplete_reopened,
};

inline constexpr std::size_t probe_count = static_cast<std::size_t>(Probe::incomplete_reopened) + 1;

/// Not part of any state: nothing is ever decided by them.
inline constinit std::array<std::atomic<std::uint64_t>, probe_count> probe_hits{};

/// Costs an increment in memory, in every build, so that what is tested is what ships.
inline void pass(Probe probe) {
    std::atomic<std::uint64_t>& hits = probe_hits[static_cast<std::size_t>(probe)];
    hits.store(hits.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

[[nodiscard]] inline std::uint64_t hits(Probe probe) {
    return probe_hits[static_cast<std::size_t>(probe)].load(std::memory_order_relaxed);
}

[[nodiscard]] std::string_view format(Probe probe);
[[nodiscard]] const std::array<Probe, probe_count>& all_probes();

} // namespace exarch::core
