#include "table/account_view.hpp"

#include "base/assert.hpp"
#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace exarch::table {

using ledger::OperationId;

AccountView::AccountView(base::AccountId account, Lease lease)
    : account_(std::move(account)), lease_(std::move(lease)) {}

std::int64_t AccountView::next_batch() const {
    return lease_.finished_batch + static_cast<std::int64_t>(batches_.size()) + 1;
}

/// What is in a finished batch has ended, whatever else had to do with it; so has what was in one
/// that was removed since, in whose place there is none.
bool AccountView::is_over(OperationId id) {
    return batch_of(id) <= lease_.finished_batch || is_removed(id);
}

bool AccountView::is_removed(OperationId id) {
    const Seen* const batch = seen(batch_of(id));
    return batch != nullptr && batch->batch.is_void;
}

AccountView::Seen* AccountView::seen(std::int64_t batch) {
    const std::int64_t place = batch - lease_.finished_batch - 1;
    const bool is_there = place >= 0 && static_cast<std::size_t>(place) < batches_.size();
    return is_there ? &batches_[static_cast<std::size_t>(place)] : nullptr;
}

std::pair<const ledger::AcceptTask*, const ledger::NewOperation*>
AccountView::find(OperationId id) const {
    const std::int64_t batch = batch_of(id) - lease_.finished_batch - 1;
    const auto place = static_cast<std::size_t>(place_of(id));
    if (batch < 0 || std::cmp_greater_equal(batch, batches_.size()) ||
        place >= batches_[static_cast<std::size_t>(batch)].places.size()) {
        return {nullptr, nullptr};
    }
    const Seen& seen = batches_[static_cast<std::size_t>(batch)];
    const auto [task, index] = seen.places[place];
    const ledger::AcceptTask& of = seen.batch.tasks[task];
    return {&of, &of.operations[index]};
}

const ledger::NewOperation& AccountView::operation(OperationId id) const {
    const ledger::NewOperation* found = find(id).second;
    EXARCH_ASSERT(found != nullptr);
    return *found;
}

std::optional<base::Timestamp> AccountView::oldest_open() const {
    std::optional<base::Timestamp> oldest;
    for (const Seen& seen : batches_) {
        for (std::size_t place = 0; seen.open > 0 && place < seen.states.size(); ++place) {
            if (seen.states[place] != State::ended) {
                const auto [task, index] = seen.places[place];
                const ledger::AcceptTask& of = seen.batch.tasks[task];
                const auto not_before = of.operations[index].not_before;
                const base::Timestamp since =
                    std::max(of.accepted_at, not_before.value_or(of.accepted_at));
                oldest = std::min(oldest.value_or(since), since);
            }
        }
    }
    return oldest;
}

template <class IsOpen>
std::size_t AccountView::held_up_in(const Batch& batch, base::Timestamp now, IsOpen is_open) const {
    std::size_t count = 0;
    std::size_t place = 0;
    const bool is_blocked = lease_.blocked.contains("");
    for (const ledger::AcceptTask& task : batch.tasks) {
        std::vector<bool> blocked;
        blocked.reserve(task.lanes.size());
        for (const ledger::LaneKey& lane : task.lanes) {
            blocked.push_back(is_blocked || lease_.blocked.contains(lane_name(lane)));
        }
        for (const ledger::NewOperation& operation : task.operations) {
            const bool is_held = blocked[operation.lane] || operation.not_before > now;
            count += is_held && is_open(place) ? 1 : 0;
            ++place;
        }
    }
    return count;
}

std::size_t AccountView::held_up_in(const Batch& batch, base::Timestamp now) const {
    return held_up_in(batch, now, [](std::size_t) { return true; });
}

std::size_t AccountView::held_up_operations(base::Timestamp now) const {
    std::size_t count = 0;
    for (const Seen& seen : batches_) {
        if (seen.open > 0) {
            count += held_up_in(seen.batch, now, [&](std::size_t place) {
                return seen.states[place] != State::ended;
            });
        }
    }
    return count;
}

base::Status AccountView::take(Batch batch) {
    if (batch.number != next_batch()) {
        return std::unexpected(corrupt(
            fmt::format("batch {} stands where batch {} should", batch.number, next_batch())));
    }
    Seen seen;
    for (std::uint32_t task = 0; task < batch.tasks.size(); ++task) {
        const std::size_t operations = batch.tasks[task].operations.size();
        for (std::uint32_t place = 0; place < operations; ++place) {
            seen.places.emplace_back(task, place);
        }
    }
    seen.states.resize(seen.places.size(), State::pending);
    seen.open = seen.places.size();
    open_ += seen.open;
    if (batch.number > lease_.counted_batch) {
        lease_.counted_batch = batch.number;
        lease_.operations.pending += static_cast<std::int64_t>(seen.open);
    }
    seen.batch = std::move(batch);
    batches_.push_back(std::move(seen));
    return {};
}

base::Result<Past> read_past(const base::AccountId& account, std::span<const aws::Item> calls,
                             std::span<const aws::Item> ends, std::span<const aws::Item> endings) {
    Past past;
    for (const aws::Item& item : calls) {
        EXARCH_TRY(CallItem call, read_call(account, item));
        past.last_batch = std::max(past.last_batch, last_batch_of(call.operations));
        past.calls.push_back(std::move(call));
    }
    for (const aws::Item& item : ends) {
        EXARCH_TRY(ledger::CloseCall end, read_end(account, item));
        past.ends.emplace(end.call.value(), std::move(end));
    }
    for (const aws::Item& item : endings) {
        EXARCH_TRY(EndingItem ending, read_ending(account, item));
        past.last_batch = std::max(past.last_batch, last_batch_of(ending.end.operations));
        past.endings.push_back(std::move(ending));
    }
    return past;
}

base::Status AccountView::take(Past past) {
    for (CallItem& call : past.calls) {
        const auto end = past.ends.find(call.number);
        EXARCH_CHECK(take(std::move(call), end == past.ends.end() ? nullptr : &end->second));
    }
    for (const EndingItem& ending : past.endings) {
        EXARCH_CHECK(take(ending));
    }
    // What was removed since is not followed any more.
    std::erase_if(lease_.unfinished_calls, [this](std::int64_t number) {
        const auto call = calls_.find(number);
        return call == calls_.end() || !call->second.is_unfinished;
    });
    advance();
    return {};
}

base::Status AccountView::take(CallItem item, const ledger::CloseCall* end) {
    const std::int64_t number = item.number;
    const std::size_t carried = item.operations.size();
    // Whatever the lease says: no number is given twice.
    lease_.last_call = std::max(lease_.last_call, number);
    Call call{.bound = std::move(item),
              .is_open = end == nullptr,
              .is_unfinished = false,
              .result_id = {},
              .closed_at = {}};
    // For weeks nobody worked, and AWS has long done with it what it did.
    const bool is_forgotten = std::ranges::any_of(
        call.bound.operations, [this](OperationId id) { return is_removed(id); });
    std::erase_if(call.bound.operations, [this](OperationId id) { return is_over(id); });
    if (call.is_open && is_forgotten && call.bound.operations.empty()) {
        return {};
    }
    const bool is_unfinished =
        !is_forgotten && std::ranges::count(lease_.unfinished_calls, number) > 0;
    if (call.bound.operations.size() != carried && (call.is_open || is_unfinished)) {
        return std::unexpected(
            corrupt(fmt::format("call {} is {}, and carries what has ended before it", number,
                                call.is_open ? "open" : "not finished")));
    }
    EXARCH_CHECK(move_all(call.bound.operations, State::pending, State::bound));
    Call& kept = calls_.emplace(number, std::move(call)).first->second;
    if (end != nullptr) {
        EXARCH_CHECK(close(kept, *end));
        follow(kept, is_unfinished);
    }
    return {};
}

base::Status AccountView::take(const EndingItem& ending) {
    const std::vector<OperationId>& operations = ending.end.operations;
    lease_.last_ending = std::max(lease_.last_ending, ending.number);
    for (const OperationId id : operations) {
        if (!is_over(id)) {
            EXARCH_CHECK(move(id, State::pending, State::ended));
        }
    }
    endings_.emplace(ending.number, last_batch_of(operations));
    return {};
}

base::Status AccountView::move(OperationId id, State from, State to) {
    Seen* batch = seen(batch_of(id));
    const auto place = static_cast<std::size_t>(place_of(id));
    if (batch == nullptr || place >= batch->states.size() || batch->states[place] != from) {
        return std::unexpected(
            corrupt(fmt::format("operation {}:{} of account {} is not where it should be",
                                batch_of(id), place_of(id), account_.value())));
    }
    batch->states[place] = to;
    if (to == State::ended) {
        --batch->open;
        --open_;
    }
    return {};
}

base::Status AccountView::move_all(std::span<const OperationId> ids, State from, State to) {
    for (const OperationId id : ids) {
        EXARCH_CHECK(move(id, from, to));
    }
    return {};
}

/// Batches stay in view while AWS works on what they came to: the slots that this takes are
/// counted from their operations.
void AccountView::follow(Call& call, bool is_unfinished) {
    if (call.is_unfinished == is_unfinished) {
        return;
    }
    call.is_unfinished = is_unfinished;
    std::int64_t last = 0;
    for (const OperationId id : call.bound.operations) {
        if (std::exchange(last, batch_of(id)) != batch_of(id)) {
            Seen* batch = seen(batch_of(id));
            EXARCH_ASSERT(batch != nullptr);
            is_unfinished ? ++batch->unfinished_calls : --batch->unfinished_calls;
        }
    }
}

std::vector<std::string> AccountView::items_of(const CallItem& call) const {
    std::vector<std::string> items;
    items.reserve(call.sent.size());
    for (const std::int64_t place : call.sent) {
        items.push_back(operation(call.operations[static_cast<std::size_t>(place)]).item);
    }
    return items;
}

void AccountView::restore(ledger::Restorer& restorer) const {
    restorer.last_call(ledger::CallId(lease_.last_call));
    for (const auto& [api, quota] : lease_.quotas) {
        restorer.learned_quota(quota);
    }
    for (const auto& [lane, blocked] : lease_.blocked) {
        restorer.open_breaker({.lane = parse_lane_name(account_, lane),
                               .open = true,
                               .reason = blocked.reason,
                               .changed_at = blocked.tried_at});
    }
    for (const auto& [number, call] : calls_) {
        const CallItem& bound = call.bound;
        if (call.is_open) {
            restorer.open_call({.id = ledger::CallId(number),
                                .lane = bound.lane,
                                .reference = bound.reference,
                                .items = items_of(bound),
                                .operations = bound.operations,
                                .bound_at = bound.bound_at});
        } else if (call.is_unfinished) {
            restorer.incomplete_call({.id = ledger::CallId(number),
                                      .lane = bound.lane,
                                      .items = items_of(bound),
                                      .result_id = call.result_id,
                                      .closed_at = call.closed_at});
        }
    }
    std::map<ledger::LaneKey, ledger::LaneNumber> lanes;
    for (const Seen& seen : batches_) {
        for (std::size_t place = 0; place < seen.states.size(); ++place) {
            if (seen.states[place] == State::ended) {
                continue;
            }
            const auto [task, index] = seen.places[place];
            const ledger::AcceptTask& of = seen.batch.tasks[task];
            const ledger::NewOperation& operation = of.operations[index];
            const ledger::LaneKey& lane = of.lanes[operation.lane];
            auto number = lanes.find(lane);
            if (number == lanes.end()) {
                number = lanes.emplace(lane, restorer.lane(lane)).first;
            }
            restorer.operation(
                number->second,
                {.id = operation_id(seen.batch.number, static_cast<std::int64_t>(place)),
                 .task = task_id(seen.batch.number, task),
                 .item = operation.item,
                 .sender = of.origin.sender_id,
                 .priority = operation.priority,
                 .accepted_at = of.accepted_at,
                 .not_before = operation.not_before,
                 .deadline = operation.deadline});
        }
    }
}

std::vector<Discovered> AccountView::discover(Batch batch) {
    std::vector<Discovered> found;
    std::int64_t place = 0;
    for (std::size_t task = 0; task < batch.tasks.size(); ++task) {
        found.push_back({.task = batch.tasks[task],
                         .receipt = {.verdict = ledger::TaskReceipt::Verdict::accepted,
                                     .task = task_id(batch.number, task),
                                     .first_operation = operation_id(batch.number, place)}});
        place += static_cast<std::int64_t>(batch.tasks[task].operations.size());
    }
    const base::Status taken = take(std::move(batch));
    EXARCH_ASSERT(taken.has_value());
    advance();
    return found;
}

void AccountView::settle_counts() {
    if (lease_.finished_batch >= lease_.counted_batch) {
        ledger::OperationCounts& counts = lease_.operations;
        counts.expired += std::exchange(counts.pending, 0) + std::exchange(counts.bound, 0);
    }
}

/// Forgets what is finished, from the oldest on, and with it the calls and endings that concern
/// nothing else.
void AccountView::advance() {
    while (!batches_.empty() && batches_.front().open == 0 &&
           batches_.front().unfinished_calls == 0) {
        batches_.pop_front();
        ++lease_.finished_batch;
    }
    std::erase_if(calls_, [&](const auto& each) {
        const auto& [number, call] = each;
        return !call.is_open && !call.is_unfinished &&
               last_batch_of(call.bound.operations) <= lease_.finished_batch;
    });
    std::erase_if(endings_, [&](const auto& each) { return each.second <= lease_.finished_batch; });
    lease_.first_call = calls_.empty() ? lease_.last_call + 1 : calls_.begin()->first;
    lease_.first_ending = endings_.empty() ? lease_.last_ending + 1 : endings_.begin()->first;
}

} // namespace exarch::table
