#include "simulation/checks/order_checker.hpp"

#include "actions/cloudfront_invalidate.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::simulation {

using namespace ledger;

void OrderChecker::on_start() {
    lines_.clear();
    // Of those who share a table on_heard() tells what each has heard of.
    if (hears_commits_) {
        for (const auto& [id, operation] : operations_) {
            line_up(id);
        }
    }
}

void OrderChecker::on_event(const core::Event& event) {
    const auto* committed = std::get_if<core::Committed>(&event);
    if (committed == nullptr) {
        return;
    }
    hears_commits_ = true;
    auto receipt = committed->receipts.begin();
    for (const Record& record : committed->records) {
        const auto* task = std::get_if<AcceptTask>(&record);
        if (task == nullptr) {
            continue;
        }
        const TaskReceipt& of_task = *receipt++;
        if (of_task.verdict == TaskReceipt::Verdict::accepted) {
            for (std::size_t index = 0; index < task->operations.size(); ++index) {
                line_up(OperationId(of_task.first_operation.value() +
                                    static_cast<std::int64_t>(index)));
            }
        }
    }
}

void OrderChecker::on_effects(std::span<const core::Effect> effects, base::Timestamp now) {
    for (const core::Effect& effect : effects) {
        const auto* commit = std::get_if<core::Commit>(&effect);
        if (commit == nullptr) {
            continue;
        }
        for (const Record& record : commit->records) {
            if (const auto* bind = std::get_if<BindCall>(&record)) {
                check(*bind, now);
                leave(bind->operations);
            } else if (const auto* ended = std::get_if<EndOperations>(&record)) {
                leave(ended->operations);
            }
        }
    }
}

void OrderChecker::on_durable(const std::vector<Record>& records,
                              const std::vector<TaskReceipt>& receipts) {
    auto receipt = receipts.begin();
    for (const Record& record : records) {
        if (const auto* task = std::get_if<AcceptTask>(&record)) {
            accept(*task, *receipt++);
        } else if (const auto* bind = std::get_if<BindCall>(&record)) {
            for (const OperationId id : bind->operations) {
                operations_[id].is_fresh = false;
            }
            calls_[bind->call] = bind->operations;
        } else if (const auto* close = std::get_if<CloseCall>(&record)) {
            end(close->end == CallEnd::refused ? close->failed : calls_[close->call]);
            calls_.erase(close->call);
        } else if (const auto* ended = std::get_if<EndOperations>(&record)) {
            end(ended->operations);
        }
    }
}

void OrderChecker::accept(const AcceptTask& task, const TaskReceipt& receipt) {
    if (receipt.verdict != TaskReceipt::Verdict::accepted) {
        return;
    }
    const std::string& sender = task.origin.sender_id;
    const auto age = std::chrono::duration_cast<base::Timestamp::duration>(params_.max_age);
    std::int64_t id = receipt.first_operation.value();
    for (const NewOperation& content : task.operations) {
        operations_[OperationId(id++)] = {
            .lane = task.lanes[content.lane],
            // Sessions of one role are one requester.
            .requester = sender.substr(0, sender.find(':')),
            .item = content.item,
            .priority = content.priority,
            .expires_at =
                std::min(task.accepted_at + age, content.deadline.value_or(base::Timestamp::max())),
            .is_fresh =
                !content.not_before && !actions::cloudfront_invalidate().cover(content.item)};
    }
}

void OrderChecker::line_up(OperationId id) {
    const auto found = operations_.find(id);
    if (found != operations_.end() && found->second.is_fresh) {
        const Operation& operation = found->second;
        lines_[{operation.lane, operation.requester}].emplace(operation.priority, id);
    }
}

void OrderChecker::leave(const std::vector<OperationId>& operations) {
    for (const OperationId id : operations) {
        if (const auto found = operations_.find(id); found != operations_.end()) {
            const Operation& operation = found->second;
            lines_[{operation.lane, operation.requester}].erase({operation.priority, id});
        }
    }
}

void OrderChecker::end(const std::vector<OperationId>& operations) {
    std::ranges::for_each(operations, [this](OperationId id) { operations_.erase(id); });
}

void OrderChecker::check(const BindCall& bind, base::Timestamp now) {
    std::map<std::string_view, int> wishes;
    for (const OperationId id : bind.operations) {
        ++wishes[operations_[id].item];
    }
    // Whoever wishes what another one does goes with him, however urgent he is himself.
    std::map<std::string_view, std::int32_t> least;
    for (const OperationId id : bind.operations) {
        const Operation& one = operations_[id];
        if (one.is_fresh && wishes[one.item] == 1 && std::ranges::count(bind.items, one.item) > 0) {
            const auto known = least.try_emplace(one.requester, one.priority).first;
            known->second = std::min(known->second, one.priority);
        }
    }
    for (const auto& [requester, priority] : least) {
        for (const auto& [urgency, id] : lines_[{bind.lane, std::string(requester)}]) {
            if (urgency <= priority) {
                break;
            }
            const Operation& one = operations_[id];
            if (!wishes.contains(one.item) && now < one.expires_at && !is_covered(one)) {
                violations_.add(Rule::in_order,
                                fmt::format("operation {} of {} waits, and call {} carries less "
                                            "urgent ones",
                                            id.value(), requester, bind.call.value()));
                return;
            }
        }
    }
}

bool OrderChecker::is_covered(const Operation& operation) const {
    return std::ranges::any_of(operations_, [&](const auto& entry) {
        const Operation& other = entry.second;
        const auto prefix = actions::cloudfront_invalidate().cover(other.item);
        return prefix && other.lane == operation.lane && operation.item.starts_with(*prefix);
    });
}

} // namespace exarch::simulation
