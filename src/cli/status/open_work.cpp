#include "cli/status/open_work.hpp"

#include "actions/registry.hpp"
#include "cli/status/status_snapshot.hpp"
#include "core/deadline.hpp"

#include <algorithm>

namespace exarch::cli {
namespace {

using actions::SlotKind;
using ledger::LaneKey;
using ledger::OpenOperation;

// What the core starts from, too (core::CompletionTime); it learns, and does not write it down.
constexpr base::Duration completion_time = std::chrono::seconds(60);
// What takes longer than that is asked about as often as this.
constexpr base::Duration asked_every = std::chrono::seconds(5);

} // namespace

OpenWork::OpenWork(const config::Config& config, AskedAbout asked, base::Timestamp now)
    : config_(config), asked_(std::move(asked)), now_(now) {}

void OpenWork::last_call(ledger::CallId) {}

void OpenWork::learned_quota(ledger::LearnQuota quota) {
    learned_[{std::move(quota.account), std::move(quota.api)}] = quota.rate;
}

void OpenWork::open_call(ledger::OpenCall call) {
    hold(call.lane, call.items);
    for (const ledger::OperationId operation : call.operations) {
        call_of_.emplace(key_of(call.lane, operation), call.id);
    }
    calls_.emplace(std::pair(call.lane.account, call.id),
                   CallNote{std::move(call.reference), call.bound_at});
}

void OpenWork::incomplete_call(ledger::IncompleteCall call) {
    hold(call.lane, call.items);
    std::optional<base::Timestamp>& oldest = pool(call.lane).oldest;
    oldest = std::min(oldest.value_or(call.closed_at), call.closed_at);
}

ledger::LaneNumber OpenWork::lane(const LaneKey& key) {
    keys_.push_back(key);
    return static_cast<ledger::LaneNumber>(keys_.size() - 1);
}

void OpenWork::operation(ledger::LaneNumber lane, OpenOperation operation) {
    const LaneKey& key = keys_[lane];
    const ledger::OperationKey id = key_of(key, operation.id);
    GroupKey group;
    group.task = key_of(key, operation.task);
    group.lane = key;
    const auto call = call_of_.find(id);
    if (call != call_of_.end()) {
        group.place = Place::call;
        group.call = call->second;
    } else if (operation.not_before.has_value() && *operation.not_before > now_) {
        group.place = Place::later;
        group.not_before = operation.not_before;
    } else {
        group.place = count(key, operation);
        group.priority = operation.priority;
    }
    if (asked_.tasks.contains(group.task) || asked_.operations.contains(id)) {
        note(group, id, operation);
    }
}

OpenWork::LaneWork& OpenWork::work_of(const LaneKey& key) {
    const auto [found, is_new] = lanes_.try_emplace(key);
    if (is_new) {
        found->second.action = actions::find(key.action);
    }
    return found->second;
}

OpenWork::PoolKey OpenWork::pool_key(const LaneKey& key) const {
    const bool is_of_account = config_.in_progress.scope == config::InProgressScope::account;
    return {key.account, is_of_account ? std::string() : key.resource};
}

OpenWork::Pool& OpenWork::pool(const LaneKey& key) {
    return pools_[pool_key(key)];
}

const OpenWork::Pool& OpenWork::pool(const LaneKey& key) const {
    return pools_.at(pool_key(key));
}

void OpenWork::hold(const LaneKey& key, const std::vector<std::string>& items) {
    const actions::Action* action = actions::find(key.action);
    for (const std::string& item : items) {
        if (action != nullptr) {
            pool(key).held.add(action->slot_kind(item));
        }
    }
}

std::int64_t OpenWork::limit(bool is_wildcard) const {
    return is_wildcard ? config_.in_progress.wildcards : config_.in_progress.paths;
}

template <class Number>
ledger::NumberedKey<Number> OpenWork::key_of(const LaneKey& lane, Number number) const {
    return {asked_.by_account ? lane.account : base::AccountId(), number};
}

OpenWork::Place OpenWork::count(const LaneKey& key, const OpenOperation& operation) {
    LaneWork& work = work_of(key);
    ++work.pending;
    ++work.by_priority[operation.priority];
    if (work.action == nullptr) {
        return Place::lane;
    }
    Pool& slots = pool(key);
    const bool is_wildcard = work.action->slot_kind(operation.item) == SlotKind::wildcard;
    std::int64_t& waiting = is_wildcard ? slots.wildcards : slots.paths;
    const auto held = std::int64_t(is_wildcard ? slots.held.wildcards : slots.held.paths);
    ++waiting;
    if (held + waiting <= limit(is_wildcard)) {
        return Place::lane;
    }
    return is_wildcard ? Place::wildcard : Place::path;
}

void OpenWork::note(const GroupKey& key, const ledger::OperationKey& id,
                    const OpenOperation& operation) {
    const auto [found, is_new] = groups_.try_emplace(key);
    Group& group = found->second;
    const auto work = lanes_.find(key.lane);
    const bool waits_here = key.place != Place::call && key.place != Place::later;
    const std::int64_t rank = waits_here ? work->second.by_priority.at(key.priority) : 0;
    const auto slots = pools_.find(pool_key(key.lane));
    const bool has_slots = waits_here && slots != pools_.end();
    const std::int64_t slot_rank = !has_slots                     ? 0
                                   : key.place == Place::wildcard ? slots->second.wildcards
                                                                  : slots->second.paths;
    if (is_new) {
        group.first = id;
        group.priority = operation.priority;
        group.before_first = rank - 1;
        group.slots_before = slot_rank - 1;
    }
    ++group.operations;
    group.last = id;
    group.up_to_last = rank;
    group.slots_up_to = slot_rank;
    group.ages_from =
        std::min(group.ages_from, core::aging_of(operation.accepted_at, operation.not_before));
}

std::int64_t OpenWork::count_urgent(const LaneWork& work, std::int32_t priority) {
    std::int64_t urgent = 0;
    for (auto more = work.by_priority.upper_bound(priority); more != work.by_priority.end();
         ++more) {
        urgent += more->second;
    }
    return urgent;
}

OpenWork::AllTurns OpenWork::turns(const Blocked& blocked) const {
    std::map<TurnsKey, std::vector<std::int64_t>> calls;
    for (const auto& [key, work] : lanes_) {
        if (work.action != nullptr && work.pending > 0 && !blocked.contains(key)) {
            calls[{key.account, work.action->api()}].push_back(
                calls_for(work.pending, work.action->items_max()));
        }
    }
    AllTurns turns;
    for (auto& [key, of_lanes] : calls) {
        const auto learned = learned_.find({key.first, std::string(key.second)});
        const double rate =
            call_rate(config_, key,
                      learned == learned_.end() ? std::nullopt : std::optional(learned->second));
        turns.emplace(key, Turns(rate, std::move(of_lanes)));
    }
    return turns;
}

std::vector<Waiting> OpenWork::explain(const std::vector<ledger::LaneReport>& lanes) const {
    Blocked blocked;
    for (const ledger::LaneReport& report : lanes) {
        if (!report.blocked_reason.empty()) {
            blocked.emplace(report.lane, report.blocked_reason);
        }
    }
    const AllTurns all_turns = turns(blocked);
    std::vector<Waiting> all;
    all.reserve(groups_.size());
    for (const auto& [key, group] : groups_) {
        all.push_back(explain(key, group, blocked, all_turns));
    }
    std::ranges::sort(all, {}, [](const Waiting& waiting) {
        return std::tie(waiting.task, waiting.lane, waiting.first);
    });
    return all;
}

Waiting OpenWork::explain(const GroupKey& key, const Group& group, const Blocked& blocked,
                          const AllTurns& turns) const {
    Waiting waiting{.task = key.task,
                    .lane = key.lane,
                    .operations = group.operations,
                    .first = group.first,
                    .last = group.last,
                    .cause = WaitForVersion(),
                    .left = {}};
    const auto breaker = blocked.find(key.lane);
    if (key.place == Place::later) {
        waiting.cause = WaitForTime{*key.not_before};
        waiting.left = std::chrono::ceil<std::chrono::seconds>(*key.not_before - now_);
    } else if (breaker != blocked.end()) {
        waiting.cause = WaitForMend{breaker->second};
    } else if (key.place == Place::call) {
        waiting.cause = explain_call(key, group);
    } else if (key.place == Place::path || key.place == Place::wildcard) {
        explain_slots(waiting, group, key.place == Place::wildcard);
    } else if (actions::find(key.lane.action) != nullptr) {
        explain_turn(waiting, group, blocked, turns);
    }
    return waiting;
}

WaitForAnswer OpenWork::explain_call(const GroupKey& key, const Group& group) const {
    const CallNote& call = calls_.at({key.lane.account, key.call});
    const auto max_age =
        std::chrono::duration_cast<base::Timestamp::duration>(config_.lifetimes.operation_max_age);
    return {.reference = call.reference,
            .bound_at = call.bound_at,
            .is_overdue = now_ - call.bound_at > answer_patience,
            .until = group.ages_from + max_age};
}

std::int64_t OpenWork::ahead_elsewhere(const LaneKey& key, std::int64_t calls,
                                       const Blocked& blocked) const {
    const actions::Action& action = *lanes_.at(key).action;
    std::int64_t operations = 0;
    auto other = lanes_.lower_bound(LaneKey{.account = key.account, .action = {}, .resource = {}});
    for (; other != lanes_.end() && other->first.account == key.account; ++other) {
        const LaneWork& work = other->second;
        const bool shares = work.action != nullptr && work.action->api() == action.api();
        if (shares && other->first != key && !blocked.contains(other->first)) {
            operations += std::min<std::int64_t>(work.pending, calls * action.items_max());
        }
    }
    return operations;
}

void OpenWork::explain_turn(Waiting& waiting, const Group& group, const Blocked& blocked,
                            const AllTurns& all_turns) const {
    const LaneWork& work = lanes_.at(waiting.lane);
    const TurnsKey key{waiting.lane.account, work.action->api()};
    const Turns& turns = all_turns.at(key);
    const std::int64_t items_max = work.action->items_max();
    const std::int64_t urgent = count_urgent(work, group.priority);
    const std::int64_t before = urgent + group.before_first;
    const std::int64_t calls = calls_for(before + 1, items_max);
    const Ahead ahead{.operations = before + ahead_elsewhere(waiting.lane, calls, blocked),
                      .calls = turns.until(calls) - 1};
    waiting.cause = WaitForToken{std::string(key.second), turns.rate(), ahead};
    waiting.left = turns.time_for(turns.until(calls_for(urgent + group.up_to_last, items_max)));
}

void OpenWork::explain_slots(Waiting& waiting, const Group& group, bool is_wildcard) const {
    const Pool& slots = pool(waiting.lane);
    const auto held = std::int64_t(is_wildcard ? slots.held.wildcards : slots.held.paths);
    const std::int64_t in_all = limit(is_wildcard);
    const base::Duration age =
        slots.oldest.has_value() ? base::Duration(now_ - *slots.oldest) : base::Duration();
    const base::Duration first = std::max(completion_time - age, asked_every);
    // Each time all that is in progress is finished, as much again may go.
    const std::int64_t rounds = calls_for(group.slots_up_to + std::min(held, in_all), in_all) - 1;
    waiting.cause =
        WaitForSlots{.is_wildcard = is_wildcard,
                     .in_progress = held,
                     .limit = in_all,
                     .is_of_account = config_.in_progress.scope == config::InProgressScope::account,
                     .ahead = group.slots_before};
    waiting.left = std::chrono::ceil<std::chrono::seconds>(first) +
                   std::max<std::int64_t>(rounds - 1, 0) * completion_time;
}

} // namespace exarch::cli
