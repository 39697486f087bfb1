#include "base/assert.hpp"
#include "ledger/operation_state.hpp"
#include "table/account_view.hpp"
#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

/// What the records of an account's holder change: in the view, in its lease, and as new items.
namespace exarch::table {

using ledger::CallEnd;
using ledger::OperationId;

namespace {

/// What has to be gone before: the batches it concerns, and of an end its call.
constexpr int before_a_call = 1;
constexpr int before_an_end = 2;
constexpr int before_an_ending = 1;

} // namespace

struct AccountView::Writing {
    const Retention& retention;
    std::optional<aws::Item> item;
};

base::Result<std::optional<aws::Item>> AccountView::write(const ledger::Record& made,
                                                          const Retention& retention) {
    Writing writing{.retention = retention, .item = {}};
    EXARCH_CHECK(std::visit([&](const auto& kind) { return record(kind, writing); }, made));
    advance();
    return std::move(writing.item);
}

std::vector<ledger::EndedOperation>
AccountView::unsuccessful(std::span<const ledger::Record> records) const {
    std::vector<ledger::EndedOperation> found;
    const auto add = [&](const ledger::EndedOperation& like, std::span<const OperationId> ids) {
        for (const OperationId id : ids) {
            const auto [task, operation] = find(id);
            if (operation != nullptr) {
                ledger::EndedOperation& ended = found.emplace_back(like);
                ended.id = ledger::OperationKey(account_, id);
                ended.lane = task->lanes[operation->lane];
                ended.item = operation->item;
                ended.message_id = task->origin.message_id;
                ended.task_name = task->name;
            }
        }
    };
    for (const ledger::Record& each : records) {
        ledger::EndedOperation like;
        if (const auto* close = std::get_if<ledger::CloseCall>(&each)) {
            like.state = format(ledger::OperationState::failed);
            like.reason = close->reason;
            like.request_id = close->request_id;
            like.is_outcome_unknown = close->end == CallEnd::unknown;
            const auto call = calls_.find(close->call.value());
            if (like.is_outcome_unknown && call != calls_.end()) {
                add(like, call->second.bound.operations);
            } else if (close->end == CallEnd::refused) {
                add(like, close->failed);
            }
        } else if (const auto* end = std::get_if<ledger::EndOperations>(&each)) {
            const bool is_expired = end->end == ledger::EndOperations::End::expired;
            like.state = format(is_expired ? ledger::OperationState::expired
                                           : ledger::OperationState::failed);
            like.reason = end->reason;
            add(like, end->operations);
        }
    }
    return found;
}

base::Status AccountView::record(const ledger::AcceptTask& /*task*/, Writing& /*writing*/) {
    return std::unexpected(corrupt("a task that was not taken in by its account's log"));
}

/// What was done with a batch is known for longer than it is itself: another operation of it may
/// wait for longer than what is settled is kept, and what had been forgotten would be done again.
/// DynamoDB removes items within some days of their time, in no order; `removals` are to come
/// before. Source: "Using time to live (TTL) in DynamoDB" in its developer guide.
base::Timestamp AccountView::kept_until(base::Timestamp at_least, std::span<const OperationId> ids,
                                        int removals) {
    constexpr std::chrono::hours removed_within(3 * 24);
    for (const OperationId id : ids) {
        if (const Seen* of = seen(batch_of(id)); of != nullptr) {
            at_least = std::max(at_least, of->batch.expires_at + removals * removed_within);
        }
    }
    return at_least;
}

base::Status AccountView::record(const ledger::BindCall& bind, Writing& writing) {
    if (bind.call.value() <= lease_.last_call) {
        return std::unexpected(corrupt(fmt::format("call {} is bound, and the last one was {}",
                                                   bind.call.value(), lease_.last_call)));
    }
    CallItem call{.number = bind.call.value(),
                  .lane = bind.lane,
                  .reference = bind.reference,
                  .operations = bind.operations,
                  .sent = {},
                  .bound_at = bind.bound_at};
    std::ranges::sort(call.operations);
    EXARCH_CHECK(move_all(call.operations, State::pending, State::bound));
    std::unordered_map<std::string_view, std::int64_t> places;
    for (std::size_t place = 0; place < call.operations.size(); ++place) {
        places.emplace(operation(call.operations[place]).item, static_cast<std::int64_t>(place));
    }
    for (const std::string& item : bind.items) {
        const auto found = places.find(item);
        if (found == places.end()) {
            return std::unexpected(corrupt(
                fmt::format("call {} sends what none of its operations asks for", call.number)));
        }
        call.sent.push_back(found->second);
    }
    const auto count = static_cast<std::int64_t>(call.operations.size());
    lease_.operations.pending -= count;
    lease_.operations.bound += count;
    lease_.last_call = call.number;
    writing.item = call_item(call, kept_until(bind.bound_at + writing.retention.settled,
                                              call.operations, before_a_call));
    calls_.emplace(bind.call.value(), Call{.bound = std::move(call),
                                           .is_open = true,
                                           .is_unfinished = false,
                                           .result_id = {},
                                           .closed_at = {}});
    return {};
}

base::Status AccountView::record(const ledger::CountAttempt& attempt, Writing& /*writing*/) {
    ++lease_.calls.sent;
    if (attempt.end == ledger::AttemptEnd::throttled) {
        ++lease_.calls.throttled;
    } else if (attempt.end == ledger::AttemptEnd::unknown) {
        ++lease_.calls.unknown;
    }
    return {};
}

base::Status AccountView::close(Call& call, const ledger::CloseCall& close) {
    call.is_open = false;
    call.result_id = close.result_id;
    call.closed_at = close.closed_at;
    if (close.end != CallEnd::refused) {
        return move_all(call.bound.operations, State::bound, State::ended);
    }
    EXARCH_CHECK(move_all(call.bound.operations, State::bound, State::pending));
    for (const OperationId id : close.failed) {
        if (is_over(id)) {
            continue;
        }
        if (!std::ranges::binary_search(call.bound.operations, id)) {
            return std::unexpected(
                corrupt(fmt::format("call {} fails what it does not carry", call.bound.number)));
        }
        EXARCH_CHECK(move(id, State::pending, State::ended));
    }
    return {};
}

base::Status AccountView::record(const ledger::CloseCall& end, Writing& writing) {
    const auto found = calls_.find(end.call.value());
    if (found == calls_.end() || !found->second.is_open) {
        return std::unexpected(
            corrupt(fmt::format("call {} ends, and is not open", end.call.value())));
    }
    Call& call = found->second;
    EXARCH_CHECK(close(call, end));
    const auto carried = static_cast<std::int64_t>(call.bound.operations.size());
    const auto failed = static_cast<std::int64_t>(end.failed.size());
    lease_.operations.bound -= carried;
    switch (end.end) {
    case CallEnd::done:
        lease_.operations.done += carried;
        ++lease_.calls.done;
        follow(call, true);
        lease_.unfinished_calls.push_back(end.call.value());
        break;
    case CallEnd::refused:
        lease_.operations.failed += failed;
        lease_.operations.pending += carried - failed;
        lease_.calls.refused += ledger::is_refused_by_aws(end) ? 1 : 0;
        break;
    case CallEnd::unknown:
        lease_.operations.failed += carried;
        break;
    }
    writing.item = end_item(account_, end,
                            kept_until(end.closed_at + writing.retention.settled,
                                       call.bound.operations, before_an_end));
    return {};
}

base::Status AccountView::record(const ledger::EndOperations& end, Writing& writing) {
    EndingItem ending{.number = lease_.last_ending + 1, .end = end};
    std::ranges::sort(ending.end.operations);
    EXARCH_CHECK(move_all(ending.end.operations, State::pending, State::ended));
    const auto count = static_cast<std::int64_t>(end.operations.size());
    lease_.operations.pending -= count;
    (end.end == ledger::EndOperations::End::expired ? lease_.operations.expired
                                                    : lease_.operations.failed) += count;
    lease_.last_ending = ending.number;
    endings_.emplace(ending.number, last_batch_of(ending.end.operations));
    writing.item = ending_item(account_, ending,
                               kept_until(end.ended_at + writing.retention.settled,
                                          ending.end.operations, before_an_ending));
    return {};
}

base::Status AccountView::record(const ledger::CompleteCall& complete, Writing& /*writing*/) {
    const std::int64_t number = complete.call.value();
    const auto found = calls_.find(number);
    if (found == calls_.end() ? number > lease_.last_call : found->second.is_open) {
        return std::unexpected(corrupt(fmt::format("call {} completes, and is not done", number)));
    }
    if (found != calls_.end()) {
        follow(found->second, false);
    }
    std::erase(lease_.unfinished_calls, number);
    return {};
}

base::Status AccountView::record(const ledger::LearnQuota& quota, Writing& /*writing*/) {
    lease_.quotas[quota.api] = quota;
    return {};
}

base::Status AccountView::record(const ledger::NoteBreaker& breaker, Writing& /*writing*/) {
    const std::string lane = breaker.lane.action.empty() ? std::string() : lane_name(breaker.lane);
    if (breaker.open) {
        lease_.blocked[lane] = {.reason = breaker.reason, .tried_at = breaker.changed_at};
    } else {
        lease_.blocked.erase(lane);
    }
    return {};
}

} // namespace exarch::table
