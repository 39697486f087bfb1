#include "table/reporter/task_report.hpp"

#include "ledger/operation_state.hpp"
#include "table/items/keys.hpp"
#include "table/reporter/open_counts.hpp"

#include <algorithm>
#include <utility>

namespace exarch::table {

TaskReportMaker::TaskReportMaker(const FoundTask& task) : task_(task) {
    const TaskPiece& first = task.pieces.front();
    report_.task = first.key();
    report_.origin = first.content.origin;
    report_.name = first.content.name;
    report_.owns_name = task.is_claimed && !first.content.name.empty();
    report_.digest = first.content.digest;
    report_.requester = first.content.requester;
    report_.accepted_at = first.content.accepted_at;
    for (const TaskPiece& piece : task.pieces) {
        report_.pieces.push_back(piece.key());
        report_.operations.rejected += std::ssize(piece.content.rejections);
    }
}

bool TaskReportMaker::is_own(const base::AccountId& account, ledger::OperationId id) const {
    return std::ranges::any_of(task_.pieces, [&](const TaskPiece& piece) {
        const std::int64_t place = place_of(id) - piece.first;
        return piece.account == account && piece.batch == batch_of(id) && place >= 0 &&
               place < std::ssize(piece.content.operations);
    });
}

void TaskReportMaker::take(const AccountReading& reading,
                           const std::vector<ledger::EndedOperation>& ended) {
    const base::AccountId& account = reading.account;
    OpenCounts open([&](ledger::OperationId id) { return is_own(account, id); });
    reading.view.restore(open);
    ledger::OperationCounts counts;
    for (auto& [lane, report] : open.take()) {
        counts += report.operations;
        report.blocked_reason = blocked_reason(reading.view.lease(), lane);
        if (!report.blocked_reason.empty()) {
            report_.blocked.push_back(std::move(report));
        }
    }
    for (const ledger::EndedOperation& operation : ended) {
        // What has ended since the reading is open in it.
        if (is_own(account, operation.id.number) && !open.open().contains(operation.id.number)) {
            ++(operation.state == format(ledger::OperationState::expired) ? counts.expired
                                                                          : counts.failed);
        }
    }
    std::int64_t all = 0;
    for (const TaskPiece& piece : task_.pieces) {
        all += piece.account == account ? std::ssize(piece.content.operations) : 0;
    }
    counts.done = std::max<std::int64_t>(all - counts.total(), 0);
    report_.operations += counts;
    for (const CallItem& call : reading.unfinished) {
        report_.incomplete += std::ranges::count_if(
            call.operations, [&](ledger::OperationId id) { return is_own(account, id); });
    }
}

} // namespace exarch::table
