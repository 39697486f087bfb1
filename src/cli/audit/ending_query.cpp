#include "cli/audit/ending_query.hpp"

#include "cli/ledger/ledger_reader.hpp"
#include "cli/ledger/operation_keys.hpp"

#include <fmt/format.h>

namespace exarch::cli {

base::Result<ledger::EndingQuery> query_of(ledger::Reporter& reporter, const Selection& selection) {
    ledger::EndingQuery query;
    query.account = base::AccountId(selection.account);
    query.reason_part = selection.error;
    EXARCH_TRY(query.operations,
               keys_in(selection.operations, reporter.numbers_by_account(), query.account));
    if (selection.task.empty()) {
        return query;
    }
    EXARCH_TRY(const std::vector<ledger::TaskReport> tasks, reporter.tasks(selection.task));
    if (tasks.empty()) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid,
            fmt::format("--task: {}", describe_missing_task(selection.task, "the ledger"))));
    }
    for (const ledger::TaskReport& task : tasks) {
        query.tasks.push_back(task.task);
    }
    return query;
}

} // namespace exarch::cli
