#include "simulation/checks/audit_checker.hpp"

#include "ledger/operation_state.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

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

EndedOperation rejected(const LaneKey& lane, std::string item, std::string reason) {
    EndedOperation ended;
    ended.state = ledger::format(OperationState::rejected);
    ended.lane = lane;
    ended.item = std::move(item);
    ended.reason = std::move(reason);
    return ended;
}

} // namespace

void AuditChecker::on_durable(std::span<const Record> records,
                              std::span<const TaskReceipt> receipts) {
    auto receipt = receipts.begin();
    for (const Record& record : records) {
        if (const auto* task = std::get_if<AcceptTask>(&record)) {
            on_record(*task, *receipt++);
        } else if (const auto* bind = std::get_if<BindCall>(&record)) {
            calls_.emplace(bind->call, *bind);
        } else if (const auto* close = std::get_if<CloseCall>(&record)) {
            on_record(*close);
        } else if (const auto* end = std::get_if<EndOperations>(&record)) {
            on_record(*end);
        }
    }
}

void AuditChecker::on_record(const AcceptTask& task, const TaskReceipt& receipt) {
    if (receipt.verdict == TaskReceipt::Verdict::accepted) {
        OperationId id = receipt.first_operation;
        for (const NewOperation& operation : task.operations) {
            EndedOperation& known = open_[id];
            known.id = id;
            known.lane = task.lanes[operation.lane];
            known.item = operation.item;
            id = id.plus(1);
        }
    }
    if (receipt.verdict == TaskReceipt::Verdict::conflict) {
        for (const NewOperation& operation : task.operations) {
            ended_.insert(describe(rejected(task.lanes[operation.lane], operation.item,
                                            std::string(of_a_taken_name))));
        }
        if (task.operations.empty()) {
            ended_.insert(describe(rejected({}, {}, std::string(of_a_taken_name))));
        }
    }
    if (receipt.verdict != TaskReceipt::Verdict::duplicate) {
        for (const Rejection& rejection : task.rejections) {
            ended_.insert(describe(rejected(rejection.lane, rejection.place, rejection.reason)));
        }
    }
}

void AuditChecker::on_record(const CloseCall& close) {
    const auto call = calls_.extract(close.call);
    if (call.empty()) {
        return;
    }
    EndedOperation ended;
    ended.state =
        ledger::format(close.end == CallEnd::done ? OperationState::done : OperationState::failed);
    ended.reason = close.reason;
    ended.reference = call.mapped().reference;
    ended.request_id = close.request_id;
    ended.result_id = close.result_id;
    ended.is_outcome_unknown = close.end == CallEnd::unknown;
    expect(std::move(ended),
           close.end == CallEnd::refused ? close.failed : call.mapped().operations);
}

void AuditChecker::on_record(const EndOperations& end) {
    EndedOperation ended;
    ended.state = ledger::format(end.end == EndOperations::End::expired ? OperationState::expired
                                                                        : OperationState::failed);
    ended.reason = end.reason;
    expect(std::move(ended), end.operations);
}

void AuditChecker::expect(EndedOperation ended, std::span<const OperationId> ids) {
    for (const OperationId id : ids) {
        const auto known = open_.extract(id);
        if (!known.empty()) {
            ended.id = known.mapped().id;
            ended.lane = known.mapped().lane;
            ended.item = known.mapped().item;
            ended_.insert(describe(ended));
        }
    }
}

void AuditChecker::check(Reporter& ledger, bool is_whole) {
    std::multiset<std::string> untold = ended_;
    const auto take = [&](EndedOperation ended) {
        if (ended.reason.ends_with(of_a_taken_name)) {
            ended.reason = of_a_taken_name;
        }
        const auto found = untold.find(describe(ended));
        if (found == untold.end()) {
            violations_.add(
                Rule::recorded,
                fmt::format("the ledger tells what has not come to be: {}", describe(ended)));
        } else {
            untold.erase(found);
        }
        return true;
    };
    const base::Status told = ledger.endings({}, take);
    if (!told.has_value()) {
        violations_.add(Rule::recorded, told.error().message());
    } else if (is_whole && !untold.empty()) {
        violations_.add(Rule::recorded,
                        fmt::format("the ledger does not tell: {}", *untold.begin()));
    }
}

} // namespace exarch::simulation
