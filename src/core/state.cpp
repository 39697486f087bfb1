#include "core/state.hpp"

#include "actions/registry.hpp"
#include "base/assert.hpp"
#include "core/handover/handover.hpp"
#include "core/probe.hpp"

#include <algorithm>
#include <memory>

namespace exarch::core {

using base::AccountId;
using ledger::LaneKey;

State::State(CoreParams parameters)
    : params(std::move(parameters)), told(std::make_shared<const Handover>()) {}

Requester State::requester(std::string_view sender) {
    // A role's SenderId is its unique id and a session's name: all its sessions are one requester.
    const std::string_view principal = sender.substr(0, sender.find(':'));
    const auto found = requesters.find(principal);
    if (found != requesters.end()) {
        return found->second;
    }
    // They only order what waits, so all may be forgotten rather than remembered for ever: whoever
    // has something waiting then gets a second turn, until that has left.
    constexpr std::size_t remembered_max = 4096;
    if (requesters.size() == remembered_max) {
        requesters.clear();
    }
    requesters.emplace(principal, ++last_requester_);
    return last_requester_;
}

Index State::account(const AccountId& id) {
    const auto [entry, is_new] = account_of.try_emplace(id, static_cast<Index>(accounts.size()));
    if (is_new) {
        accounts.push_back({.id = id, .breaker = {}, .outlets = {}});
    }
    return entry->second;
}

Pace State::pace(const AccountId& id, std::string_view api) const {
    std::pair key(id, std::string(api));
    if (params.paces) {
        const auto kept = params.paces->find(key);
        return kept == params.paces->end() ? Pace(params.quota(id, api)) : kept->second;
    }
    const auto known = learned.find(key);
    Pace pace(params.quota(id, api),
              known == learned.end() ? std::nullopt : std::optional(known->second));
    if (!told->tell(api, pace) && taken_over_at) {
        pace.begin_empty(*taken_over_at);
    }
    return pace;
}

Index State::outlet(const AccountId& id, const actions::Action& action) {
    AccountState& owner = accounts[account(id)];
    const auto found = std::ranges::find_if(
        owner.outlets, [&](Index index) { return outlets[index].api == action.api(); });
    if (found != owner.outlets.end()) {
        return *found;
    }
    const auto index = static_cast<Index>(outlets.size());
    Outlet& outlet = outlets.emplace_back(pace(id, action.api()), pace(id, action.progress_api()));
    outlet.account = account(id);
    outlet.api = action.api();
    outlet.progress_api = action.progress_api();
    owner.outlets.push_back(index);
    return index;
}

std::pair<AccountId, std::string> State::slot_pool_key(const LaneKey& key) const {
    const bool by_account = params.in_progress.scope == SlotLimits::Scope::account;
    return {key.account, key.action + ' ' + (by_account ? "" : key.resource)};
}

Index State::slot_pool(const LaneKey& key) {
    const auto [entry, is_new] =
        slot_pool_of.try_emplace(slot_pool_key(key), static_cast<Index>(slot_pools.size()));
    if (!is_new) {
        return entry->second;
    }
    SlotPool fresh{Slots(params.in_progress), {}};
    told->tell(entry->first.second, fresh);
    if (free_slot_pools.empty()) {
        slot_pools.push_back(fresh);
    } else {
        entry->second = free_slot_pools.extract(free_slot_pools.begin()).value();
        slot_pools[entry->second] = fresh;
    }
    return entry->second;
}

Index State::make_lane(const LaneKey& key, const actions::Action& action) {
    ++lanes_stirred;
    if (free_lanes.empty()) {
        const auto index = static_cast<Index>(lanes.size());
        lanes.emplace_back(key, action, Lane(action, pool, index));
        return index;
    }
    const Index index = free_lanes.extract(free_lanes.begin()).value();
    std::destroy_at(&lanes[index]);
    std::construct_at(&lanes[index], key, action, Lane(action, pool, index));
    return index;
}

Index State::lane(const LaneKey& key) {
    const auto found = lane_of.find(key);
    if (found != lane_of.end()) {
        return found->second;
    }
    const actions::Action* action = actions::find(key.action);
    EXARCH_ASSERT(action != nullptr);
    const Index index = make_lane(key, *action);
    LaneState& state = lanes[index];
    state.outlet = outlet(key.account, *action);
    state.slot_pool = slot_pool(key);
    lane_of.emplace(key, index);
    return index;
}

void State::add_operation(Index lane, const Wished& wished, std::string item,
                          std::optional<base::Timestamp> not_before) {
    if (is_early(not_before)) {
        pass(Probe::delayed);
        enter_elsewhere(lanes[lane], 1);
        lanes[lane].later += *not_before > later_from ? 1 : 0;
        delayed.emplace(*not_before, Delayed{wished, std::move(item), lane});
        return;
    }
    add_waiting(lane, wished, std::move(item), false);
}

void State::add_waiting(Index lane, const Wished& wished, std::string item, bool is_returned) {
    LaneState& state = lanes[lane];
    const bool is_there = state.waiting.has(wished.requester);
    const WaitingRef ref = is_returned ? state.waiting.add_returned(wished, std::move(item))
                                       : state.waiting.add(wished, std::move(item));
    expiry.add(wished.expires_at, ref);
    update_turn(lane, TurnChange::none, is_there ? std::nullopt : std::optional(wished.requester));
    touch(state.outlet);
}

std::uint32_t State::store_waiting(Index lane, const Wished& wished, std::string item) {
    const WaitingRef ref = lanes[lane].waiting.store(wished, std::move(item));
    expiry.add(wished.expires_at, ref);
    return ref.index;
}

void State::start_waiting(Index lane, std::span<const std::uint32_t> pool_indexes) {
    lanes[lane].waiting.add_all(pool_indexes);
    update_turn(lane, TurnChange::none);
    touch(lanes[lane].outlet);
}

void State::put_back(Index lane, const std::vector<Carried>& carried) {
    // Backwards, because what is put in front last comes out first.
    for (auto one = carried.rbegin(); one != carried.rend(); ++one) {
        add_waiting(lane, one->wished, one->item, true);
    }
}

namespace {

std::uint64_t next_turn_of(const Outlet& outlet, Requester requester) {
    const auto found = outlet.next_turns.find(requester);
    return std::max(outlet.turn, found == outlet.next_turns.end() ? 0 : found->second);
}

std::uint64_t take_turn_of(Outlet& outlet, Requester requester) {
    const std::uint64_t turn = next_turn_of(outlet, requester);
    outlet.next_turns[requester] = turn + 1;
    return turn;
}

/// Who has no lane that waits is no other than who has never had one.
void forget_served_requesters(Outlet& outlet) {
    constexpr std::size_t remembered_max = 64;
    if (outlet.next_turns.size() > remembered_max) {
        std::erase_if(outlet.next_turns,
                      [&](const auto& entry) { return entry.second <= outlet.turn; });
    }
}

} // namespace

std::uint64_t State::take_turn(Outlet& outlet, const Lane& waiting) {
    std::optional<Requester> soonest;
    waiting.visit_requesters([&](Requester requester) {
        if (!soonest || next_turn_of(outlet, requester) < next_turn_of(outlet, *soonest)) {
            soonest = requester;
        }
    });
    return soonest ? take_turn_of(outlet, *soonest) : outlet.turn;
}

void State::update_turn(Index lane, TurnChange change, std::optional<Requester> joined) {
    count_stuck(lane);
    LaneState& state = lanes[lane];
    Outlet& outlet = outlets[state.outlet];
    const bool is_served = change == TurnChange::served;
    const bool has_work = !state.waiting.empty();
    const std::int32_t priority = has_work ? -state.waiting.priority() : 0;
    if (state.turn && has_work && !is_served && !joined && state.turn->first == priority) {
        return;
    }
    if (state.turn) {
        outlet.ready.erase({*state.turn, lane});
        outlet.ready_by_turn.erase({state.turn->second, lane});
    }
    if (state.turn && is_served) {
        outlet.turn = std::max(outlet.turn, state.turn->second);
        forget_served_requesters(outlet);
    }
    if (!has_work) {
        lanes_stirred += state.turn ? 1 : 0;
        state.turn.reset();
        note_end(lane);
        return;
    }
    std::uint64_t turn = 0;
    if (!state.turn || is_served) {
        turn = take_turn(outlet, state.waiting);
    } else {
        turn = joined ? std::min(state.turn->second, take_turn_of(outlet, *joined))
                      : state.turn->second;
    }
    state.turn = {priority, turn};
    outlet.ready.insert({*state.turn, lane});
    outlet.ready_by_turn.insert({turn, lane});
}

void State::note_end(Index lane) {
    if (lanes[lane].breaker.is_open()) {
        may_be_done.insert(lane);
    }
}

void State::count_stuck(Index lane) {
    LaneState& state = lanes[lane];
    const bool is_stuck = state.breaker.is_open() || account_of_lane(state).breaker.is_open();
    const std::size_t stuck = is_stuck ? state.waiting.size() : 0;
    stuck_ = stuck_ - state.stuck + stuck;
    state.stuck = stuck;
}

void State::count_stuck(const AccountState& account) {
    for (const Index outlet : account.outlets) {
        for (const auto& [turn, lane] : outlets[outlet].ready) {
            count_stuck(lane);
        }
    }
}

void State::record_rate(const Outlet& outlet, const std::string& api, const Pace& learned_pace) {
    records.emplace_back(
        ledger::LearnQuota{accounts[outlet.account].id, api, learned_pace.rate(), now.wall});
}

void State::report_unsuccessful(std::string text) {
    if (params.reports_unsuccessful) {
        report(true, std::move(text));
    }
}

std::size_t State::open_operations() const {
    return pool.size() + elsewhere_ + arriving;
}

} // namespace exarch::core
