#include "core/deadline.hpp"

#include "core/dispatch.hpp"
#include "core/probe.hpp"
#include "core/settlement/isolation.hpp"
#include "core/settlement/settle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::core {
namespace {

using base::Timestamp;

/// A sale's million that begin together start in several steps, a millisecond apart: what else
/// there is to do is done between them. Most sales start whole, and merge as a whole.
constexpr std::size_t started_at_once_max = 10'000;

void start_delayed(State& state) {
    for (std::size_t count = 0; count < started_at_once_max; ++count) {
        if (state.delayed.empty() || state.delayed.begin()->first > state.now.wall) {
            return;
        }
        Delayed delayed = std::move(state.delayed.begin()->second);
        state.delayed.erase(state.delayed.begin());
        state.leave_elsewhere(state.lanes[delayed.lane], 1);
        state.add_waiting(delayed.lane, delayed.wished, std::move(delayed.item), false);
    }
}

/// Each delayed operation is counted anew as it comes near, not whenever somebody asks. The
/// calendar may be set back, and then it is far away again.
void count_later(State& state) {
    const Timestamp from =
        state.now.wall + std::chrono::duration_cast<Timestamp::duration>(drain_patience);
    const auto before = state.delayed.upper_bound(state.later_from);
    const auto after = state.delayed.upper_bound(from);
    if (from > state.later_from) {
        std::for_each(before, after, [&](auto& one) { --state.lanes[one.second.lane].later; });
    } else if (after != before) {
        pass(Probe::far_again);
        std::for_each(after, before, [&](auto& one) { ++state.lanes[one.second.lane].later; });
    }
    state.later_from = from;
}

/// Thousands with one deadline end in several steps, a millisecond apart: none of these, and no
/// commit, then keeps everything else waiting.
constexpr std::size_t ended_at_once_max = 2000;

void end_waiting(State& state) {
    std::map<std::string, std::vector<ledger::OperationId>> ended;
    for (std::size_t count = 0; count < ended_at_once_max; ++count) {
        const auto ref = state.expiry.pop_due(state.now.wall, state.pool);
        if (!ref) {
            break;
        }
        const WaitingPool::Place& place = state.pool.at(ref->index);
        const Index index = place.lane;
        const Wished& wished = place.wished;
        const bool by_age = wished.expires_at == expiry_of(state.params, wished.ages_from);
        pass(by_age ? Probe::expired_by_age : Probe::expired_by_deadline);
        ended[by_age ? "not settled within retry.max_age" : "not settled by its deadline"]
            .push_back(wished.id);
        state.lanes[index].waiting.remove(ref->index);
        state.update_turn(index, State::TurnChange::none);
        state.touch(state.lanes[index].outlet);
        ++state.counts.expired;
    }
    for (auto& [reason, operations] : ended) {
        state.report_unsuccessful(fmt::format("{} operation{} expired: {}", operations.size(),
                                              operations.size() == 1 ? "" : "s", reason));
        state.records.emplace_back(ledger::EndOperations{.end = ledger::EndOperations::End::expired,
                                                         .operations = std::move(operations),
                                                         .reason = reason,
                                                         .ended_at = state.now.wall});
    }
    state.expiry.compact(state.pool);
}

/// When the last chance to learn what became of the call is over. However old it is when an answer
/// stays away, or when the process comes back, it is repeated a few times and AWS's records are
/// looked through, which takes a minute to become possible and a while to do.
Timestamp give_up_at(const State& state, const Call& call) {
    constexpr base::Duration fair_chance = std::chrono::minutes(10);
    const auto left =
        std::chrono::ceil<Timestamp::duration>(call.unknown_since + fair_chance - state.now.steady);
    return std::max(call.give_up_at, state.now.wall + left);
}

void end_calls(State& state) {
    const Timestamp now = state.now.wall;
    while (!state.call_ends.empty() && state.call_ends.begin()->first <= now) {
        Call& call = state.calls.at(state.call_ends.begin()->second);
        if (call.phase != Call::Phase::waiting) {
            pass(Probe::looked_at_later);
            look_at(state, call, now + std::chrono::seconds(1));
        } else if (!call.is_unknown) {
            pass(Probe::released_overdue);
            release(state, call, "the time of an operation it carries is over");
        } else if (const Timestamp end = give_up_at(state, call); now < end) {
            pass(Probe::last_chance_given);
            look_at(state, call, end);
        } else {
            pass(Probe::given_up);
            give_up(state, call);
        }
    }
}

} // namespace

Timestamp aging_of(Timestamp accepted_at, std::optional<Timestamp> not_before) {
    return std::max(accepted_at, not_before.value_or(accepted_at));
}

Timestamp expiry_of(const CoreParams& params, Timestamp ages_from,
                    std::optional<Timestamp> deadline) {
    const auto age = std::chrono::duration_cast<Timestamp::duration>(params.max_age);
    return std::min(ages_from + age, deadline.value_or(Timestamp::max()));
}

void pass_deadlines(State& state) {
    count_later(state);
    start_delayed(state);
    end_calls(state);
    end_parts(state);
    end_waiting(state);
}

std::optional<Timestamp> next_deadline(const State& state) {
    std::optional<Timestamp> next = state.expiry.next();
    const auto sooner = [&](Timestamp at) { next = std::min(next.value_or(at), at); };
    if (!state.delayed.empty()) {
        sooner(state.delayed.begin()->first);
    }
    if (!state.call_ends.empty()) {
        sooner(state.call_ends.begin()->first);
    }
    if (!state.part_ends.empty()) {
        sooner(state.part_ends.begin()->first);
    }
    return next;
}

} // namespace exarch::core
