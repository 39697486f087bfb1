#include "lambda/invocation_ledger.hpp"

#include "lambda/listing.hpp"
#include "lambda/unsuccessful.hpp"
#include "ledger/conflict.hpp"
#include "ledger/operation_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::lambda {
namespace {

using ledger::OperationId;
using ledger::Record;

} // namespace

base::Status InvocationLedger::load(ledger::Restorer& restorer) {
    for (const auto& [id, call] : in_progress_) {
        restorer.incomplete_call(call);
    }
    return {};
}

bool InvocationLedger::is_own(const Record& record) const {
    const auto* complete = std::get_if<ledger::CompleteCall>(&record);
    return complete == nullptr || bound_.contains(complete->call);
}

base::Result<std::vector<ledger::TaskReceipt>>
InvocationLedger::commit(std::span<const Record> records) {
    const auto is_known = [this](const Record& record) { return is_own(record); };
    // Few commits have any that is not, and those are small.
    std::vector<Record> own;
    const bool is_whole = std::ranges::all_of(records, is_known);
    if (!is_whole) {
        std::ranges::copy_if(records, std::back_inserter(own), is_known);
    }
    EXARCH_TRY(std::vector<ledger::TaskReceipt> receipts,
               memory_.commit(is_whole ? records : std::span<const Record>(own)));
    auto receipt = receipts.begin();
    for (const Record& record : records) {
        if (const auto* task = std::get_if<ledger::AcceptTask>(&record)) {
            note(*task, *receipt++);
        } else if (const auto* bind = std::get_if<ledger::BindCall>(&record)) {
            note(*bind);
        } else if (const auto* close = std::get_if<ledger::CloseCall>(&record)) {
            note(*close);
        } else if (const auto* ended = std::get_if<ledger::EndOperations>(&record)) {
            note(*ended);
        } else if (const auto* complete = std::get_if<ledger::CompleteCall>(&record)) {
            in_progress_.erase(complete->call);
        }
    }
    return receipts;
}

base::Result<bool> InvocationLedger::prune(base::Timestamp, base::Timestamp) {
    return false;
}

void InvocationLedger::note(const ledger::AcceptTask& task, const ledger::TaskReceipt& receipt) {
    using Verdict = ledger::TaskReceipt::Verdict;
    const MessageKey key(task.origin.queue, task.origin.message_id);
    if (receipt.verdict == Verdict::duplicate) {
        // Of the same message, or of another that asked for the same under the same name.
        message_of_.emplace(key, message_of_task_.at(receipt.task));
        return;
    }
    const std::size_t number = messages_.size();
    messages_.push_back({.id = task.origin.message_id, .open = 0});
    message_of_.emplace(key, number);
    message_of_task_.emplace(receipt.task, number);
    if (receipt.verdict == Verdict::conflict) {
        log_.warn("message {}: rejected: {}", task.origin.message_id,
                  ledger::conflict_reason(task, {}));
        return;
    }
    tell_rejections(task);
    for (const ledger::NewOperation& wished : task.operations) {
        operations_.push_back({.message = number,
                               .lane = task.lanes.at(wished.lane),
                               .item = wished.item,
                               .is_open = true});
    }
    messages_.back().open = task.operations.size();
    open_ += task.operations.size();
}

void InvocationLedger::tell_rejections(const ledger::AcceptTask& task) const {
    for (const ledger::Rejection& rejection : task.rejections) {
        log_.warn("{}", describe(rejection, task.origin.message_id));
    }
}

void InvocationLedger::note(const ledger::BindCall& bind) {
    bound_.insert_or_assign(bind.call, bind);
}

void InvocationLedger::note(const ledger::CloseCall& close) {
    const ledger::BindCall& call = bound_.at(close.call);
    ledger::EndedOperation like;
    like.state = format(ledger::OperationState::failed);
    like.reason = close.reason;
    switch (close.end) {
    case ledger::CallEnd::done:
        in_progress_.insert_or_assign(close.call,
                                      ledger::IncompleteCall{.id = close.call,
                                                             .lane = call.lane,
                                                             .items = call.items,
                                                             .result_id = close.result_id,
                                                             .closed_at = close.closed_at});
        end(call.operations);
        return;
    case ledger::CallEnd::refused:
        if (!close.request_id.empty() && !close.reason.contains(close.request_id.value())) {
            like.reason += fmt::format(" (request {})", close.request_id.value());
        }
        tell_unsuccessful(like, close.failed);
        end(close.failed);
        return;
    case ledger::CallEnd::unknown:
        like.is_outcome_unknown = true;
        tell_unsuccessful(like, call.operations);
        return;
    }
}

void InvocationLedger::note(const ledger::EndOperations& end_operations) {
    const bool is_expired = end_operations.end == ledger::EndOperations::End::expired;
    ledger::EndedOperation like;
    like.state =
        format(is_expired ? ledger::OperationState::expired : ledger::OperationState::failed);
    like.reason = end_operations.reason;
    tell_unsuccessful(like, end_operations.operations);
    end(end_operations.operations);
}

void InvocationLedger::tell_unsuccessful(const ledger::EndedOperation& like,
                                         std::span<const OperationId> operations) const {
    std::vector<ledger::EndedOperation> ended;
    for (const OperationId id : operations) {
        const Operation& one = operation(id);
        ledger::EndedOperation& each = ended.emplace_back(like);
        each.lane = one.lane;
        each.item = one.item;
        each.message_id = messages_[one.message].id;
    }
    lambda::tell_unsuccessful(log_, ended);
}

InvocationLedger::Operation& InvocationLedger::operation(OperationId id) {
    return operations_.at(static_cast<std::size_t>(id.value()) - 1);
}

const InvocationLedger::Operation& InvocationLedger::operation(OperationId id) const {
    return operations_.at(static_cast<std::size_t>(id.value()) - 1);
}

void InvocationLedger::end(std::span<const OperationId> operations) {
    for (const OperationId id : operations) {
        Operation& ended = operation(id);
        if (std::exchange(ended.is_open, false)) {
            --messages_[ended.message].open;
            --open_;
        }
    }
}

bool InvocationLedger::is_settled(const ledger::MessageOrigin& origin) const {
    const auto found = message_of_.find({origin.queue, origin.message_id});
    return found != message_of_.end() && messages_[found->second].open == 0;
}

} // namespace exarch::lambda
