#include "core/settlement/standing.hpp"

#include "core/probe.hpp"
#include "core/progress.hpp"
#include "core/settlement/isolation.hpp"
#include "core/settlement/settle.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace exarch::core {
namespace {

using actions::Verdict;
using base::Instant;

void record(State& state, const ledger::LaneKey& lane, bool open, std::string reason) {
    state.records.emplace_back(ledger::NoteBreaker{lane, open, std::move(reason), state.now.wall});
}

void note_breaker(State& state, const ledger::LaneKey& lane, bool open, std::string reason) {
    state.report(open,
                 fmt::format("{}{}{}: {}", lane.account.value(), lane.resource.empty() ? "" : " ",
                             lane.resource,
                             open ? "paused, probed once a minute: " + reason : "answers again"));
    record(state, lane, open, std::move(reason));
}

/// Nothing of a broken account stays bound but what may have been sent: all else waits in its
/// lane, where it may end at its time.
void release_unsent(State& state, const AccountState& account) {
    for (const Index index : account.outlets) {
        while (!state.outlets[index].splitting.empty()) {
            dissolve_parts(state, state.outlets[index].splitting.front());
        }
        const auto waiting = state.outlets[index].waiting;
        for (const auto& [at, id] : waiting) {
            Call& call = state.calls.at(id);
            if (!call.is_unknown) {
                pass(Probe::unsent_released);
                release(state, call, account.breaker.reason());
            }
        }
    }
}

void trip_account(State& state, LaneState& lane, const std::string& reason) {
    AccountState& account = state.account_of_lane(lane);
    const ledger::LaneKey key{.account = account.id, .action = {}, .resource = {}};
    if (!account.breaker.trip(state.now.steady, reason)) {
        record(state, key, true, reason);
        return;
    }
    pass(Probe::account_paused);
    note_breaker(state, key, true, reason);
    state.count_stuck(account);
    release_unsent(state, account);
}

void account_answers(State& state, LaneState& lane) {
    AccountState& account = state.account_of_lane(lane);
    if (account.breaker.reset()) {
        pass(Probe::account_answers);
        note_breaker(state, {.account = account.id, .action = {}, .resource = {}}, false, {});
        state.count_stuck(account);
        for (const Index outlet : account.outlets) {
            state.touch(outlet);
        }
    }
}

void resource_answers(State& state, Index index) {
    LaneState& lane = state.lanes[index];
    if (lane.breaker.reset()) {
        pass(Probe::resource_answers);
        note_breaker(state, lane.key, false, {});
        state.count_stuck(index);
    }
}

} // namespace

void learn(State& state, LaneState& lane, const Call& call, const CallAnswered& event) {
    const Instant now = state.now.steady;
    switch (event.verdict) {
    case Verdict::account_denied:
        lane.breaker.inconclusive(now);
        trip_account(state, lane, event.reason);
        return;
    case Verdict::resource_denied:
        account_answers(state, lane);
        if (!lane.breaker.trip(now, event.reason)) {
            record(state, lane.key, true, event.reason);
            return;
        }
        pass(Probe::resource_paused);
        note_breaker(state, lane.key, true, event.reason);
        state.count_stuck(call.lane);
        dissolve_parts(state, call.lane);
        return;
    case Verdict::not_sent:
    case Verdict::unknown:
        state.account_of_lane(lane).breaker.inconclusive(now);
        lane.breaker.inconclusive(now);
        return;
    case Verdict::slots_full:
        state.slots_of_lane(lane).refused(call.slots, now);
        judge_estimate(state, call, false);
        break;
    case Verdict::accepted:
        judge_estimate(state, call, true);
        break;
    case Verdict::throttled:
    case Verdict::content_refused:
    case Verdict::resource_missing:
        break;
    }
    account_answers(state, lane);
    if (event.verdict != Verdict::throttled) {
        resource_answers(state, call.lane);
    } else {
        lane.breaker.inconclusive(now);
    }
}

void forget_standing(State& state) {
    for (const Index index : std::exchange(state.may_be_done, {})) {
        LaneState& lane = state.lanes[index];
        if (lane.waiting.empty() && lane.elsewhere == 0 && lane.breaker.reset()) {
            pass(Probe::resource_done_with);
            record(state, lane.key, false, {});
        }
    }
}

} // namespace exarch::core
