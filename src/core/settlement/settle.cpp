#include "core/settlement/settle.hpp"

#include "base/assert.hpp"
#include "core/dispatch.hpp"
#include "core/probe.hpp"
#include "core/progress.hpp"
#include "core/settlement/isolation.hpp"
#include "core/settlement/proof.hpp"
#include "core/settlement/standing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::core {
namespace {

using actions::Verdict;
using base::Duration;
using base::Instant;
using ledger::AttemptEnd;
using ledger::CallEnd;
using ledger::CallId;
using ledger::CloseCall;
using std::chrono::minutes;
using std::chrono::seconds;

Duration backoff(std::uint32_t attempts) {
    return std::min<Duration>(seconds(1) * (std::int64_t{1} << std::min(attempts - 1, 6U)),
                              minutes(1));
}

/// Takes a call out of everything that knows it, and returns what it carried.
Batch forget(State& state, Call& call) {
    LaneState& lane = state.lanes[call.lane];
    state.touch(lane.outlet);
    if (call.phase == Call::Phase::waiting) {
        stop_waiting(state, call);
    }
    drop_proof(state, call);
    state.call_ends.erase({call.look_at, call.id});
    state.leave_elsewhere(lane, call.batch.carried.size());
    state.set_unknown(call, false);
    state.note_end(call.lane);
    Batch batch = std::move(call.batch);
    state.calls.erase(call.id);
    return batch;
}

CloseCall close_record(const State& state, const Call& call, CallEnd end, std::string reason) {
    return {.call = call.id,
            .end = end,
            .result_id = {},
            .request_id = {},
            .reason = std::move(reason),
            .failed = {},
            .closed_at = state.now.wall};
}

void close_done(State& state, Call& call, const std::string& result_id,
                const base::RequestId& request_id) {
    CloseCall close = close_record(state, call, CallEnd::done, {});
    close.result_id = result_id;
    close.request_id = request_id;
    state.records.emplace_back(std::move(close));
    LaneState& lane = state.lanes[call.lane];
    state.slots_of_lane(lane).accepted(call.slots);
    state.counts.done += call.batch.carried.size();
    ++state.counts.calls_done;
    Unfinished unfinished{.lane = call.lane,
                          .slots = call.slots,
                          .result_id = result_id,
                          .accepted_at = state.now.steady,
                          .next_at = {}};
    const CallId id = call.id;
    static_cast<void>(forget(state, call));
    begin_unfinished(state, id, std::move(unfinished));
}

void report_failed(State& state, const Call& call, std::size_t operations,
                   std::string_view reason) {
    if (operations > 0) {
        const ledger::LaneKey& lane = state.lanes[call.lane].key;
        state.report_unsuccessful(fmt::format("{} {}: {} operation{} failed: {}",
                                              lane.account.value(), lane.resource, operations,
                                              operations == 1 ? "" : "s", reason));
    }
}

/// Closes a definitely refused call, as far as the ledger and the slots go, and returns what it
/// carried. The operations that `at_fault` picks are failed.
template <class AtFault>
Batch close_refused(State& state, Call& call, const CallAnswered& refusal, AtFault at_fault) {
    CloseCall close = close_record(state, call, CallEnd::refused, refusal.reason);
    close.request_id = refusal.request_id;
    for (const Carried& carried : call.batch.carried) {
        if (at_fault(carried)) {
            close.failed.push_back(carried.wished.id);
        }
    }
    state.counts.failed += close.failed.size();
    report_failed(state, call, close.failed.size(), close.reason);
    state.records.emplace_back(std::move(close));
    state.slots_of_lane(state.lanes[call.lane]).release(call.slots);
    return forget(state, call);
}

bool nobody(const Carried&) {
    return false;
}

/// AWS found fault with what the call carries: alone it is the culprit, otherwise it is divided.
void isolate(State& state, Call& call, const CallAnswered& refusal) {
    const Index index = call.lane;
    if (call.batch.items.size() == 1) {
        const std::string culprit = call.batch.items.front();
        const auto is_culprit = [&](const Carried& carried) { return carried.item == culprit; };
        Batch batch = close_refused(state, call, refusal, is_culprit);
        std::erase_if(batch.carried, is_culprit);
        pass(batch.carried.empty() ? Probe::culprit_alone : Probe::culprit_parted_from_covered);
        state.put_back(index, batch.carried);
        return;
    }
    pass(Probe::divided);
    keep_parts(state, index, close_refused(state, call, refusal, nobody));
}

void count_attempt(State& state, const Call& call, Verdict verdict) {
    if (verdict == Verdict::not_sent || verdict == Verdict::account_denied) {
        return;
    }
    ++state.counts.sent;
    AttemptEnd end = AttemptEnd::answered;
    if (verdict == Verdict::throttled) {
        end = AttemptEnd::throttled;
        ++state.counts.throttled;
    } else if (verdict == Verdict::unknown) {
        end = AttemptEnd::unknown;
        ++state.counts.unknown;
    }
    state.records.emplace_back(ledger::CountAttempt{call.id, end});
}

void throttled(State& state, LaneState& lane) {
    Outlet& outlet = state.outlet_of(lane);
    if (outlet.pace.throttled(state.now.steady)) {
        state.record_rate(outlet, outlet.api, outlet.pace);
        state.report(true, fmt::format("{}: throttled, {} goes on at {:.3g} a second",
                                       lane.key.account.value(), outlet.api, outlet.pace.rate()));
    }
}

/// A call that may have taken effect at an earlier attempt was refused now. That proves nothing:
/// it is sent again, unchanged, and in time AWS's own records are looked through.
void stick(State& state, Call& call, const CallAnswered& event) {
    pass(Probe::refusal_proves_nothing);
    call.refusal = event;
    const Instant now = state.now.steady;
    wait_until(state, call, now + backoff(call.attempts));
    // Who may not invalidate a distribution may still be allowed to read it.
    if (event.verdict != Verdict::account_denied) {
        seek_proof(state, call);
    }
}

/// It may have taken effect. Where no attempt is ever answered, AWS's records are what can settle
/// it: they show it or, as an attempt may still be on its way, prove nothing.
void unanswered(State& state, Call& call) {
    const Instant now = state.now.steady;
    state.set_unknown(call, true);
    call.unknown_at = now;
    call.unknown_at_off = {};
    if (call.search.unanswered++ == 0) {
        call.search.unanswered_since = now;
    }
    wait_until(state, call, now + backoff(call.attempts));
    seek_proof(state, call);
}

void refused(State& state, Call& call, const CallAnswered& event) {
    // Where the account could not be entered, AWS was never asked about the call.
    state.counts.refused += event.verdict == Verdict::account_denied ? 0 : 1;
    switch (event.verdict) {
    case Verdict::content_refused:
        isolate(state, call, event);
        return;
    case Verdict::resource_missing:
        static_cast<void>(close_refused(state, call, event, [](const Carried&) { return true; }));
        return;
    default: {
        const Index lane = call.lane;
        state.put_back(lane, close_refused(state, call, event, nobody).carried);
        return;
    }
    }
}

void act(State& state, Call& call, const CallAnswered& event) {
    const Instant now = state.now.steady;
    switch (event.verdict) {
    case Verdict::accepted:
        close_done(state, call, event.result_id, event.request_id);
        return;
    case Verdict::throttled:
        wait_until(state, call, now);
        return;
    case Verdict::not_sent:
        wait_until(state, call, now + backoff(call.attempts));
        return;
    case Verdict::unknown:
        unanswered(state, call);
        return;
    case Verdict::slots_full:
    case Verdict::content_refused:
    case Verdict::resource_denied:
    case Verdict::account_denied:
    case Verdict::resource_missing:
        if (call.is_unknown) {
            stick(state, call, event);
        } else {
            refused(state, call, event);
        }
        return;
    }
}

} // namespace

void departed(State& state, const CallDeparted& event) {
    const auto found = state.calls.find(event.call);
    EXARCH_ASSERT(found != state.calls.end());
    LaneState& lane = state.lanes[found->second.lane];
    Outlet& outlet = state.outlet_of(lane);
    if (outlet.departing == event.call) {
        outlet.departing.reset();
        outlet.pace.departed(state.now.steady);
        state.touch(lane.outlet);
    }
}

void answered(State& state, const CallAnswered& event) {
    const auto found = state.calls.find(event.call);
    EXARCH_ASSERT(found != state.calls.end());
    Call& call = found->second;
    EXARCH_ASSERT(call.phase == Call::Phase::sent);
    LaneState& lane = state.lanes[call.lane];
    Outlet& outlet = state.outlet_of(lane);
    if (outlet.departing == event.call) {
        outlet.departing.reset();
    }
    --outlet.in_flight;
    state.touch(lane.outlet);
    if (event.sent_at) {
        outlet.pace.departed(*event.sent_at);
    }
    if (event.round_trip) {
        outlet.pace.answered(*event.round_trip, state.now.steady);
    }
    count_attempt(state, call, event.verdict);
    learn(state, lane, call, event);
    if (event.verdict == Verdict::throttled) {
        // Also where the call itself has been found meanwhile.
        throttled(state, lane);
    }
    if (call.search.found_id && event.verdict != Verdict::accepted) {
        pass(Probe::found_while_sent);
        close_done(state, call, *call.search.found_id, {});
    } else {
        act(state, call, event);
    }
}

void proved(State& state, const CallProved& event) {
    end_proof(state, event.call);
    const auto found = state.calls.find(event.call);
    if (found == state.calls.end()) {
        pass(Probe::proof_came_too_late);
        return; // Settled by a sending in the meantime.
    }
    Call& call = found->second;
    if (call.phase != Call::Phase::waiting) {
        if (event.proof == CallProved::Proof::present) {
            call.search.found_id = event.result_id;
        }
        return;
    }
    if (event.proof == CallProved::Proof::present) {
        pass(Probe::proved_present);
        close_done(state, call, event.result_id, {});
    } else if (event.proof == CallProved::Proof::absent && call.refusal && shows_absence(call)) {
        pass(Probe::proved_absent);
        const CallAnswered refusal = *call.refusal;
        state.set_unknown(call, false);
        refused(state, call, refusal);
    }
}

void release(State& state, Call& call, const std::string& reason) {
    EXARCH_ASSERT(!call.is_unknown);
    EXARCH_ASSERT(call.phase == Call::Phase::waiting);
    CallAnswered refusal;
    refusal.reason = reason;
    const Index lane = call.lane;
    state.put_back(lane, close_refused(state, call, refusal, nobody).carried);
}

void give_back_unsent(State& state) {
    for (auto next = state.calls.begin(); next != state.calls.end();) {
        Call& call = (next++)->second;
        if (call.phase == Call::Phase::waiting && !call.is_unknown) {
            pass(Probe::given_back_at_stop);
            release(state, call, "the worker was stopped before it could be sent");
        }
    }
}

void give_up(State& state, Call& call) {
    EXARCH_ASSERT(call.is_unknown);
    EXARCH_ASSERT(call.phase == Call::Phase::waiting);
    CloseCall close = close_record(
        state, call, CallEnd::unknown,
        fmt::format("outcome unknown: {} attempts without an answer that settles it; look for "
                    "CallerReference {} among the distribution's invalidations",
                    call.attempts, call.reference));
    report_failed(state, call, call.batch.carried.size(), close.reason);
    state.records.emplace_back(std::move(close));
    LaneState& lane = state.lanes[call.lane];
    state.counts.failed += call.batch.carried.size();
    state.slots_of_lane(lane).release(call.slots);
    static_cast<void>(forget(state, call));
}

} // namespace exarch::core
