#include "core/forget.hpp"

#include "core/probe.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace exarch::core {
namespace {

/// Looked at for each lane that was made or came to an end of its work: enough to meet every idle
/// one before as many have been.
constexpr std::size_t looked_at_for_each = 2;

bool has_pool_of_its_own(const State& state) {
    return state.params.in_progress.scope == SlotLimits::Scope::distribution;
}

bool has_slots_at_rest(const State& state, const Slots& slots) {
    return slots.held() == actions::SlotCount() &&
           slots.rest_until(actions::SlotKind::path) <= state.now.steady &&
           slots.rest_until(actions::SlotKind::wildcard) <= state.now.steady;
}

/// A lane that was forgotten has no account.
bool is_idle(const State& state, const LaneState& lane) {
    return lane.key.account != base::AccountId() && lane.waiting.empty() && lane.elsewhere == 0 &&
           lane.parts.empty() && lane.unfinished_calls == 0 && lane.unknown_calls == 0 &&
           !lane.breaker.is_open() &&
           (!has_pool_of_its_own(state) ||
            has_slots_at_rest(state, state.slot_pools[lane.slot_pool].slots));
}

void forget(State& state, Index index) {
    pass(Probe::lane_forgotten);
    LaneState& lane = state.lanes[index];
    state.lane_of.erase(lane.key);
    if (has_pool_of_its_own(state)) {
        state.slot_pool_of.erase(state.slot_pool_key(lane.key));
        state.free_slot_pools.insert(lane.slot_pool);
    }
    lane.key = {};
    lane.readable_from = base::Instant::min();
    state.free_lanes.insert(index);
}

/// The lowest places are used again first, so that the last ones become free together.
template <class Places>
void give_back_the_last(Places& places, std::set<Index>& free) {
    while (!free.empty() && std::size_t{*free.rbegin()} + 1 == places.size()) {
        free.erase(std::prev(free.end()));
        places.pop_back();
    }
}

} // namespace

void forget_idle_lanes(State& state) {
    const std::size_t stirred = std::exchange(state.lanes_stirred, 0);
    const std::size_t looked_at = std::min(looked_at_for_each * stirred, state.lanes.size());
    for (std::size_t count = 0;
         count < looked_at && state.lane_of.size() > state.params.idle_lanes_max; ++count) {
        state.looked_at_next = (state.looked_at_next + 1) % static_cast<Index>(state.lanes.size());
        if (is_idle(state, state.lanes[state.looked_at_next])) {
            forget(state, state.looked_at_next);
        }
    }
    give_back_the_last(state.lanes, state.free_lanes);
    give_back_the_last(state.slot_pools, state.free_slot_pools);
}

} // namespace exarch::core
