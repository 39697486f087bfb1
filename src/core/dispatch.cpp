#include "core/dispatch.hpp"

#include "base/assert.hpp"
#include "core/deadline.hpp"
#include "core/probe.hpp"
#include "core/progress.hpp"
#include "core/settlement/isolation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::core {
namespace {

using actions::SlotCount;
using actions::SlotKind;
using base::Duration;
using base::Instant;

/// Each so many calls bound from an account's lanes, the turn alone decides, so that no flood of
/// urgent work keeps the rest waiting for ever.
constexpr std::uint32_t regardless_of_priority_every = 8;

/// A lane with so many calls of unknown outcome waits for one of them to be settled: whatever ails
/// it, another call would meet it too, and would be one more to be repeated until then.
constexpr std::uint32_t unknown_calls_max = 4;

/// How far ahead of its token a call is bound, so that it is durable when the token comes.
Duration lead(const State& state, const Outlet& outlet) {
    constexpr Duration longest = std::chrono::milliseconds(25);
    return std::min({2 * state.commit_time, longest, outlet.pace.period() / 4});
}

class Dispatcher {
public:
    Dispatcher(State& state, Index index)
        : state_(state), outlet_(state.outlets[index]), account_(state.accounts[outlet_.account]),
          now_(state.now.steady) {}

    /// The earliest moment at which looking again may help, as far as time alone decides.
    Instant run() {
        recover();
        if (outlet_.departing || outlet_.in_flight >= state_.params.in_flight_max) {
            return Instant::max();
        }
        const Instant ready_at = outlet_.pace.ready_at();
        Call* due = due_call();
        if (!due || yields(*due)) {
            if (!outlet_.binding && (has_lanes() || !outlet_.splitting.empty())) {
                look_for_work(ready_at);
            }
            if (due && outlet_.binding) {
                return Instant::max(); // It is looked at again when what has the turn is durable.
            }
        }
        if (due && now_ >= ready_at) {
            send(*due);
            return Instant::max();
        }
        if (due) {
            again_at(ready_at);
            return again_at_;
        }
        for (const auto& waiting : outlet_.waiting) {
            again_at(admitted_at(waiting));
        }
        return again_at_;
    }

private:
    void again_at(Instant at) { again_at_ = std::min(again_at_, at); }
    [[nodiscard]] bool has_lanes() const { return !outlet_.ready.empty(); }

    void recover() {
        if (outlet_.pace.recover(now_)) {
            state_.record_rate(outlet_, outlet_.api, outlet_.pace);
        }
    }

    /// A call whose outcome is unknown is repeated until it is settled, which may be never. All of
    /// them together take every second token at most, while there is anything else to send.
    [[nodiscard]] bool yields(const Call& call) const {
        return call.is_unknown && outlet_.last_was_repeat;
    }

    /// The first bound call whose time has come and whose way is open; one that does not yield, if
    /// there is one.
    Call* due_call() {
        Call* yielding = nullptr;
        for (const auto& [at, id] : outlet_.waiting) {
            if (at > now_) {
                break;
            }
            Call& call = state_.calls.at(id);
            if (!account_.breaker.admits(now_) || !state_.lanes[call.lane].breaker.admits(now_)) {
                continue;
            }
            if (!yields(call)) {
                return &call;
            }
            pass(Probe::repeat_yields);
            yielding = yielding == nullptr ? &call : yielding;
        }
        return yielding;
    }

    /// When a waiting call's time, and its breakers' probes, will have come.
    Instant admitted_at(const std::pair<Instant, ledger::CallId>& waiting) const {
        const Call& call = state_.calls.at(waiting.second);
        Instant at = waiting.first;
        for (const Breaker* breaker : {&account_.breaker, &state_.lanes[call.lane].breaker}) {
            if (breaker->is_open()) {
                at = std::max(at, breaker->probe_at());
            }
        }
        return at;
    }

    void send(Call& call) {
        LaneState& lane = state_.lanes[call.lane];
        stop_waiting(state_, call);
        call.phase = Call::Phase::sent;
        ++call.attempts;
        ++outlet_.in_flight;
        outlet_.departing = call.id;
        outlet_.last_was_repeat = call.is_unknown;
        outlet_.pace.take(now_);
        account_.breaker.sent();
        lane.breaker.sent();
        SendCall sending{call.id, lane.key, call.reference, call.batch.items};
        if (!call.is_unknown) {
            sending.not_after = call.ends_at;
        }
        state_.effects.emplace_back(std::move(sending));
    }

    void look_for_work(Instant ready_at) {
        if (const auto next = state_.expiry.next(); next && *next <= state_.now.wall) {
            // What is over has not all ended yet (deadline.cpp), and must not be bound.
            pass(Probe::not_bound_beside_overdue);
            again_at(now_);
            return;
        }
        if (!account_.breaker.admits(now_)) {
            again_at(account_.breaker.probe_at());
            return;
        }
        // Added here rather than taken from there: a quota at rest is ready since the least
        // Instant.
        const Duration ahead = lead(state_, outlet_);
        if (now_ + ahead < ready_at) {
            again_at(ready_at - ahead);
            return;
        }
        const bool part_first =
            !outlet_.splitting.empty() && !(outlet_.last_was_split && has_lanes());
        if (!(part_first && bind_part()) && !bind_from_lanes() && !part_first) {
            bind_part();
        }
        if (lacks_slots_) {
            urge_progress(state_, outlet_);
        }
    }

    bool may_bind(const LaneState& lane) {
        if (!lane.breaker.admits(now_)) {
            again_at(lane.breaker.probe_at());
            return false;
        }
        if (lane.unknown_calls >= unknown_calls_max) {
            pass(Probe::lane_full_of_unknown);
            return false;
        }
        return true;
    }

    bool bind_part() {
        for (std::size_t tries = outlet_.splitting.size(); tries > 0; --tries) {
            const Index index = outlet_.splitting.front();
            outlet_.splitting.pop_front();
            outlet_.splitting.push_back(index);
            const LaneState& lane = state_.lanes[index];
            if (!may_bind(lane)) {
                pass(Probe::part_skipped_for_breaker);
                continue;
            }
            auto part = take_part(state_, index, available_to(lane));
            if (part) {
                bind(index, *std::move(part), true);
                return true;
            }
            pass(Probe::part_lacks_slots);
            lacks_slots_ = true;
        }
        return false;
    }

    SlotCount available_to(const LaneState& lane) {
        const Slots& slots = state_.slots_of_lane(lane);
        for (const SlotKind kind : {SlotKind::path, SlotKind::wildcard}) {
            if (slots.rest_until(kind) > now_) {
                again_at(slots.rest_until(kind));
            }
        }
        return slots.available(now_);
    }

    [[nodiscard]] bool is_probe(const LaneState& lane) const {
        return lane.breaker.is_open() || account_.breaker.is_open();
    }

    bool bind_from_lanes() {
        const bool by_turn_alone =
            outlet_.turns_taken % regardless_of_priority_every == regardless_of_priority_every - 1;
        if (by_turn_alone) {
            pass(Probe::turn_alone);
            return bind_from_first_of(outlet_.ready_by_turn);
        }
        return bind_from_first_of(outlet_.ready);
    }

    /// Looks at no more lanes than it has to, and at none once one has changed.
    template <class Lanes>
    bool bind_from_first_of(const Lanes& lanes) {
        bool has_skipped = false;
        for (const auto& [turn, index] : lanes) {
            const LaneState& lane = state_.lanes[index];
            if (!may_bind(lane)) {
                continue;
            }
            // However many lanes are denied, their probes leave every second token to the others.
            if (outlet_.last_was_probe && is_probe(lane)) {
                pass(Probe::probe_passed_over);
                has_skipped = true;
            } else if (bind_from(index)) {
                return true;
            }
        }
        return has_skipped && bind_probe(lanes);
    }

    /// Nothing else can be sent. The first of them may lack slots, and must not keep the others
    /// from showing that the account has been mended.
    template <class Lanes>
    bool bind_probe(const Lanes& lanes) {
        pass(Probe::probe_after_all);
        return std::ranges::any_of(lanes, [this](const auto& entry) {
            const LaneState& lane = state_.lanes[entry.second];
            return is_probe(lane) && may_bind(lane) && bind_from(entry.second);
        });
    }

    bool bind_from(Index index) {
        LaneState& lane = state_.lanes[index];
        const SlotCount available = available_to(lane);
        lacks_slots_ = lacks_slots_ || lane.waiting.lacks(SlotKind::path, available) ||
                       lane.waiting.lacks(SlotKind::wildcard, available);
        if (!lane.waiting.has_work_for(available)) {
            return false;
        }
        Batch batch = is_probe(lane) ? take_probe(lane, available)
                                     : lane.waiting.take(available, state_.params.carried);
        if (batch.items.empty()) {
            return false;
        }
        outlet_.last_was_probe = is_probe(lane);
        if (!outlet_.last_was_probe) {
            ++outlet_.turns_taken;
        }
        state_.update_turn(index, State::TurnChange::served);
        bind(index, std::move(batch), false);
        return true;
    }

    /// One item tells as much as thousands would, and most likely comes back.
    Batch take_probe(LaneState& lane, SlotCount available) {
        const CarryLimits most = state_.params.carried;
        Batch batch =
            lane.waiting.take({.paths = std::min(available.paths, 1U), .wildcards = 0}, most);
        if (batch.items.empty()) {
            batch = lane.waiting.take({.paths = 0, .wildcards = std::min(available.wildcards, 1U)},
                                      most);
        }
        return batch;
    }

    void bind(Index index, Batch batch, bool is_split) {
        LaneState& lane = state_.lanes[index];
        state_.last_call = state_.last_call.plus(1);
        Call call;
        call.id = state_.last_call;
        call.lane = index;
        call.reference = fmt::format("exarch-{}-{}", state_.params.incarnation, call.id.value());
        call.slots = slots_of(*lane.action, batch.items);
        call.is_split = is_split;
        call.bound_at = state_.now.wall;
        call.batch = std::move(batch);
        set_ends(state_, call);
        state_.slots_of_lane(lane).hold(call.slots);
        state_.enter_elsewhere(lane, call.batch.carried.size());
        outlet_.binding = call.id;
        outlet_.last_was_split = is_split;
        state_.records.emplace_back(record_of(lane, call));
        state_.calls.emplace(call.id, std::move(call));
    }

    static ledger::BindCall record_of(const LaneState& lane, const Call& call) {
        ledger::BindCall record{.call = call.id,
                                .lane = lane.key,
                                .reference = call.reference,
                                .items = call.batch.items,
                                .operations = {},
                                .bound_at = call.bound_at};
        record.operations.reserve(call.batch.carried.size());
        for (const Carried& carried : call.batch.carried) {
            record.operations.push_back(carried.wished.id);
        }
        return record;
    }

    State& state_;
    Outlet& outlet_;
    AccountState& account_;
    Instant now_;
    Instant again_at_ = Instant::max();
    /// Something was passed over for want of slots.
    bool lacks_slots_ = false;
};

} // namespace

void stop_waiting(State& state, const Call& call) {
    state.outlet_of(state.lanes[call.lane]).waiting.erase({call.retry_at, call.id});
}

void wait_until(State& state, Call& call, Instant at) {
    LaneState& lane = state.lanes[call.lane];
    call.phase = Call::Phase::waiting;
    call.retry_at = at;
    state.outlet_of(lane).waiting.insert({at, call.id});
    if (!call.is_unknown && call.look_at != call.ends_at) {
        // Its end came while nothing could be done about it; it is not sent after that.
        look_at(state, call, call.ends_at);
    }
    state.touch(lane.outlet);
}

void set_ends(State& state, Call& call) {
    EXARCH_ASSERT(!call.batch.carried.empty());
    call.ends_at = base::Timestamp::max();
    base::Timestamp oldest = base::Timestamp::max();
    for (const Carried& carried : call.batch.carried) {
        call.ends_at = std::min(call.ends_at, carried.wished.expires_at);
        oldest = std::min(oldest, carried.wished.ages_from);
    }
    // An outcome is sought for as long as an operation may stay unsettled, whatever its deadline.
    call.give_up_at = std::max(expiry_of(state.params, oldest), call.ends_at);
    look_at(state, call, call.ends_at);
}

void look_at(State& state, Call& call, base::Timestamp at) {
    state.call_ends.erase({call.look_at, call.id});
    call.look_at = at;
    state.call_ends.insert({at, call.id});
}

void dispatch(State& state, Index index) {
    const Instant again = Dispatcher(state, index).run();
    const Instant ask = ask_progress(state, index);
    Outlet& outlet = state.outlets[index];
    // Something that was possible a moment ago and is not now is looked at again, but not at once.
    constexpr Duration grain = std::chrono::milliseconds(1);
    const Instant wanted = std::min(again, ask);
    const Instant next = std::max(wanted, state.now.steady + grain);
    if (next == outlet.agenda_at) {
        return;
    }
    state.agenda.erase({outlet.agenda_at, index});
    outlet.agenda_at = next;
    if (wanted != Instant::max()) {
        state.agenda.insert({next, index});
    }
}

} // namespace exarch::core
