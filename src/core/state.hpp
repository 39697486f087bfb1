#pragma once

#include "core/account_state.hpp"
#include "core/call.hpp"
#include "core/event.hpp"
#include "core/lane/expiry.hpp"
#include "core/params.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What the core knows, as plain data. The parts that decide (intake, dispatch, settlement,
/// progress, deadlines) each read and change it; only Core puts them together.
namespace exarch::core {

class Handover;

/// A not_before further away than this is not waited for by a drain.
inline constexpr base::Duration drain_patience = std::chrono::minutes(1);

/// An operation that may not start yet.
struct Delayed {
    Wished wished;
    std::string item;
    Index lane = 0;
};

struct State {
    explicit State(CoreParams parameters);

    CoreParams params;
    base::Moment now;
    RunCounts counts;
    bool is_stopping = false;

    WaitingPool pool;
    std::deque<LaneState> lanes;
    std::map<ledger::LaneKey, Index> lane_of;
    std::deque<AccountState> accounts;
    std::map<base::AccountId, Index> account_of;
    std::deque<Outlet> outlets;
    std::deque<SlotPool> slot_pools;
    std::map<std::pair<base::AccountId, std::string>, Index> slot_pool_of;
    /// Places of lanes, and of slot pools, that were forgotten (forget.hpp).
    std::set<Index> free_lanes;
    std::set<Index> free_slot_pools;
    /// Lanes that were made, or came to an end of their work, since idle ones were last looked for;
    /// and where that goes on.
    std::size_t lanes_stirred = 0;
    Index looked_at_next = 0;
    /// Lanes that are denied, and in which something has ended or nothing may be open at a start.
    std::set<Index> may_be_done;
    std::map<std::string, Requester, std::less<>> requesters;
    std::map<std::pair<base::AccountId, std::string>, double> learned;
    /// By whoever had the work before.
    std::shared_ptr<const Handover> told;
    /// When this run took over from one that had sent calls, if it did. Which tokens were spent
    /// just before is not in the ledger, so none is taken to be left.
    std::optional<base::Instant> taken_over_at;

    std::map<ledger::CallId, Call> calls;
    std::map<ledger::CallId, Unfinished> unfinished;
    /// Proofs under way, by their calls, which may be settled meanwhile; and their outlets.
    std::map<ledger::CallId, Index> proofs;
    std::multimap<base::Timestamp, Delayed> delayed;
    /// What is delayed beyond this is counted in LaneState::later.
    base::Timestamp later_from = base::Timestamp::min();
    /// No messages are taken because of too much that waits for people or the calendar.
    bool is_held_up = false;
    /// When as many operations as may wait did so last; none where that is over.
    std::optional<base::Instant> full_at;
    Expiry expiry;
    std::set<std::pair<base::Timestamp, ledger::CallId>> call_ends;
    /// When the first operation of each part of a refused batch ends, and its lane.
    std::multiset<std::pair<base::Timestamp, Index>> part_ends;
    ledger::CallId last_call;

    Revision last_revision = 0;
    /// Commits under way: when they were asked for, and the messages they make deletable.
    struct Pending {
        base::Instant asked_at;
        std::vector<MessageHandle> messages;
    };
    std::map<Revision, Pending> commits;
    /// How long a commit takes, smoothed.
    base::Duration commit_time{};
    /// Operations and rejections of tasks that are being committed.
    std::size_t arriving = 0;

    /// Outlets by when they want to be looked at, and those that something has happened to.
    std::set<std::pair<base::Instant, Index>> agenda;
    std::set<Index> touched;

    /// What this step has brought forth.
    std::vector<ledger::Record> records;
    std::vector<MessageHandle> arrived;
    std::vector<Effect> effects;

    [[nodiscard]] Outlet& outlet_of(const LaneState& lane) { return outlets[lane.outlet]; }
    [[nodiscard]] AccountState& account_of_lane(const LaneState& lane) {
        return accounts[outlets[lane.outlet].account];
    }
    [[nodiscard]] Slots& slots_of_lane(const LaneState& lane) {
        return slot_pools[lane.slot_pool].slots;
    }
    [[nodiscard]] std::pair<base::AccountId, std::string>
    slot_pool_key(const ledger::LaneKey& key) const;

    /// The account, or the lane of this key, made where there is none yet.
    [[nodiscard]] Index account(const base::AccountId& id);
    [[nodiscard]] Index lane(const ledger::LaneKey& key);
    /// The number of whoever this SenderId speaks for.
    [[nodiscard]] Requester requester(std::string_view sender);

    /// Whether an operation may not start yet.
    [[nodiscard]] bool is_early(std::optional<base::Timestamp> not_before) const {
        return not_before && *not_before > now.wall;
    }
    /// Puts an operation among those that wait, or behind its not_before.
    void add_operation(Index lane, const Wished& wished, std::string item,
                       std::optional<base::Timestamp> not_before);
    void add_waiting(Index lane, const Wished& wished, std::string item, bool is_returned);
    /// The same for many, at a start: each is put in the pool, and all of a lane wait from then on.
    std::uint32_t store_waiting(Index lane, const Wished& wished, std::string item);
    void start_waiting(Index lane, std::span<const std::uint32_t> pool_indexes);
    /// Operations of a call that is closed wait again, ahead of those that have not been out.
    void put_back(Index lane, const std::vector<Carried>& carried);
    /// Puts the lane where its outlet looks for work, or takes it away from there.
    enum class TurnChange : std::uint8_t { none, served };
    void update_turn(Index lane, TurnChange change, std::optional<Requester> joined = {});
    /// Something has ended in the lane: where it is denied, that may have been the last of it.
    void note_end(Index lane);
    /// Counts what is stuck: in a lane, or in all lanes of an account whose breaker has changed.
    void count_stuck(Index lane);
    void count_stuck(const AccountState& account);
    void touch(Index outlet) { touched.insert(outlet); }

    /// Operations of a lane that are open but do not wait in it, and their sum over all lanes.
    void leave_elsewhere(LaneState& lane, std::size_t count) {
        lane.elsewhere -= count;
        elsewhere_ -= count;
    }
    void enter_elsewhere(LaneState& lane, std::size_t count) {
        lane.elsewhere += count;
        elsewhere_ += count;
    }

    /// Some attempt of the call has ended without an answer; or what became of it is known now.
    void set_unknown(Call& call, bool is_unknown) {
        std::uint32_t& count = lanes[call.lane].unknown_calls;
        if (is_unknown && !call.is_unknown) {
            call.unknown_since = now.steady;
        }
        count = count - (call.is_unknown ? 1 : 0) + (is_unknown ? 1 : 0);
        call.is_unknown = is_unknown;
    }

    [[nodiscard]] std::size_t open_operations() const;
    /// Operations that only people or the calendar can set going: behind open breakers, or behind
    /// their not_before.
    [[nodiscard]] std::size_t held_up_operations() const { return stuck_ + delayed.size(); }
    /// Has the ledger keep what was learned of an API of the outlet's account.
    void record_rate(const Outlet& outlet, const std::string& api, const Pace& learned_pace);
    void report(bool is_warning, std::string text) {
        effects.emplace_back(Report{is_warning, std::move(text)});
    }
    /// Where params.reports_unsuccessful.
    void report_unsuccessful(std::string text);

private:
    [[nodiscard]] Index outlet(const base::AccountId& id, const actions::Action& action);
    [[nodiscard]] Index slot_pool(const ledger::LaneKey& key);
    [[nodiscard]] Index make_lane(const ledger::LaneKey& key, const actions::Action& action);
    [[nodiscard]] Pace pace(const base::AccountId& id, std::string_view api) const;
    /// The turn of a lane that has none, for the requester there who is served soonest.
    [[nodiscard]] static std::uint64_t take_turn(Outlet& outlet, const Lane& waiting);

    Requester last_requester_ = 0;
    std::size_t elsewhere_ = 0;
    std::size_t stuck_ = 0;
};

} // namespace exarch::core
