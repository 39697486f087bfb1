#include "core/progress.hpp"

#include "base/assert.hpp"
#include "core/probe.hpp"
#include "core/settlement/proof.hpp"

#include <algorithm>
#include <utility>

namespace exarch::core {
namespace {

using actions::SlotKind;
using base::Duration;
using base::Instant;
using ledger::CallId;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Nobody waits: each further question about the same call comes at twice the interval.
constexpr Duration unhurried_first = seconds(5);
constexpr Duration unhurried_longest = minutes(10);
/// Somebody waits for the slots: then each further question comes after a fiftieth of the time that
/// the call has been in progress, so that waiting for an answer adds hardly more to it than that.
constexpr Duration hurried_first = seconds(2);
constexpr Duration hurried_shortest = std::chrono::milliseconds(500);
constexpr Duration hurried_longest = seconds(5);
constexpr int hurried_share = 50;
/// A role that may not read may be mended.
constexpr Duration readable_again_after = minutes(10);
/// After so many in vain a question is taken for one that has no answer.
constexpr std::uint32_t failures_telling = 5;
/// While AWS's records are looked through for a call nothing else is asked, and that may be
/// thousands of requests: what cannot be asked about for so long is taken for complete when others
/// would be.
constexpr Duration proof_patience = seconds(30);
/// Longer than any completion ever reported; then the slots are taken to be free.
constexpr Duration forgotten_after = hours(24);

/// When to ask again where somebody waits for the slots.
Instant hurried(const Unfinished& unfinished) {
    if (unfinished.asked_at == Instant::min()) {
        return unfinished.accepted_at + hurried_first;
    }
    return unfinished.asked_at +
           std::clamp((unfinished.asked_at - unfinished.accepted_at) / hurried_share,
                      hurried_shortest, hurried_longest);
}

void reschedule(Outlet& outlet, CallId call, Unfinished& unfinished, Instant at) {
    outlet.unfinished.erase({unfinished.next_at, call});
    unfinished.next_at = at;
    outlet.unfinished.insert({at, call});
}

Instant expected_end(const State& state, const Unfinished& unfinished) {
    const LaneState& lane = state.lanes[unfinished.lane];
    return unfinished.accepted_at + state.slot_pools[lane.slot_pool].completion.expected();
}

void finish(State& state, CallId call) {
    const auto found = state.unfinished.find(call);
    EXARCH_ASSERT(found != state.unfinished.end());
    const Unfinished& unfinished = found->second;
    LaneState& lane = state.lanes[unfinished.lane];
    state.slots_of_lane(lane).release(unfinished.slots);
    --lane.unfinished_calls;
    ++state.lanes_stirred;
    state.outlet_of(lane).unfinished.erase({unfinished.next_at, call});
    state.records.emplace_back(ledger::CompleteCall{call, state.now.wall});
    state.unfinished.erase(found);
    // Lanes that share the slots are all of one outlet.
    state.touch(lane.outlet);
}

/// Takes it for complete although nobody has seen that it is.
void presume_finished(State& state, CallId call) {
    pass(Probe::presumed_finished);
    state.slot_pools[state.lanes[state.unfinished.at(call).lane].slot_pool].rests_on_estimate =
        true;
    finish(state, call);
}

/// In an account that cannot be entered nothing can be asked. If its slots were not taken to be
/// free in time, no probe could be sent to show that it has been mended.
bool is_readable(State& state, const Unfinished& unfinished) {
    const LaneState& lane = state.lanes[unfinished.lane];
    return unfinished.is_readable && !unfinished.result_id.empty() &&
           state.now.steady >= lane.readable_from && !state.account_of_lane(lane).breaker.is_open();
}

/// The call is taken for complete after the time that others take.
void stop_asking(State& state, CallId call, Unfinished& unfinished) {
    unfinished.is_readable = false;
    reschedule(state.outlet_of(state.lanes[unfinished.lane]), call, unfinished,
               std::max(state.now.steady, expected_end(state, unfinished)));
}

/// Takes for complete what is due and has waited too long for the end of a proof. Returns when the
/// next is, or may be asked about.
Instant pass_over_during_proof(State& state, Outlet& outlet) {
    const Instant now = state.now.steady;
    Instant next_at = Instant::max();
    for (auto next = outlet.unfinished.begin(); next != outlet.unfinished.end();) {
        const auto [due_at, call] = *next++;
        if (due_at > now) {
            return std::min(next_at, due_at);
        }
        const Unfinished& unfinished = state.unfinished.at(call);
        const Instant finished_at =
            std::max(expected_end(state, unfinished), due_at) + proof_patience;
        if (now >= finished_at) {
            pass(Probe::not_asked_for_a_proof);
            presume_finished(state, call);
        } else {
            next_at = std::min(next_at, finished_at);
        }
    }
    return next_at;
}

/// Takes for complete what cannot be asked about and is due. Returns the first that can be asked.
std::optional<CallId> first_to_ask(State& state, Outlet& outlet) {
    const Instant now = state.now.steady;
    while (!outlet.unfinished.empty() && outlet.unfinished.begin()->first <= now) {
        const CallId call = outlet.unfinished.begin()->second;
        Unfinished& unfinished = state.unfinished.at(call);
        if (now - unfinished.accepted_at >= forgotten_after) {
            pass(Probe::forgotten);
            presume_finished(state, call);
        } else if (is_readable(state, unfinished)) {
            return call;
        } else if (now >= expected_end(state, unfinished)) {
            presume_finished(state, call);
        } else {
            reschedule(outlet, call, unfinished, expected_end(state, unfinished));
        }
    }
    return std::nullopt;
}

bool lacks_slots(State& state, const LaneState& lane) {
    const auto available = state.slots_of_lane(lane).available(state.now.steady);
    return lane.waiting.lacks(SlotKind::path, available) ||
           lane.waiting.lacks(SlotKind::wildcard, available) || !lane.parts.empty();
}

/// Who waits for slots and who holds them need not be of one lane.
std::set<Index> pools_without_slots(State& state, const Outlet& outlet) {
    std::set<Index> pools;
    const auto look_at = [&](Index index) {
        const LaneState& lane = state.lanes[index];
        if (!pools.contains(lane.slot_pool) && lacks_slots(state, lane)) {
            pools.insert(lane.slot_pool);
        }
    };
    for (const auto& [turn, index] : outlet.ready) {
        look_at(index);
    }
    std::ranges::for_each(outlet.splitting, look_at);
    return pools;
}

} // namespace

void begin_unfinished(State& state, CallId call, Unfinished unfinished) {
    LaneState& lane = state.lanes[unfinished.lane];
    ++lane.unfinished_calls;
    if (unfinished.asked == 0) {
        unfinished.next_at = expected_end(state, unfinished);
    }
    state.outlet_of(lane).unfinished.insert({unfinished.next_at, call});
    state.unfinished.emplace(call, std::move(unfinished));
    state.touch(lane.outlet);
}

Instant ask_progress(State& state, Index index) {
    Outlet& outlet = state.outlets[index];
    if (outlet.proving_since) {
        return pass_over_during_proof(state, outlet);
    }
    if (outlet.is_asking) {
        return Instant::max();
    }
    const auto call = first_to_ask(state, outlet);
    const bool proof_is_next = !outlet.unproved.empty() && !(call && outlet.proved_last);
    if (!call && !proof_is_next) {
        return outlet.unfinished.empty() ? Instant::max() : outlet.unfinished.begin()->first;
    }
    if (outlet.progress_pace.recover(state.now.steady)) {
        state.record_rate(outlet, outlet.progress_api, outlet.progress_pace);
    }
    const Instant ready_at = outlet.progress_pace.ready_at();
    if (state.now.steady < ready_at) {
        return ready_at;
    }
    if (proof_is_next) {
        begin_proof(state, index);
        return outlet.proving_since ? Instant::max() : state.now.steady;
    }
    Unfinished& unfinished = state.unfinished.at(*call);
    const LaneState& lane = state.lanes[unfinished.lane];
    outlet.progress_pace.take(state.now.steady);
    outlet.is_asking = true;
    outlet.proved_last = false;
    unfinished.asked_at = state.now.steady;
    ++unfinished.asked;
    state.effects.emplace_back(ReadProgress{*call, lane.key, unfinished.result_id});
    return Instant::max();
}

void urge_progress(State& state, Outlet& outlet) {
    const Instant now = state.now.steady;
    const std::set<Index> short_pools = pools_without_slots(state, outlet);
    std::vector<std::pair<CallId, Instant>> sooner;
    for (const auto& [at, call] : outlet.unfinished) {
        const Unfinished& unfinished = state.unfinished.at(call);
        const Instant soon = std::max(now, hurried(unfinished));
        if (soon < at && is_readable(state, unfinished) &&
            short_pools.contains(state.lanes[unfinished.lane].slot_pool)) {
            sooner.emplace_back(call, soon);
        }
    }
    for (const auto& [call, at] : sooner) {
        pass(Probe::urged);
        reschedule(outlet, call, state.unfinished.at(call), at);
    }
}

void judge_estimate(State& state, const Call& call, bool had_slots) {
    // The slots may be held by its own earlier attempt.
    SlotPool& pool = state.slot_pools[state.lanes[call.lane].slot_pool];
    if (call.is_unknown || !std::exchange(pool.rests_on_estimate, false)) {
        return;
    }
    if (had_slots) {
        pass(Probe::estimate_held_good);
        pool.completion.held_good();
    } else {
        pass(Probe::estimate_fell_short);
        pool.completion.fell_short();
    }
}

void progress_read(State& state, const ProgressRead& read) {
    const auto found = state.unfinished.find(read.call);
    EXARCH_ASSERT(found != state.unfinished.end());
    Unfinished& unfinished = found->second;
    LaneState& lane = state.lanes[unfinished.lane];
    Outlet& outlet = state.outlet_of(lane);
    const Instant now = state.now.steady;
    outlet.is_asking = false;
    state.touch(lane.outlet);
    if (read.sent_at) {
        // A session may have come first.
        outlet.progress_pace.departed(*read.sent_at);
    }
    switch (read.progress) {
    case ProgressRead::Progress::complete:
        state.slot_pools[lane.slot_pool].completion.observed(
            unfinished.in_progress_at - unfinished.accepted_at, now - unfinished.accepted_at);
        finish(state, read.call);
        return;
    case ProgressRead::Progress::unreadable:
        pass(Probe::unreadable);
        lane.readable_from = now + readable_again_after;
        stop_asking(state, read.call, unfinished);
        return;
    case ProgressRead::Progress::absent:
        pass(Probe::absent);
        stop_asking(state, read.call, unfinished);
        return;
    case ProgressRead::Progress::throttled:
        pass(Probe::read_throttled);
        if (outlet.progress_pace.throttled(now)) {
            state.record_rate(outlet, outlet.progress_api, outlet.progress_pace);
        }
        break;
    case ProgressRead::Progress::in_progress:
        unfinished.in_progress_at = now;
        unfinished.failures = 0;
        break;
    case ProgressRead::Progress::failed:
        if (++unfinished.failures >= failures_telling) {
            pass(Probe::asked_in_vain);
            stop_asking(state, read.call, unfinished);
            return;
        }
        break;
    }
    const auto doublings = std::min<std::uint32_t>(unfinished.asked, 10);
    const Duration unhurried =
        std::min<Duration>(unhurried_first * (std::int64_t{1} << doublings), unhurried_longest);
    reschedule(outlet, read.call, unfinished, now + unhurried);
}

} // namespace exarch::core
