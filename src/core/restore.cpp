#include "core/restore.hpp"

#include "actions/registry.hpp"
#include "core/deadline.hpp"
#include "core/dispatch.hpp"
#include "core/handover/handover.hpp"
#include "core/probe.hpp"
#include "core/progress.hpp"
#include "core/settlement/isolation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::core {

using ledger::CallId;
using ledger::LaneKey;

bool StateRestorer::is_known(const LaneKey& lane) {
    if (actions::find(lane.action) != nullptr) {
        return true;
    }
    problem_ = fmt::format("the ledger has open work of the action {}, which this exarch does not "
                           "know: use the version that wrote it, or a newer one",
                           lane.action);
    return false;
}

void StateRestorer::last_call(CallId call) {
    state_.last_call = std::max(state_.last_call, call);
    if (call != CallId()) {
        state_.taken_over_at = state_.params.others_sent_until.value_or(state_.now.steady);
    }
}

void StateRestorer::handover(std::string_view told) {
    state_.told = std::make_shared<const Handover>(told, state_);
}

void StateRestorer::learned_quota(ledger::LearnQuota quota) {
    state_.learned[{std::move(quota.account), std::move(quota.api)}] = quota.rate;
}

void StateRestorer::open_breaker(ledger::NoteBreaker breaker) {
    breakers_.push_back(std::move(breaker));
}

void StateRestorer::reopen(const ledger::NoteBreaker& breaker) {
    // Clocks differ, and of a long time ago it only matters that it is over.
    const base::Duration ago =
        std::clamp<base::Duration>(state_.now.wall - breaker.changed_at, {}, std::chrono::hours(1));
    const base::Instant tried_at = state_.now.steady - ago;
    const LaneKey& key = breaker.lane;
    if (key.action.empty()) {
        AccountState& account = state_.accounts[state_.account(key.account)];
        account.breaker.trip(tried_at, breaker.reason);
        state_.count_stuck(account);
    } else if (actions::find(key.action) != nullptr) {
        const Index lane = state_.lane(key);
        state_.lanes[lane].breaker.trip(tried_at, breaker.reason);
        state_.count_stuck(lane);
        state_.note_end(lane);
    }
}

void StateRestorer::open_call(ledger::OpenCall open) {
    if (!is_known(open.lane)) {
        return;
    }
    last_call(open.id);
    Reopened reopened;
    Call& call = reopened.call;
    call.id = open.id;
    call.lane = state_.lane(open.lane);
    call.reference = std::move(open.reference);
    call.batch.items = std::move(open.items);
    call.slots = slots_of(*state_.lanes[call.lane].action, call.batch.items);
    call.bound_at = open.bound_at;
    call.attempts = 1;
    pass(Probe::call_reopened);
    state_.set_unknown(call, true);
    call.unknown_at = state_.now.steady;
    state_.told->tell(state_, call);
    for (const std::string& item : call.batch.items) {
        reopened.sent.add(*state_.lanes[call.lane].action, item);
    }
    for (const ledger::OperationId operation : open.operations) {
        call_of_.emplace(operation, call.id);
    }
    reopened.operations = open.operations.size();
    reopened_.emplace(call.id, std::move(reopened));
}

void StateRestorer::incomplete_call(ledger::IncompleteCall incomplete) {
    if (!is_known(incomplete.lane)) {
        return;
    }
    last_call(incomplete.id);
    const Index lane = state_.lane(incomplete.lane);
    const actions::SlotCount slots = slots_of(*state_.lanes[lane].action, incomplete.items);
    pass(Probe::incomplete_reopened);
    const auto age = std::max<base::Duration>(state_.now.wall - incomplete.closed_at, {});
    state_.slots_of_lane(state_.lanes[lane]).hold(slots);
    Unfinished unfinished{.lane = lane,
                          .slots = slots,
                          .result_id = std::move(incomplete.result_id),
                          .accepted_at = state_.now.steady - age,
                          .next_at = {}};
    state_.told->tell(incomplete.id, unfinished);
    begin_unfinished(state_, incomplete.id, std::move(unfinished));
}

ledger::LaneNumber StateRestorer::lane(const LaneKey& key) {
    return is_known(key) ? state_.lane(key) : no_index;
}

void StateRestorer::operation(ledger::LaneNumber lane, ledger::OpenOperation operation) {
    if (lane == no_index) {
        return;
    }
    const base::Timestamp ages_from = aging_of(operation.accepted_at, operation.not_before);
    const Wished wished{.id = operation.id,
                        .task = operation.task,
                        .ages_from = ages_from,
                        .expires_at = expiry_of(state_.params, ages_from, operation.deadline),
                        .requester = state_.requester(operation.sender),
                        .priority = operation.priority};
    // They come in ascending order: what is bound is at the beginning when it comes.
    while (!call_of_.empty() && call_of_.begin()->first < operation.id) {
        call_of_.erase(call_of_.begin());
    }
    const auto bound = call_of_.begin();
    if (bound == call_of_.end() || bound->first != operation.id) {
        if (state_.is_early(operation.not_before)) {
            state_.add_operation(lane, wished, std::move(operation.item), operation.not_before);
        } else if (const auto part = state_.told->part_of(operation.id)) {
            parts_[{lane, *part}].push_back({wished, std::move(operation.item), 0});
        } else {
            wait(lane, wished, std::move(operation.item));
        }
        return;
    }
    Reopened& reopened = reopened_.at(bound->second);
    const auto sent = reopened.sent.sent_for(operation.item);
    if (!sent) {
        problem_ = fmt::format("operation {} is bound to call {}, which carries nothing for it",
                               operation.id.value(), bound->second.value());
        return;
    }
    if (reopened.call.batch.items[*sent] != operation.item) {
        pass(Probe::covered_reopened);
    }
    reopened.call.batch.carried.push_back({wished, std::move(operation.item), *sent});
}

void StateRestorer::wait(Index lane, const Wished& wished, std::string item) {
    const std::uint32_t index = state_.store_waiting(lane, wished, std::move(item));
    waiting_.resize(std::max<std::size_t>(waiting_.size(), lane + 1));
    if (waiting_[lane].empty()) {
        lanes_.push_back(lane);
    }
    waiting_[lane].push_back(index);
}

base::Status StateRestorer::finish() {
    for (const Index lane : lanes_) {
        state_.start_waiting(lane, waiting_[lane]);
    }
    for (auto& [id, reopened] : reopened_) {
        Call& call = reopened.call;
        if (problem_.empty() && call.batch.carried.size() != reopened.operations) {
            problem_ = fmt::format("call {} carries {} operations, of which {} are open",
                                   id.value(), reopened.operations, call.batch.carried.size());
        }
        if (!problem_.empty()) {
            break;
        }
        LaneState& lane = state_.lanes[call.lane];
        set_ends(state_, call);
        state_.slots_of_lane(lane).hold(call.slots);
        state_.enter_elsewhere(lane, call.batch.carried.size());
        Call& kept = state_.calls.emplace(id, std::move(call)).first->second;
        wait_until(state_, kept, std::max(state_.now.steady, kept.retry_at));
    }
    for (auto& [place, carried] : parts_) {
        keep_part(state_, place.first,
                  batch_of(*state_.lanes[place.first].action, std::move(carried)));
    }
    state_.told->tell_rest(state_);
    if (!problem_.empty()) {
        return std::unexpected(base::Error(base::ErrorKind::corrupt, problem_));
    }
    std::ranges::for_each(breakers_, [this](const auto& breaker) { reopen(breaker); });
    return {};
}

} // namespace exarch::core
