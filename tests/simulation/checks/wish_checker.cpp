#include "simulation/checks/wish_checker.hpp"

#include "core/task/task.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::simulation {

using ledger::AcceptTask;
using ledger::TaskReceipt;
using Verdict = TaskReceipt::Verdict;

void WishChecker::on_accept(const AcceptTask& task, const TaskReceipt& receipt) {
    const std::string& message = task.origin.message_id;
    const bool is_known = !durable_.insert(message).second;
    if (is_known != (receipt.verdict == Verdict::duplicate) && is_known) {
        violations_.add(Rule::accepted_as_sent, fmt::format("{} is accepted twice", message));
    }
    if (receipt.verdict != Verdict::duplicate && !accepted_.insert(message).second) {
        violations_.add(Rule::accepted_as_sent, fmt::format("{} is accepted twice", message));
    }
    const auto found = wishes_.find(message);
    if (found == wishes_.end()) {
        return;
    }
    check_content(task, found->second);
    if (!is_known) {
        check_name(task, receipt, found->second);
    }
}

void WishChecker::check_content(const AcceptTask& task, const Wishes& wishes) {
    const std::string& message = task.origin.message_id;
    const std::size_t listed_max = core::TaskRules{}.rejections_max;
    // Beyond them one more says how many are not listed.
    const std::size_t listed = std::min(wishes.rejections, listed_max + 1);
    if (task.operations.size() != wishes.wishes.size() || task.rejections.size() != listed) {
        violations_.add(Rule::accepted_as_sent,
                        fmt::format("{} asks for {} operations and {} others that cannot be read, "
                                    "and is accepted with {} and {}",
                                    message, wishes.wishes.size(), wishes.rejections,
                                    task.operations.size(), task.rejections.size()));
        return;
    }
    for (std::size_t index = 0; index < wishes.wishes.size(); ++index) {
        const ledger::NewOperation& operation = task.operations[index];
        const Wishes::Wish& wish = wishes.wishes[index];
        const ledger::LaneKey& lane = task.lanes[operation.lane];
        if (lane.account.value() != wish.account || lane.resource != wish.distribution ||
            operation.item != wish.item || operation.priority != wishes.priority ||
            operation.not_before != wishes.not_before || operation.deadline != wishes.deadline) {
            violations_.add(Rule::accepted_as_sent,
                            fmt::format("{} asks for {} at {} {}, and is accepted with {} at {} {}",
                                        message, wish.item, wish.account, wish.distribution,
                                        operation.item, lane.account.value(), lane.resource));
        }
    }
    const auto has_no_reason = [](const ledger::Rejection& one) { return one.reason.empty(); };
    if (std::ranges::any_of(task.rejections, has_no_reason)) {
        violations_.add(Rule::one_end, fmt::format("{} is rejected for no reason", message));
    }
}

/// Whatever the core makes of it, the first task of a name is accepted, the same again is a
/// duplicate, and another one under it is told apart.
void WishChecker::check_name(const AcceptTask& task, const TaskReceipt& receipt,
                             const Wishes& wishes) {
    auto expected = Verdict::accepted;
    if (!wishes.name.empty() && !wishes.wishes.empty()) {
        const auto [named, is_new] =
            named_.emplace(std::pair(task.origin.sender_id, wishes.name), wishes.content);
        if (!is_new) {
            expected = named->second == wishes.content ? Verdict::duplicate : Verdict::conflict;
        }
    }
    if (receipt.verdict != expected) {
        violations_.add(Rule::accepted_as_sent,
                        fmt::format("{}, of the id {}, is taken for {} and not for {}",
                                    task.origin.message_id, wishes.name,
                                    static_cast<int>(receipt.verdict), static_cast<int>(expected)));
    }
}

void WishChecker::finish() {
    for (const auto& [message, wishes] : wishes_) {
        if (!durable_.contains(message)) {
            violations_.add(Rule::drains, fmt::format("{} was never accepted", message));
        }
    }
}

} // namespace exarch::simulation
