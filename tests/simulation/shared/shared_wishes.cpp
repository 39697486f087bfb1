#include "simulation/shared/shared_wishes.hpp"

#include "table/items/batch.hpp"
#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace exarch::simulation {
namespace {

std::string spell(const std::optional<base::Timestamp>& time) {
    return time ? base::format(*time) : "";
}

std::string spell(const ledger::AcceptTask& task, const ledger::NewOperation& operation) {
    const ledger::LaneKey& lane = task.lanes[operation.lane];
    return fmt::format("{} {} {} {} {} {}", lane.account.value(), lane.resource, operation.item,
                       operation.priority, spell(operation.not_before), spell(operation.deadline));
}

} // namespace

SharedWishes::Accepted SharedWishes::told_of(const Wishes& wishes) {
    Accepted told;
    for (const Wishes::Wish& wish : wishes.wishes) {
        told.operations.push_back(fmt::format("{} {} {} {} {} {}", wish.account, wish.distribution,
                                              wish.item, wishes.priority, spell(wishes.not_before),
                                              spell(wishes.deadline)));
    }
    std::ranges::sort(told.operations);
    told.rejections = wishes.rejections;
    return told;
}

void SharedWishes::read(const aws::Item& item, Found& found, Violations& violations) {
    const base::AccountId account =
        table::account_of(*item.find(table::partition_attribute)->second.text());
    const std::string& key = *item.find(table::sort_attribute)->second.text();
    if (account.empty() || !table::number_of(key, table::Numbered::batch)) {
        return;
    }
    const auto batch = table::read_batch(account, item);
    if (!batch.has_value()) {
        violations.add(Rule::recorded, batch.error().message());
        return;
    }
    for (const ledger::AcceptTask& task : batch->tasks) {
        Accepted& accepted = task.name.empty() ? found.messages[task.origin.message_id]
                                               : found.names[{task.origin.sender_id, task.name}];
        for (const ledger::NewOperation& operation : task.operations) {
            accepted.operations.push_back(spell(task, operation));
        }
        accepted.rejections += task.rejections.size();
    }
}

SharedWishes::Found SharedWishes::read(const FakeTable& table, Violations& violations) {
    Found found;
    for (const auto& [place, item] : table.items()) {
        read(item, found, violations);
    }
    for (const aws::Item& item : table.removed()) {
        read(item, found, violations);
    }
    for (auto& [message, accepted] : found.messages) {
        std::ranges::sort(accepted.operations);
    }
    for (auto& [name, accepted] : found.names) {
        std::ranges::sort(accepted.operations);
    }
    return found;
}

void SharedWishes::finish(const FakeTable& table, Violations& violations) const {
    Found found = read(table, violations);
    std::map<Name, std::size_t> matching;
    for (const auto& [message, asked] : asked_) {
        const Accepted told = told_of(asked.wishes);
        const Name name(asked.sender, asked.wishes.name);
        // What asks for nothing takes no name either.
        const bool is_named = !asked.wishes.name.empty() && !told.operations.empty();
        const Accepted& accepted = is_named ? found.names[name] : found.messages[message];
        const bool is_as_told =
            accepted.operations == told.operations && accepted.rejections == told.rejections;
        matching[name] += is_named && is_as_told ? 1 : 0;
        // Of a name that is known with other content, all of a message is recorded as rejected.
        const bool is_conflict = is_named && found.messages[message].rejections ==
                                                 told.operations.size() + told.rejections;
        if (!is_as_told && !is_conflict) {
            violations.add(Rule::accepted_as_sent,
                           fmt::format("{} asks for {} operations and {} others that cannot be "
                                       "read, and the logs have {} and {}{}",
                                       message, told.operations.size(), told.rejections,
                                       accepted.operations.size(), accepted.rejections,
                                       is_named ? " of its name" : ""));
        }
    }
    for (const auto& [name, accepted] : found.names) {
        if (matching[name] == 0) {
            violations.add(Rule::accepted_as_sent,
                           fmt::format("the logs have something else of {} than any message of "
                                       "that name: {} operations, {} rejections",
                                       name.second, accepted.operations.size(),
                                       accepted.rejections));
        }
    }
}

} // namespace exarch::simulation
