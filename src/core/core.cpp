#include "core/core.hpp"

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "core/deadline.hpp"
#include "core/dispatch.hpp"
#include "core/forget.hpp"
#include "core/handover/handover.hpp"
#include "core/intake.hpp"
#include "core/probe.hpp"
#include "core/progress.hpp"
#include "core/restore.hpp"
#include "core/settlement/settle.hpp"
#include "core/settlement/standing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace exarch::core {
namespace {

using base::Duration;
using base::Instant;

constexpr Duration calendar_grain = std::chrono::minutes(1);

void handle(State& state, Event& event) {
    std::visit(base::Overloaded{[&](MessagesReceived& received) { receive(state, received); },
                                [&](TasksDiscovered& tasks) { discovered(state, tasks); },
                                [&](Committed& commit) { committed(state, commit); },
                                [&](CallDeparted& departure) { departed(state, departure); },
                                [&](CallAnswered& answer) { answered(state, answer); },
                                [&](ProgressRead& read) { progress_read(state, read); },
                                [&](CallProved& proof) { proved(state, proof); },
                                [](TimePassed&) {}, [&](Stopping&) { state.is_stopping = true; }},
               event);
}

void dispatch_all(State& state) {
    while (!state.agenda.empty() && state.agenda.begin()->first <= state.now.steady) {
        const Index outlet = state.agenda.begin()->second;
        state.agenda.erase(state.agenda.begin());
        state.outlets[outlet].agenda_at = Instant::max();
        state.touch(outlet);
    }
    const std::set<Index> touched = std::exchange(state.touched, {});
    if (state.is_stopping) {
        return;
    }
    for (const Index outlet : touched) {
        dispatch(state, outlet);
    }
}

std::size_t held_up_max(const State& state) {
    constexpr std::size_t times_pending_max = 4;
    return times_pending_max * state.params.pending_max;
}

/// Says when the intake stops because of what is held up, and when it goes on: with some distance
/// between the two, so that it does not change its mind with every operation.
void watch_held_up(State& state) {
    const std::size_t held_up = state.held_up_operations();
    const std::size_t limit = held_up_max(state);
    if (!state.is_held_up && held_up >= limit) {
        state.is_held_up = true;
        pass(Probe::held_up);
        state.report(true, fmt::format("no more messages are taken: {} operations wait behind "
                                       "paused accounts and distributions, {} for their "
                                       "not_before; mend what is paused, or raise "
                                       "worker.pending_max",
                                       held_up - state.delayed.size(), state.delayed.size()));
    } else if (state.is_held_up && held_up < limit - limit / 8) {
        state.is_held_up = false;
        pass(Probe::taken_again);
        state.report(false, "messages are taken again: fewer operations are held up");
    }
}

/// There is room with each operation that ends, and none with the next message: that there is
/// room again is said once there has been some for so long.
constexpr Duration room_lasts = std::chrono::minutes(1);

/// Says when the intake stops because of what is on its way, and when it goes on. What is being
/// committed may turn out to be held up, and is not counted.
void watch_full(State& state) {
    const std::size_t moving =
        state.open_operations() - state.arriving - state.held_up_operations();
    if (moving >= state.params.pending_max) {
        if (!std::exchange(state.full_at, state.now.steady)) {
            pass(Probe::full);
            state.report(false, fmt::format("no more messages are taken for now: as many "
                                            "operations wait as worker.pending_max allows ({})",
                                            state.params.pending_max));
        }
    } else if (state.full_at && state.now.steady - *state.full_at >= room_lasts) {
        state.full_at.reset();
        pass(Probe::room_again);
        state.report(false, "there is room for messages again: fewer operations wait than "
                            "worker.pending_max allows");
    }
}

/// How many more operations may be taken in.
std::size_t room(const State& state) {
    // What is held up in one account does not close the way to the others.
    const std::size_t moving = state.open_operations() - state.held_up_operations();
    return state.is_held_up || moving >= state.params.pending_max
               ? 0
               : state.params.pending_max - moving;
}

void commit(State& state) {
    if (state.records.empty()) {
        return;
    }
    ++state.last_revision;
    state.commits.emplace(state.last_revision,
                          State::Pending{state.now.steady, std::exchange(state.arrived, {})});
    state.effects.emplace_back(Commit{state.last_revision, std::exchange(state.records, {})});
}

} // namespace

Core::Core(CoreParams params) : state_(std::make_unique<State>(std::move(params))) {}

Core::~Core() = default;

base::Status Core::restore(ledger::OpenWork& ledger, base::Moment now) {
    state_->now = now;
    StateRestorer restorer(*state_);
    EXARCH_CHECK(ledger.load(restorer));
    return restorer.finish();
}

std::vector<Effect> Core::step(Event event, base::Moment now) {
    EXARCH_ASSERT(now.steady >= state_->now.steady);
    state_->now = now;
    handle(*state_, event);
    if (state_->is_stopping) {
        give_back_unsent(*state_);
    }
    pass_deadlines(*state_);
    dispatch_all(*state_);
    forget_standing(*state_);
    forget_idle_lanes(*state_);
    watch_held_up(*state_);
    watch_full(*state_);
    commit(*state_);
    return std::exchange(state_->effects, {});
}

std::optional<Instant> Core::wake_at() const {
    std::optional<Instant> at;
    if (!state_->touched.empty()) {
        at = state_->now.steady;
    } else if (!state_->agenda.empty()) {
        at = state_->agenda.begin()->first;
    }
    if (const auto deadline = next_deadline(*state_)) {
        const Duration away = std::clamp<Duration>(*deadline - state_->now.wall,
                                                   std::chrono::milliseconds(1), calendar_grain);
        at = std::min(at.value_or(Instant::max()), state_->now.steady + away);
    }
    if (state_->full_at) {
        at = std::min(at.value_or(Instant::max()), *state_->full_at + room_lasts);
    }
    return at;
}

std::optional<base::Timestamp> Core::rests_until() const {
    const State& state = *state_;
    const bool is_resting = state.commits.empty() && state.arriving == 0 && state.touched.empty() &&
                            std::ranges::none_of(state.outlets, [](const Outlet& outlet) {
                                return outlet.in_flight > 0 || outlet.binding.has_value() ||
                                       outlet.departing.has_value() || outlet.is_asking ||
                                       outlet.proving_since.has_value();
                            });
    if (!is_resting) {
        return std::nullopt;
    }
    base::Timestamp until = next_deadline(state).value_or(base::Timestamp::max());
    if (!state.agenda.empty()) {
        const Duration away = state.agenda.begin()->first - state.now.steady;
        until =
            std::min(until, state.now.wall + std::chrono::ceil<base::Timestamp::duration>(away));
    }
    return until;
}

bool Core::wants_messages() const {
    return room(*state_) > 0;
}

std::size_t Core::fitting(std::span<const ReceivedMessage> messages) const {
    // `1,` in a list is an entry already, if a bad one.
    constexpr std::size_t entry_bytes_min = 2;
    std::size_t left = room(*state_);
    std::size_t count = 0;
    for (const ReceivedMessage& message : messages) {
        const std::size_t most = message.body.size() / entry_bytes_min;
        if (left == 0 || (count > 0 && most > left)) {
            break;
        }
        left -= std::min(most, left);
        ++count;
    }
    return count;
}

const RunCounts& Core::counts() const {
    return state_->counts;
}

Paces Core::paces() const {
    Paces paces = state_->params.paces.value_or(Paces());
    for (const Outlet& outlet : state_->outlets) {
        const base::AccountId& account = state_->accounts[outlet.account].id;
        paces.insert_or_assign({account, outlet.api}, outlet.pace);
        paces.insert_or_assign({account, outlet.progress_api}, outlet.progress_pace);
    }
    return paces;
}

std::string Core::handover() const {
    return hand_over(*state_);
}

std::size_t Core::open_operations() const {
    return state_->open_operations();
}

std::size_t Core::lanes() const {
    return state_->lane_of.size();
}

Outlook Core::outlook() const {
    Outlook outlook;
    outlook.open = state_->open_operations();
    outlook.is_busy = !state_->commits.empty() || state_->arriving > 0;
    for (const Outlet& outlet : state_->outlets) {
        outlook.is_busy = outlook.is_busy || outlet.in_flight > 0 || outlet.binding.has_value();
    }
    const auto add = [&](const LaneState& lane, std::size_t operations, std::string reason) {
        outlook.blocked_operations += operations;
        outlook.blocked.push_back({lane.key, operations, std::move(reason)});
    };
    for (const LaneState& lane : state_->lanes) {
        const std::size_t open = lane.waiting.size() + lane.elsewhere;
        const AccountState& account = state_->account_of_lane(lane);
        if (open > 0 && account.breaker.is_open()) {
            add(lane, open, account.breaker.reason());
        } else if (open > 0 && lane.breaker.is_open()) {
            add(lane, open, lane.breaker.reason());
        } else if (lane.later > 0) {
            add(lane, lane.later, "not_before is more than a minute away");
        }
    }
    return outlook;
}

std::vector<std::string> Core::busy_resources(const ledger::LaneKey& lane,
                                              std::size_t limit) const {
    std::vector<std::string> resources;
    const auto found = state_->lane_of.find(lane);
    if (found == state_->lane_of.end()) {
        return resources;
    }
    const Outlet& outlet = state_->outlets[state_->lanes[found->second].outlet];
    for (const auto& [turn, index] : outlet.ready) {
        if (resources.size() == limit) {
            return resources;
        }
        resources.push_back(state_->lanes[index].key.resource);
    }
    // Many may be of one resource.
    constexpr std::ptrdiff_t looked_at_max = 1000;
    for (const auto& [at, call] : outlet.unfinished | std::views::take(looked_at_max)) {
        if (resources.size() == limit) {
            return resources;
        }
        const std::string& resource = state_->lanes[state_->unfinished.at(call).lane].key.resource;
        if (std::ranges::find(resources, resource) == resources.end()) {
            resources.push_back(resource);
        }
    }
    return resources;
}

} // namespace exarch::core
