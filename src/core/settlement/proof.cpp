#include "core/settlement/proof.hpp"

#include "base/assert.hpp"
#include "core/probe.hpp"

#include <algorithm>
#include <utility>

namespace exarch::core {
namespace {

using base::Duration;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Before absence from AWS's own lists proves anything, they have had this long to show it.
constexpr Duration shown_after = seconds(60);
/// After so many attempts without an answer, a way back that is closed is likelier than bad luck.
constexpr std::uint32_t unanswered_telling = 3;
/// A proof that settled nothing is repeated after this, and after twice as long each further time.
constexpr Duration again_after = minutes(1);
constexpr Duration again_after_longest = hours(1);

/// Whether what has taken effect by then was to be seen at `at`.
bool shows_by(const Call& call, base::Instant at) {
    return at - call.unknown_at >= shown_after + call.unknown_at_off;
}

/// Whether a proof may settle it: by absence, where a refusal has come since, or by presence.
bool may_be_settled(const State& state, const Call& call) {
    const base::Instant now = state.now.steady;
    const Search& search = call.search;
    return (call.refusal && shows_by(call, now)) || (search.unanswered >= unanswered_telling &&
                                                     now - search.unanswered_since >= shown_after);
}

} // namespace

void seek_proof(State& state, Call& call) {
    Search& search = call.search;
    if (search.is_wanted || state.now.steady < search.next_from || !may_be_settled(state, call)) {
        return;
    }
    if (!call.refusal) {
        pass(Probe::proof_without_refusal);
    }
    search.is_wanted = true;
    const LaneState& lane = state.lanes[call.lane];
    state.outlet_of(lane).unproved.push_back(call.id);
    state.touch(lane.outlet);
}

void begin_proof(State& state, Index index) {
    Outlet& outlet = state.outlets[index];
    EXARCH_ASSERT(!outlet.proving_since);
    EXARCH_ASSERT(!outlet.unproved.empty());
    Call& call = state.calls.at(outlet.unproved.front());
    outlet.unproved.pop_front();
    if (state.accounts[outlet.account].breaker.is_open()) {
        pass(Probe::proof_skipped_for_breaker);
        call.search.is_wanted = false; // Its next attempt asks again.
        return;
    }
    outlet.proving_since = state.now.steady;
    outlet.proved_last = true;
    outlet.progress_pace.take(state.now.steady);
    call.search.began_at = state.now.steady;
    state.proofs.emplace(call.id, index);
    state.effects.emplace_back(ProveCall{call.id, state.lanes[call.lane].key, call.reference,
                                         call.bound_at, outlet.progress_pace.period()});
}

bool shows_absence(const Call& call) {
    if (shows_by(call, call.search.began_at)) {
        return true;
    }
    pass(Probe::proof_came_too_early);
    return false;
}

void end_proof(State& state, ledger::CallId id) {
    const auto proof = state.proofs.find(id);
    EXARCH_ASSERT(proof != state.proofs.end());
    Outlet& outlet = state.outlets[proof->second];
    EXARCH_ASSERT(outlet.proving_since);
    // However many requests it took, and the last of them may have left just now.
    outlet.progress_pace.spent_since(*std::exchange(outlet.proving_since, {}), state.now.steady);
    outlet.progress_pace.hold_until(state.now.steady + outlet.progress_pace.period());
    state.touch(proof->second);
    state.proofs.erase(proof);
    if (const auto found = state.calls.find(id); found != state.calls.end()) {
        Search& search = found->second.search;
        search.is_wanted = false;
        const Duration wait = again_after * (std::int64_t{1} << std::min(search.proofs++, 6U));
        search.next_from = state.now.steady + std::min(wait, again_after_longest);
    }
}

void drop_proof(State& state, const Call& call) {
    if (state.proofs.contains(call.id)) {
        pass(Probe::proof_cut_short);
        state.effects.emplace_back(EndProof{call.id});
    } else if (call.search.is_wanted) {
        pass(Probe::dropped_from_proofs);
        std::erase(state.outlet_of(state.lanes[call.lane]).unproved, call.id);
    }
}

} // namespace exarch::core
