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

// What takes longer than completion_time is asked about as often as this.
constexpr base::Duration asked_every = std::chrono::seconds(5);
// How long AWS is given to begin an answer (http::Timeouts). A call that has been open for longer
// was throttled, or an attempt at it has ended without an answer.
constexpr base::Duration answer_patience = std::chrono::seconds(30);

constexpr std::size_t index(SlotKind kind) {
    return static_cast<std::size_t>(kind);
}

SlotKind kind_of(const actions::Action* action, const std::string& item) {
    return action == nullptr ? SlotKind::path : action->slot_kind(item);
}

template <class Key>
void note_latest(std::map<Key, base::Timestamp>& latest, const Key& key, base::Timestamp at) {
    base::Timestamp& known = latest.try_emplace(key, at).first->second;
    known = std::max(known, at);
}

/// The call with which the lane has sent so many of the kind; none where nobody has reckoned so
/// far.
const PredictedCall* call_with(const std::vector<PredictedCall>& calls, std::size_t kind,
                               std::int64_t rank) {
    const auto found = std::ranges::lower_bound(calls, rank, {}, [kind](const PredictedCall& call) {
        return call.before[kind] + call.with[kind];
    });
    return found == calls.end() ? nullptr : &*found;
}

/// In whole seconds, and never at once: what status tells has been true for a moment.
base::Duration time_until(const PredictedCall& call) {
    return std::max<base::Duration>(std::chrono::ceil<std::chrono::seconds>(call.after),
                                    std::chrono::seconds(1));
}

} // namespace

OpenWork::OpenWork(const config::Config& config, AskedAbout asked, base::Timestamp now)
    : config_(config), asked_(std::move(asked)), now_(now) {}

void OpenWork::last_call(ledger::CallId) {}

void OpenWork::learned_quota(ledger::LearnQuota quota) {
    learned_[{std::move(quota.account), std::move(quota.api)}] = quota.rate;
}

void OpenWork::open_call(ledger::OpenCall call) {
    hold(call.lane, call.items, call.bound_at);
    for (const ledger::OperationId operation : call.operations) {
        call_of_.emplace(key_of(call.lane, operation), call.id);
    }
    calls_.emplace(std::pair(call.lane.account, call.id),
                   CallNote{std::move(call.reference), call.bound_at});
}

void OpenWork::incomplete_call(ledger::IncompleteCall call) {
    hold(call.lane, call.items, call.closed_at);
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
        group.place = count(lane, operation, kind_of(lane.action, operation.item));
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

void OpenWork::hold(const LaneKey& key, const std::vector<std::string>& items, base::Timestamp at) {
    const actions::Action* action = actions::find(key.action);
    if (action == nullptr) {
        return;
    }
    note_latest(last_calls_, TurnsKey(key.account, action->api()), at);
    note_latest(served_, key, at);
    Tally held = {};
    for (const std::string& item : items) {
        ++held[index(action->slot_kind(item))];
    }
    Pool& slots = pool(key);
    slots.held[0] += held[0];
    slots.held[1] += held[1];
    slots.calls.emplace(at, held);
}

std::int64_t OpenWork::limit(SlotKind kind) const {
    return kind == SlotKind::wildcard ? config_.in_progress.wildcards : config_.in_progress.paths;
}

template <class Number>
ledger::NumberedKey<Number> OpenWork::key_of(const LaneKey& lane, Number number) const {
    return {asked_.by_account ? lane.account : base::AccountId(), number};
}

OpenWork::Place OpenWork::count(Lane& lane, const OpenOperation& operation, SlotKind kind) {
    if (lane.waiting.empty()) {
        const auto number = static_cast<std::uint32_t>(requesters_.size());
        lane.requester =
            requesters_.try_emplace(std::string(operation.sender), number).first->second;
    }
    ++lane.waiting[operation.priority][index(kind)];
    if (lane.action == nullptr) {
        return Place::lane;
    }
    Pool& slots = *lane.pool;
    if (slots.held[index(kind)] + ++slots.waiting[index(kind)] <= limit(kind)) {
        return Place::lane;
    }
    return kind == SlotKind::wildcard ? Place::wildcard : Place::path;
}

void OpenWork::note(Group& group, const Lane& lane, const GroupKey& key,
                    const ledger::OperationKey& id, const OpenOperation& operation) {
    if (group.operations == 0) {
        group.first = id;
        group.slots_before = lane.pool->waiting[key.place == Place::wildcard ? 1 : 0] - 1;
        group.call = key.call;
        group.first_start = group.last_start = key.not_before;
    }
    ++group.operations;
    group.last = id;
    if (key.place != Place::call && key.place != Place::later) {
        note_waiting(group, lane, kind_of(lane.action, operation.item), operation.priority);
    }
    group.call = std::min(group.call, key.call);
    group.first_start = std::min(group.first_start, key.not_before);
    group.last_start = std::max(group.last_start, key.not_before);
    group.ages_from =
        std::min(group.ages_from, core::aging_of(operation.accepted_at, operation.not_before));
}

void OpenWork::note_waiting(Group& group, const Lane& lane, SlotKind kind, std::int32_t priority) {
    Span& span = group.spans[index(kind)];
    const std::int64_t rank = lane.waiting.at(priority)[index(kind)];
    if (span.operations == 0 || priority > span.first_priority) {
        span.first_priority = priority;
        span.before_first = rank - 1;
    }
    if (span.operations == 0 || priority <= span.last_priority) {
        span.last_priority = priority;
        span.up_to_last = rank;
    }
    ++span.operations;
}

OpenWork::Others OpenWork::others(const std::vector<ledger::LaneReport>& lanes) const {
    Others others;
    for (const ledger::LaneReport& report : lanes) {
        if (!report.blocked_reason.empty()) {
            others.blocked.emplace(report.lane, report.blocked_reason);
        }
    }
    others.calls.resize(lanes_.size());
    std::map<TurnsKey, std::vector<ledger::LaneNumber>> by_api;
    for (ledger::LaneNumber number = 0; number < lanes_.size(); ++number) {
        const Lane& lane = lanes_[number];
        if (lane.action != nullptr && !lane.waiting.empty() && !others.blocked.contains(lane.key)) {
            by_api[{lane.key.account, lane.action->api()}].push_back(number);
        }
    }
    for (auto& [key, numbers] : by_api) {
        predict(key, std::move(numbers), others);
    }
    return others;
}

double OpenWork::rate(const TurnsKey& key) const {
    const auto learned = learned_.find({key.first, std::string(key.second)});
    return call_rate(config_, key,
                     learned == learned_.end() ? std::nullopt : std::optional(learned->second));
}

CallPace OpenWork::pace(const TurnsKey& key) const {
    const bool is_known = config_.quotas.contains(key.second);
    CallPace pace{.rate = rate(key),
                  .burst = is_known ? config_.quota_for(key.first, key.second).burst : 1};
    // Who waits has found no token. A call of which nothing is known any more may have been the
    // last just now.
    const auto last = last_calls_.find(key);
    const double age =
        last == last_calls_.end() ? 0 : std::chrono::duration<double>(now_ - last->second).count();
    const std::chrono::duration<double> rest(std::clamp(1 / pace.rate - age, 0.0, 1e9));
    pace.next = std::chrono::duration_cast<base::Duration>(rest);
    return pace;
}

SlotPool OpenWork::slots(const Pool& pool) const {
    SlotPool slots{.limit = {limit(SlotKind::path), limit(SlotKind::wildcard)}, .held = pool.held};
    for (const auto& [at, held] : pool.calls) {
        const base::Duration rest = at + completion_time - now_;
        slots.releases.emplace(std::max(rest, asked_every), held);
    }
    return slots;
}

void OpenWork::predict(const TurnsKey& key, std::vector<ledger::LaneNumber> numbers,
                       Others& others) const {
    // Who was served has gone behind who was not.
    std::ranges::sort(numbers, {}, [this](ledger::LaneNumber number) {
        const auto served = served_.find(lanes_[number].key);
        return std::pair(served == served_.end() ? base::Timestamp::min() : served->second, number);
    });
    std::map<const Pool*, std::size_t> places;
    std::vector<SlotPool> pools;
    std::vector<WaitingLane> waiting;
    waiting.reserve(numbers.size());
    for (const ledger::LaneNumber number : numbers) {
        const Lane& lane = lanes_[number];
        const auto [place, is_new] = places.try_emplace(lane.pool, pools.size());
        if (is_new) {
            pools.push_back(slots(*lane.pool));
        }
        waiting.push_back({.pool = place->second,
                           .requester = lane.requester,
                           .items_max = std::int64_t(lane.action->items_max()),
                           .waiting = lane.waiting});
    }
    auto calls = predict_calls(pace(key), std::move(waiting), std::move(pools));
    for (std::size_t place = 0; place < numbers.size(); ++place) {
        others.calls[numbers[place]] = std::move(calls[place]);
    }
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
    } else if (lane.action != nullptr) {
        const auto& calls = others.calls[static_cast<std::size_t>(&lane - lanes_.data())];
        if (place == Place::lane) {
            explain_turn(waiting, lane, group, calls);
        } else {
            explain_slots(waiting, lane, group, calls);
        }
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

std::int64_t OpenWork::rank(const Lane& lane, std::size_t kind, std::int32_t priority,
                            std::int64_t rank_within) {
    for (const auto& [other, waiting] : lane.waiting) {
        rank_within += other > priority ? waiting[kind] : 0;
    }
    return rank_within;
}

void OpenWork::explain_turn(Waiting& waiting, const Lane& lane, const Group& group,
                            const std::vector<PredictedCall>& calls) const {
    const TurnsKey key{lane.key.account, lane.action->api()};
    WaitForToken token{.api = std::string(key.second), .rate = rate(key), .ahead = {}};
    const PredictedCall* first = nullptr;
    const PredictedCall* last = nullptr;
    bool is_known = true;
    for (std::size_t kind = 0; kind < group.spans.size(); ++kind) {
        const Span& span = group.spans[kind];
        if (span.operations == 0) {
            continue;
        }
        const std::int64_t begins = rank(lane, kind, span.first_priority, span.before_first + 1);
        const std::int64_t ends = rank(lane, kind, span.last_priority, span.up_to_last);
        const PredictedCall* const begin = call_with(calls, kind, begins);
        const PredictedCall* const end = call_with(calls, kind, ends);
        is_known = is_known && begin != nullptr && end != nullptr;
        if (is_known && (first == nullptr || begin->after < first->after)) {
            first = begin;
            token.ahead = {.operations =
                               begin->operations_before + begins - 1 - begin->before[kind],
                           .calls = begin->calls_before};
        }
        if (is_known && (last == nullptr || end->after > last->after)) {
            last = end;
        }
    }
    waiting.cause = std::move(token);
    if (is_known && last != nullptr) {
        waiting.left = time_until(*last);
    }
}

void OpenWork::explain_slots(Waiting& waiting, const Lane& lane, const Group& group,
                             const std::vector<PredictedCall>& calls) const {
    const SlotKind kind =
        group.spans[index(SlotKind::wildcard)].operations > 0 ? SlotKind::wildcard : SlotKind::path;
    const Pool& slots = *lane.pool;
    WaitForSlots cause{.is_wildcard = kind == SlotKind::wildcard,
                       .in_progress = slots.held[index(kind)],
                       .limit = limit(kind),
                       .is_of_account =
                           config_.in_progress.scope == config::InProgressScope::account,
                       .ahead = group.slots_before,
                       .overdue = {}};
    const Span& span = group.spans[index(kind)];
    const PredictedCall* const last =
        call_with(calls, index(kind), rank(lane, index(kind), span.last_priority, span.up_to_last));
    if (slots.oldest.has_value() && now_ - *slots.oldest > completion_time) {
        cause.overdue = now_ - *slots.oldest;
    } else if (last != nullptr) {
        waiting.left = time_until(*last);
    }
    waiting.cause = cause;
}

} // namespace exarch::cli
