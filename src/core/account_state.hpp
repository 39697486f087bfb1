#pragma once

#include "core/call.hpp"
#include "core/lane/lane.hpp"
#include "core/quota/breaker.hpp"
#include "core/quota/pace.hpp"
#include "core/quota/slots.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// What the core knows of an account: its lanes, its quotas, and what is in progress there. Plain
/// data, part of State.
namespace exarch::core {

/// The slots of one distribution (or account), and how long AWS takes there.
struct SlotPool {
    Slots slots;
    CompletionTime completion;
    /// Slots were freed by the estimate, and no answer has shown since whether they were free.
    bool rests_on_estimate = false;
};

struct LaneState {
    LaneState(ledger::LaneKey lane_key, const actions::Action& lane_action, Lane lane)
        : key(std::move(lane_key)), action(&lane_action), waiting(std::move(lane)) {}

    ledger::LaneKey key;
    const actions::Action* action;
    Lane waiting;
    Index outlet = 0;
    Index slot_pool = 0;
    Breaker breaker;
    /// When asking about its done calls may be allowed again.
    base::Instant readable_from = base::Instant::min();
    /// Parts of refused batches, each to be sent as a call of its own (isolation.hpp).
    std::deque<Batch> parts;
    /// Operations in calls, parts and behind not_before.
    std::size_t elsewhere = 0;
    /// Of those, operations whose not_before a drain does not wait for.
    std::size_t later = 0;
    /// Operations that wait in it while its breaker or its account's is open.
    std::size_t stuck = 0;
    /// Its calls whose outcome is unknown.
    std::uint32_t unknown_calls = 0;
    /// Its done calls that hold slots.
    std::uint32_t unfinished_calls = 0;
    /// Its place in the outlet's order; set while it stands there.
    std::optional<std::pair<std::int32_t, std::uint64_t>> turn;
};

/// One quota at work: an account and an API, with the lanes whose calls it paces.
struct Outlet {
    Outlet(Pace calls, Pace questions) : pace(calls), progress_pace(questions) {}

    Index account = 0;
    std::string api;
    std::string progress_api;
    Pace pace;
    Pace progress_pace;
    /// The turn of the lane that was served last. A requester's lanes have turns one after another
    /// from there on, each requester's for itself: whoever comes with many distributions delays
    /// another by no more than as many calls as there are requesters (start-time fair queueing).
    std::uint64_t turn = 0;
    /// By requester: the turn of the next lane that waits for him. Who is not in it is served soon.
    std::map<Requester, std::uint64_t> next_turns;
    /// Lanes with work, by priority (highest first, hence negated), then by whose turn is next.
    std::set<std::pair<std::pair<std::int32_t, std::uint64_t>, Index>> ready;
    /// The same lanes, by turn alone.
    std::set<std::pair<std::uint64_t, Index>> ready_by_turn;
    /// Lanes with parts of refused batches: each as often as it has parts.
    std::deque<Index> splitting;
    bool last_was_split = false;
    /// The last sending repeated a call whose outcome is unknown.
    bool last_was_repeat = false;
    bool last_was_probe = false;
    /// Calls bound for what waits in the lanes: no parts, and no probes of lanes that are denied.
    std::uint32_t turns_taken = 0;
    /// Bound calls that are not on their way, by when they may leave.
    std::set<std::pair<base::Instant, ledger::CallId>> waiting;
    std::optional<ledger::CallId> binding;
    std::optional<ledger::CallId> departing;
    std::uint32_t in_flight = 0;
    /// Done calls that hold slots, by when to ask about them.
    std::set<std::pair<base::Instant, ledger::CallId>> unfinished;
    bool is_asking = false;
    /// Calls to be looked for among AWS's records, one after another, and since when one is.
    std::deque<ledger::CallId> unproved;
    std::optional<base::Instant> proving_since;
    /// The last question was a proof: one about a done call goes first.
    bool proved_last = false;
    /// When it wants to be looked at again, as State::agenda has it.
    base::Instant agenda_at = base::Instant::max();
};

struct AccountState {
    base::AccountId id;
    Breaker breaker;
    std::vector<Index> outlets;
};

} // namespace exarch::core
