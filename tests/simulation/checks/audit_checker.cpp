#include "simulation/checks/audit_checker.hpp"

#include "ledger/operation_state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::simulation {
namespace {

using namespace ledger;

std::string describe(const EndedOperation& ended) {
    return fmt::format("{} {} of {} {}: {}; for {:?} by {:?}, {:?} and {:?}{}", ended.state,
                       ledger::format(ended.id), ended.lane.account.value(), ended.lane.resource,
                       ended.item, ended.reason, ended.reference, ended.request_id.value(),
                       ended.result_id, ended.is_outcome_unknown ? ", nobody knows" : "");
}

/// A task of a name that is taken: its reason tells both contents' digests.
constexpr std::string_view of_a_taken_name = "give new content a new id";

std::string rejected(const LaneKey& lane, const std::string& item, std::string_view reason) {
    EndedOperation ended;
    ended.state = ledger::format(OperationState::rejected);
    ended.lane = lane;
    ended.item = item;
    ended.reason = reason;
    return describe(ended);
}

} // namespace

void AuditChecker::on_accepted(const AcceptTask& task, const TaskReceipt& receipt) {
    if (receipt.verdict == TaskReceipt::Verdict::duplicate) {
        return;
    }
    if (receipt.verdict == TaskReceipt::Verdict::conflict) {
        for (const NewOperation& operation : task.operations) {
            rejected_.insert(rejected(task.lanes[operation.lane], operation.item, of_a_taken_name));
        }
        if (task.operations.empty()) {
            rejected_.insert(rejected({}, {}, of_a_taken_name));
        }
    }
    for (const Rejection& rejection : task.rejections) {
        rejected_.insert(rejected(rejection.lane, rejection.place, rejection.reason));
    }
}

void AuditChecker::on_closed(const CloseCall& close, const BindCall& bound) {
    EndedOperation ending;
    ending.state =
        ledger::format(close.end == CallEnd::done ? OperationState::done : OperationState::failed);
    ending.reason = close.reason;
    ending.reference = bound.reference;
    ending.request_id = close.request_id;
    ending.result_id = close.result_id;
    ending.is_outcome_unknown = close.end == CallEnd::unknown;
    expect(ending, close.end == CallEnd::refused ? close.failed : bound.operations);
}

void AuditChecker::on_ended(const EndOperations& end) {
    EndedOperation ending;
    ending.state = ledger::format(end.end == EndOperations::End::expired ? OperationState::expired
                                                                         : OperationState::failed);
    ending.reason = end.reason;
    expect(ending, end.operations);
}

void AuditChecker::expect(const EndedOperation& ending, std::span<const OperationId> ids) {
    if (ids.empty()) {
        return;
    }
    endings_.push_back(ending);
    for (const OperationId id : ids) {
        ended_.emplace(id, endings_.size() - 1);
    }
}

bool AuditChecker::is_as_expected(const EndedOperation& ended, const IsWished& is_wished) const {
    const auto found = ended_.find(ended.id.number);
    if (found == ended_.end()) {
        return false;
    }
    const EndedOperation& expected = endings_[found->second];
    return ended.state == expected.state && ended.reason == expected.reason &&
           ended.reference == expected.reference && ended.request_id == expected.request_id &&
           ended.result_id == expected.result_id &&
           ended.is_outcome_unknown == expected.is_outcome_unknown &&
           is_wished(found->first, ended);
}

void AuditChecker::check(Reporter& ledger, bool is_whole, const IsWished& is_wished) {
    std::multiset<std::string> rejected_untold = rejected_;
    std::set<OperationId> told;
    const auto take = [&](const EndedOperation& ended) {
        bool is_right = false;
        if (ended.state == ledger::format(OperationState::rejected)) {
            const bool is_conflict = ended.reason.ends_with(of_a_taken_name);
            const auto found = rejected_untold.find(
                rejected(ended.lane, ended.item, is_conflict ? of_a_taken_name : ended.reason));
            is_right = found != rejected_untold.end();
            if (is_right) {
                rejected_untold.erase(found);
            }
        } else {
            is_right = is_as_expected(ended, is_wished) && told.insert(ended.id.number).second;
        }
        if (!is_right) {
            violations_.add(
                Rule::recorded,
                fmt::format("the ledger tells what has not come to be: {}", describe(ended)));
        }
        return true;
    };
    const base::Status read = ledger.endings({}, take);
    if (!read.has_value()) {
        violations_.add(Rule::recorded, read.error().message());
    }
    if (!is_whole) {
        return;
    }
    if (!rejected_untold.empty()) {
        violations_.add(Rule::recorded,
                        fmt::format("the ledger does not tell: {}", *rejected_untold.begin()));
    }
    const auto untold =
        std::ranges::find_if(ended_, [&](const auto& one) { return !told.contains(one.first); });
    if (untold != ended_.end()) {
        const EndedOperation& ending = endings_[untold->second];
        violations_.add(Rule::recorded,
                        fmt::format("the ledger does not tell that operation {} is {}: {}",
                                    untold->first.value(), ending.state, ending.reason));
    }
}

} // namespace exarch::simulation
