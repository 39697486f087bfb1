#include "core/proof.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace exarch::core {

void seek_proof(State& state, Call& call) {
    if (call.is_proving) {
        return;
    }
    call.is_proving = true;
    const LaneState& lane = state.lanes[call.lane];
    state.outlet_of(lane).unproved.push_back(call.id);
    state.touch(lane.outlet);
}

void begin_proof(State& state, Index index) {
    Outlet& outlet = state.outlets[index];
    EXARCH_ASSERT(!outlet.is_proving);
    EXARCH_ASSERT(!outlet.unproved.empty());
    Call& call = state.calls.at(outlet.unproved.front());
    outlet.unproved.pop_front();
    if (state.accounts[outlet.account].breaker.is_open()) {
        call.is_proving = false; // Its next attempt asks again.
        return;
    }
    outlet.is_proving = true;
    outlet.proved_last = true;
    outlet.progress_pace.take(state.now.steady);
    call.proving_since = state.now.steady;
    state.proofs.emplace(call.id, index);
    state.effects.emplace_back(ProveCall{call.id, state.lanes[call.lane].key, call.reference,
                                         call.bound_at, outlet.progress_pace.period()});
}

void end_proof(State& state, ledger::CallId call) {
    const auto proof = state.proofs.find(call);
    EXARCH_ASSERT(proof != state.proofs.end());
    Outlet& outlet = state.outlets[proof->second];
    outlet.is_proving = false;
    // Its last request may have left just now.
    outlet.progress_pace.hold_until(state.now.steady + outlet.progress_pace.period());
    state.touch(proof->second);
    state.proofs.erase(proof);
}

void drop_proof(State& state, const Call& call) {
    if (call.is_proving) {
        std::erase(state.outlet_of(state.lanes[call.lane]).unproved, call.id);
    }
}

} // namespace exarch::core
