#include "ledger/memory.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <ranges>

namespace exarch::ledger {
namespace {

constexpr std::size_t tasks_max = 1000;

} // namespace

base::Result<TotalsReport> MemoryLedger::totals() {
    return book_.totals;
}

base::Result<std::vector<LaneReport>> MemoryLedger::lanes() {
    std::vector<LaneReport> reports;
    reports.reserve(book_.lane_of.size());
    for (const auto& [key, index] : book_.lane_of) {
        reports.push_back({.lane = key,
                           .operations = book_.lanes[index].counts,
                           .blocked_reason = blocked_reason(key)});
    }
    return reports;
}

base::Result<std::vector<AccountReport>> MemoryLedger::accounts() {
    std::map<base::AccountId, AccountReport> accounts;
    for (const Lane& lane : book_.lanes) {
        accounts[lane.key.account].operations += lane.counts;
    }
    for (const auto& [key, quota] : book_.quotas) {
        accounts[quota.account].quotas.push_back(quota);
    }
    for (const auto& [lane, breaker] : book_.breakers) {
        if (lane.action.empty() && lane.resource.empty()) {
            accounts[lane.account].blocked_reason = breaker.reason;
        }
    }
    std::vector<AccountReport> reports;
    for (auto& [account, report] : accounts) {
        report.account = account;
        reports.push_back(std::move(report));
    }
    return reports;
}

base::Result<std::vector<TaskReport>> MemoryLedger::tasks(const std::string& name) {
    std::vector<TaskReport> reports;
    for (const auto& [id, task] : std::views::reverse(book_.tasks)) {
        const bool named =
            !name.empty() && (task.content.name == name || task.content.origin.message_id == name);
        if (named && reports.size() < tasks_max) {
            reports.push_back(report(id, task));
        }
    }
    const std::optional<TaskKey> key = parse_task_key(name);
    const auto numbered = book_.tasks.find(key && key->account.empty() ? key->number : TaskId());
    if (reports.empty() && numbered != book_.tasks.end()) {
        reports.push_back(report(numbered->first, numbered->second));
    }
    return reports;
}

std::string MemoryLedger::blocked_reason(const LaneKey& lane) const {
    auto breaker = book_.breakers.find(lane);
    if (breaker == book_.breakers.end()) {
        breaker = book_.breakers.find({.account = lane.account, .action = {}, .resource = {}});
    }
    return breaker == book_.breakers.end() ? std::string() : breaker->second.reason;
}

TaskReport MemoryLedger::report(TaskId id, const Task& task) {
    TaskReport report{.task = id,
                      .origin = task.content.origin,
                      .name = task.content.name,
                      .owns_name = task.owns_name,
                      .digest = task.content.digest,
                      .requester = task.content.requester,
                      .accepted_at = task.content.accepted_at,
                      .operations = {}};
    const OperationId end = task.first_operation.plus(task.operations);
    std::map<LaneKey, OperationCounts> open;
    for (OperationId number = task.first_operation; number < end; number = number.plus(1)) {
        const Operation* const operation = find(number);
        if (operation == nullptr) {
            continue;
        }
        count(report.operations, operation->state, 1);
        const LaneKey& lane = book_.lanes[operation->content.lane].key;
        if (is_open(operation->state) && !blocked_reason(lane).empty()) {
            count(open[lane], operation->state, 1);
        }
    }
    for (const auto& [lane, counts] : open) {
        report.blocked.push_back({lane, counts, blocked_reason(lane)});
    }
    for (const auto& [number, ended] : book_.ended) {
        report.operations.rejected +=
            int(ended.task == id && ended.state == OperationState::rejected);
    }
    const auto is_own = [&](OperationId carried) {
        return task.first_operation <= carried && carried < end;
    };
    for (const CallId number : book_.unfinished) {
        const Call& call = book_.calls.at(number);
        if (call.state == CallState::done) {
            report.incomplete += std::ranges::count_if(call.bound.operations, is_own);
        }
    }
    return report;
}

void MemoryLedger::tell_origin(EndedOperation& report) const {
    const auto origin = book_.tasks.find(report.task.number);
    if (origin == book_.tasks.end()) {
        return;
    }
    const AcceptTask& task = origin->second.content;
    report.message_id = task.origin.message_id;
    report.sender_id = task.origin.sender_id;
    report.task_name = task.name;
    report.requester = task.requester;
    report.labels = task.labels;
    report.accepted_at = task.accepted_at;
}

EndedOperation MemoryLedger::report(const Ended& ended) const {
    EndedOperation report = ended.report;
    report.task = ended.task;
    tell_origin(report);
    return report;
}

EndedOperation MemoryLedger::report(const Call& call, OperationId id,
                                    const Operation& operation) const {
    EndedOperation report;
    report.id = id;
    report.state = format(OperationState::done);
    report.lane = book_.lanes[operation.content.lane].key;
    report.item = operation.content.item;
    report.priority = operation.content.priority;
    report.deadline = operation.content.deadline;
    report.task = operation.task;
    report.reference = call.bound.reference;
    report.request_id = call.closed.request_id;
    report.ended_at = call.closed.closed_at;
    report.call = call.bound.call;
    report.bound_at = call.bound.bound_at;
    report.result_id = call.closed.result_id;
    tell_origin(report);
    return report;
}

base::Result<std::vector<EndedOperation>> MemoryLedger::unsuccessful(const TaskKey& task,
                                                                     std::int64_t limit) {
    std::vector<EndedOperation> reports;
    for (const auto& [number, ended] : std::views::reverse(book_.ended)) {
        if (std::cmp_greater_equal(reports.size(), std::max<std::int64_t>(limit, 0))) {
            break;
        }
        if (task == TaskKey() || ended.task == task) {
            reports.push_back(report(ended));
        }
    }
    return reports;
}

base::Status MemoryLedger::endings(const EndingQuery& query, const EndingSink& sink) {
    // As SqliteLedger has them: the latest first; at one moment what did not succeed, then calls.
    std::multimap<base::Timestamp, EndedOperation, std::greater<>> all;
    for (const auto& [number, ended] : std::views::reverse(book_.ended)) {
        all.emplace(ended.report.ended_at, report(ended));
    }
    for (const auto& [id, call] : std::views::reverse(book_.calls)) {
        if (call.state != CallState::done && call.state != CallState::complete) {
            continue;
        }
        for (const OperationId number : call.bound.operations) {
            if (const Operation* const operation = find(number)) {
                all.emplace(call.closed.closed_at, report(call, number, *operation));
            }
        }
    }
    for (const auto& [at, ended] : all) {
        if (meets(ended, query) && !sink(ended)) {
            break;
        }
    }
    return {};
}

} // namespace exarch::ledger
