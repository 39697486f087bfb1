#include "simulation/checks/open_work.hpp"

#include <algorithm>

namespace exarch::simulation {

using namespace ledger;

void OpenWork::on_accepted(const std::vector<Record>& records,
                           const std::vector<TaskReceipt>& receipts) {
    auto receipt = receipts.begin();
    for (const Record& record : records) {
        const auto* task = std::get_if<AcceptTask>(&record);
        if (task == nullptr) {
            continue;
        }
        const TaskReceipt& of_task = *receipt++;
        if (of_task.verdict != TaskReceipt::Verdict::accepted) {
            continue;
        }
        std::int64_t id = of_task.first_operation.value();
        for (const NewOperation& operation : task->operations) {
            open_.emplace(OperationId(id++), task->lanes[operation.lane]);
        }
    }
}

void OpenWork::on_decided(const Record& record) {
    if (const auto* bind = std::get_if<BindCall>(&record)) {
        bound_[bind->call] = bind->operations;
    } else if (const auto* close = std::get_if<CloseCall>(&record)) {
        end(close->end == CallEnd::refused ? close->failed : bound_[close->call]);
        bound_.erase(close->call);
    } else if (const auto* ended = std::get_if<EndOperations>(&record)) {
        end(ended->operations);
    }
}

bool OpenWork::is_any_in(const LaneKey& lane) const {
    return std::ranges::any_of(open_, [&](const auto& each) { return each.second == lane; });
}

void OpenWork::end(const std::vector<OperationId>& operations) {
    for (const OperationId operation : operations) {
        open_.erase(operation);
    }
}

} // namespace exarch::simulation
