#include "core/settlement/isolation.hpp"

#include "base/assert.hpp"
#include "core/lane/split.hpp"
#include "core/probe.hpp"

#include <algorithm>
#include <utility>

namespace exarch::core {
namespace {

using actions::SlotCount;
using base::Timestamp;

Timestamp end_of(const Batch& batch) {
    Timestamp end = Timestamp::max();
    for (const Carried& carried : batch.carried) {
        end = std::min(end, carried.wished.expires_at);
    }
    return end;
}

void keep(State& state, Index index, Batch part) {
    LaneState& lane = state.lanes[index];
    state.enter_elsewhere(lane, part.carried.size());
    state.part_ends.insert({end_of(part), index});
    lane.parts.push_back(std::move(part));
    state.outlet_of(lane).splitting.push_back(index);
}

Batch take_at(State& state, Index index, std::deque<Batch>::iterator at) {
    LaneState& lane = state.lanes[index];
    Batch part = std::move(*at);
    lane.parts.erase(at);
    state.leave_elsewhere(lane, part.carried.size());
    state.part_ends.erase(state.part_ends.find({end_of(part), index}));
    auto& splitting = state.outlet_of(lane).splitting;
    const auto place = std::find(splitting.rbegin(), splitting.rend(), index);
    EXARCH_ASSERT(place != splitting.rend());
    splitting.erase(std::prev(place.base()));
    return part;
}

Batch take_front(State& state, Index index) {
    EXARCH_ASSERT(!state.lanes[index].parts.empty());
    return take_at(state, index, state.lanes[index].parts.begin());
}

bool fits(SlotCount needed, SlotCount available) {
    return needed.paths <= available.paths && needed.wildcards <= available.wildcards;
}

/// Whether some of the part fits, if not all of it.
bool can_be_cut(SlotCount needed, SlotCount available) {
    return (needed.paths > 0 && available.paths > 0) ||
           (needed.wildcards > 0 && available.wildcards > 0);
}

/// What fits of the part, so far as cutting it brings about; the rest is kept for later.
Batch cut_to_fit(State& state, Index index, Batch part, SlotCount available) {
    const actions::Action& action = *state.lanes[index].action;
    while (!fits(slots_of(action, part.items), available)) {
        const SlotCount needed = slots_of(action, part.items);
        const bool is_mixed = needed.paths > 0 && needed.wildcards > 0;
        auto [first, second] =
            is_mixed ? split_by_kind(action, std::move(part)) : split(std::move(part));
        pass(is_mixed ? Probe::part_cut_by_kind : Probe::part_cut_in_half);
        const bool first_is_sent = !is_mixed || available.paths > 0;
        keep(state, index, std::move(first_is_sent ? second : first));
        part = std::move(first_is_sent ? first : second);
    }
    return part;
}

/// Takes the operations out of the part whose time is over, and with them those that would be
/// settled only by an item that none of the others wishes.
std::vector<Carried> take_overdue(Batch& part, Timestamp now) {
    std::vector<bool> is_wished(part.items.size());
    for (const Carried& carried : part.carried) {
        const bool wishes = carried.item == part.items[carried.sent];
        is_wished[carried.sent] =
            is_wished[carried.sent] || (wishes && carried.wished.expires_at > now);
    }
    Batch rest;
    std::vector<std::uint32_t> moved(part.items.size());
    for (std::size_t index = 0; index < part.items.size(); ++index) {
        moved[index] = static_cast<std::uint32_t>(rest.items.size());
        if (is_wished[index]) {
            rest.items.push_back(std::move(part.items[index]));
        }
    }
    std::vector<Carried> overdue;
    for (Carried& carried : part.carried) {
        const bool stays = is_wished[carried.sent] && carried.wished.expires_at > now;
        carried.sent = moved[carried.sent];
        (stays ? rest.carried : overdue).push_back(std::move(carried));
    }
    part = std::move(rest);
    return overdue;
}

} // namespace

void keep_parts(State& state, Index lane, Batch refused) {
    auto [first, second] = split(std::move(refused));
    keep(state, lane, std::move(first));
    keep(state, lane, std::move(second));
}

void keep_part(State& state, Index lane, Batch part) {
    keep(state, lane, std::move(part));
    state.touch(state.lanes[lane].outlet);
}

std::optional<Batch> take_part(State& state, Index index, SlotCount available) {
    LaneState& lane = state.lanes[index];
    const auto part = std::ranges::find_if(lane.parts, [&](const Batch& one) {
        const SlotCount needed = slots_of(*lane.action, one.items);
        return fits(needed, available) || can_be_cut(needed, available);
    });
    if (part == lane.parts.end()) {
        return std::nullopt;
    }
    return cut_to_fit(state, index, take_at(state, index, part), available);
}

void dissolve_parts(State& state, Index index) {
    while (!state.lanes[index].parts.empty()) {
        pass(Probe::parts_dissolved);
        state.put_back(index, take_front(state, index).carried);
    }
}

void end_parts(State& state) {
    while (!state.part_ends.empty() && state.part_ends.begin()->first <= state.now.wall) {
        const Index index = state.part_ends.begin()->second;
        // A turn of the whole queue keeps its order and meets every part that is due.
        for (std::size_t count = state.lanes[index].parts.size(); count > 0; --count) {
            Batch part = take_front(state, index);
            const std::vector<Carried> overdue = take_overdue(part, state.now.wall);
            pass(overdue.empty() ? Probe::part_outlived : Probe::part_overdue);
            state.put_back(index, overdue);
            if (!part.items.empty()) {
                keep(state, index, std::move(part));
            }
        }
    }
}

} // namespace exarch::core
