#include "cli/status/open_work.hpp"

#include "actions/registry.hpp"
#include "core/deadline.hpp"

#include <algorithm>
#include <tuple>

namespace exarch::cli {
namespace {

using actions::SlotKind;
using ledger::LaneKey;
using ledger::OpenOperation;

// What the core starts from, too (core::CompletionTime); it learns, and does not write it down.
constexpr base::Duration completion_time = std::chrono::seconds(60);
// What takes longer than that is asked about as often as this.
constexpr base::Duration asked_every = std::chrono::seconds(5);
// How long AWS is given to begin an answer (http::Timeouts). A call that has been open for longer
// was throttled, or an attempt at it has ended without an answer.
constexpr base::Duration answer_patience = std::chrono::seconds(30);

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
    lanes_.push_back({.key = key, .action = actions::find(key.action), .pool = &pool(key)});
    return static_cast<ledger::LaneNumber>(lanes_.size() - 1);
}

void OpenWork::operation(ledger::LaneNumber number, OpenOperation operation) {
    Lane& lane = lanes_[number];
    const ledger::OperationKey id = key_of(lane.key, operation.id);
    GroupKey group;
    group.task = key_of(lane.key, operation.task);
    group.lane = number;
    const auto call = call_of_.find(id);
    if (call != call_of_.end()) {
        group.place = Place::call;
        group.call = call->second;
    } else if (operation.not_before.has_value() && *operation.not_before > now_) {
        group.place = Place::later;
        group.not_before = operation.not_before;
    } else {
        group.place = count(lane, operation);
        group.priority = operation.priority;
    }
    note(lane.groups[group.place], lane, group, id, operation);
    const bool is_named = asked_.operations.erase(id) > 0;
    if (is_named || asked_.tasks.contains(group.task)) {
        note(groups_[group], lane, group, id, operation);
    }
}

OpenWork::Pool& OpenWork::pool(const LaneKey& key) {
    const bool is_of_account = config_.in_progress.scope == config::InProgressScope::account;
    return pools_[{key.account, is_of_account ? std::string() : key.resource}];
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

OpenWork::Place OpenWork::count(Lane& lane, const OpenOperation& operation) const {
    ++lane.pending;
    ++lane.by_priority[operation.priority];
    if (lane.action == nullptr) {
        return Place::lane;
    }
    Pool& slots = *lane.pool;
    const bool is_wildcard = lane.action->slot_kind(operation.item) == SlotKind::wildcard;
    std::int64_t& waiting = is_wildcard ? slots.wildcards : slots.paths;
    const auto held = std::int64_t(is_wildcard ? slots.held.wildcards : slots.held.paths);
    ++waiting;
    if (held + waiting <= limit(is_wildcard)) {
        return Place::lane;
    }
    return is_wildcard ? Place::wildcard : Place::path;
}

void OpenWork::note(Group& group, const Lane& lane, const GroupKey& key,
                    const ledger::OperationKey& id, const OpenOperation& operation) {
    const bool waits_here = key.place != Place::call && key.place != Place::later;
    const std::int64_t rank = waits_here ? lane.by_priority.at(operation.priority) : 0;
    const std::int64_t slot_rank = !waits_here                    ? 0
                                   : key.place == Place::wildcard ? lane.pool->wildcards
                                                                  : lane.pool->paths;
    if (group.operations == 0) {
        group.first = id;
        group.first_priority = group.last_priority = operation.priority;
        group.before_first = rank - 1;
        group.slots_before = slot_rank - 1;
        group.call = key.call;
        group.first_start = group.last_start = key.not_before;
    }
    ++group.operations;
    group.last = id;
    if (operation.priority > group.first_priority) {
        group.first_priority = operation.priority;
        group.before_first = rank - 1;
    }
    if (operation.priority <= group.last_priority) {
        group.last_priority = operation.priority;
        group.up_to_last = rank;
    }
    group.slots_up_to = slot_rank;
    group.call = std::min(group.call, key.call);
    group.first_start = std::min(group.first_start, key.not_before);
    group.last_start = std::max(group.last_start, key.not_before);
    group.ages_from =
        std::min(group.ages_from, core::aging_of(operation.accepted_at, operation.not_before));
}

std::int64_t OpenWork::count_urgent(const Lane& lane, std::int32_t priority) {
    std::int64_t urgent = 0;
    for (auto more = lane.by_priority.upper_bound(priority); more != lane.by_priority.end();
         ++more) {
        urgent += more->second;
    }
    return urgent;
}

OpenWork::Others OpenWork::others(const std::vector<ledger::LaneReport>& lanes) const {
    Others others;
    for (const ledger::LaneReport& report : lanes) {
        if (!report.blocked_reason.empty()) {
            others.blocked.emplace(report.lane, report.blocked_reason);
        }
    }
    struct Needs {
        std::vector<std::int64_t> operations;
        std::vector<std::int64_t> calls;
    };
    std::map<TurnsKey, Needs> needs;
    for (const Lane& lane : lanes_) {
        if (lane.action != nullptr && lane.pending > 0 && !others.blocked.contains(lane.key)) {
            Needs& of_api = needs[{lane.key.account, lane.action->api()}];
            of_api.operations.push_back(lane.pending);
            of_api.calls.push_back(calls_for(lane.pending, lane.action->items_max()));
        }
    }
    for (auto& [key, of_api] : needs) {
        const auto learned = learned_.find({key.first, std::string(key.second)});
        const double rate =
            call_rate(config_, key,
                      learned == learned_.end() ? std::nullopt : std::optional(learned->second));
        others.turns.emplace(key,
                             Turns(rate, std::move(of_api.operations), std::move(of_api.calls)));
    }
    return others;
}

std::vector<Waiting> OpenWork::explain(const std::vector<ledger::LaneReport>& lanes) const {
    const Others all = others(lanes);
    std::vector<Waiting> waiting;
    waiting.reserve(groups_.size());
    for (const auto& [key, group] : groups_) {
        waiting.push_back(explain(lanes_[key.lane], key.place, group, all));
        waiting.back().task = key.task;
    }
    std::ranges::sort(waiting, {}, [](const Waiting& some) {
        return std::tie(some.task, some.lane, some.first);
    });
    return waiting;
}

std::map<LaneKey, std::vector<Waiting>>
OpenWork::explain_lanes(const std::vector<ledger::LaneReport>& lanes) const {
    const Others all = others(lanes);
    std::map<LaneKey, std::vector<Waiting>> waiting;
    for (const Lane& lane : lanes_) {
        std::vector<Waiting>& here = waiting[lane.key];
        for (const auto& [place, group] : lane.groups) {
            here.push_back(explain(lane, place, group, all));
        }
        std::ranges::sort(here, [](const Waiting& left, const Waiting& right) {
            return left.left != right.left ? left.left > right.left : left.first < right.first;
        });
    }
    return waiting;
}

Waiting OpenWork::explain(const Lane& lane, Place place, const Group& group,
                          const Others& others) const {
    Waiting waiting{.task = {},
                    .lane = lane.key,
                    .operations = group.operations,
                    .first = group.first,
                    .last = group.last,
                    .cause = WaitForVersion(),
                    .left = {}};
    const auto breaker = others.blocked.find(lane.key);
    if (place == Place::later) {
        waiting.cause = WaitForTime{*group.first_start};
        waiting.left = std::chrono::ceil<std::chrono::seconds>(*group.last_start - now_);
    } else if (breaker != others.blocked.end()) {
        waiting.cause = WaitForMend{breaker->second};
    } else if (place == Place::call) {
        waiting.cause = explain_call(lane, group);
    } else if (place == Place::path || place == Place::wildcard) {
        explain_slots(waiting, lane, group, place == Place::wildcard);
    } else if (lane.action != nullptr) {
        explain_turn(waiting, lane, group, others);
    }
    return waiting;
}

WaitForAnswer OpenWork::explain_call(const Lane& lane, const Group& group) const {
    const CallNote& call = calls_.at({lane.key.account, group.call});
    const auto max_age =
        std::chrono::duration_cast<base::Timestamp::duration>(config_.lifetimes.operation_max_age);
    return {.reference = call.reference,
            .bound_at = call.bound_at,
            .is_overdue = now_ - call.bound_at > answer_patience,
            .until = group.ages_from + max_age};
}

void OpenWork::explain_turn(Waiting& waiting, const Lane& lane, const Group& group,
                            const Others& others) const {
    const TurnsKey key{lane.key.account, lane.action->api()};
    const Turns& turns = others.turns.at(key);
    const std::int64_t items_max = lane.action->items_max();
    const std::int64_t before = count_urgent(lane, group.first_priority) + group.before_first;
    const std::int64_t calls = calls_for(before + 1, items_max);
    const std::int64_t elsewhere =
        turns.operations_until(calls * items_max) - std::min(lane.pending, calls * items_max);
    waiting.cause = WaitForToken{
        .api = std::string(key.second),
        .rate = turns.rate(),
        .ahead = {.operations = before + elsewhere, .calls = turns.calls_until(calls) - 1}};
    const std::int64_t up_to_last = count_urgent(lane, group.last_priority) + group.up_to_last;
    waiting.left = turns.time_for(turns.calls_until(calls_for(up_to_last, items_max)));
}

void OpenWork::explain_slots(Waiting& waiting, const Lane& lane, const Group& group,
                             bool is_wildcard) const {
    const Pool& slots = *lane.pool;
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
