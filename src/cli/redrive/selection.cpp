#include "cli/redrive/selection.hpp"

#include "cli/audit/ending_query.hpp"
#include "cli/terminal/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::cli {
namespace {

bool meets(const ledger::EndedOperation& ended, const RedriveSelection& selection) {
    const auto& ids = selection.operations;
    return (ids.empty() || std::ranges::find(ids, ended.id.value()) != ids.end()) &&
           (selection.account.empty() || ended.lane.account.value() == selection.account) &&
           ended.reason.contains(selection.error);
}

base::Error refusal(std::string what) {
    return base::Error(base::ErrorKind::invalid, std::move(what) + "; nothing was sent");
}

// Ids are looked for among all that ended, so that one that does not meet the rest of the choice
// is told apart from one that is not there.
base::Result<ledger::EndingQuery> query_for(ledger::Reporter& reporter,
                                            const RedriveSelection& selection) {
    Selection asked = selection;
    if (!selection.operations.empty()) {
        asked.account.clear();
        asked.error.clear();
    }
    auto query = query_of(reporter, asked);
    if (!query.has_value()) {
        return std::unexpected(refusal(query.error().message()));
    }
    query->states = {"failed", "expired", "rejected"};
    return *std::move(query);
}

base::Result<std::vector<ledger::EndedOperation>>
read_ended(ledger::Reporter& reporter, const RedriveSelection& selection, std::int64_t ended_max) {
    EXARCH_TRY(const ledger::EndingQuery query, query_for(reporter, selection));
    std::vector<ledger::EndedOperation> all;
    EXARCH_CHECK(reporter.endings(query, [&](const ledger::EndedOperation& ended) {
        all.push_back(ended);
        return std::cmp_less(all.size(), ended_max);
    }));
    return all;
}

base::Status look_for_ids(const std::vector<ledger::EndedOperation>& ended,
                          const RedriveSelection& selection) {
    for (const std::int64_t id : selection.operations) {
        const auto found =
            std::ranges::find(ended, ledger::OperationId(id), &ledger::EndedOperation::id);
        if (found == ended.end()) {
            return std::unexpected(
                refusal(fmt::format("--operation: {} is no operation that failed or expired{}; "
                                    "exarch status TASK lists those",
                                    id, selection.task.empty() ? "" : " in this task")));
        }
    }
    return {};
}

} // namespace

Selected select(std::vector<ledger::EndedOperation> ended, const RedriveSelection& selection) {
    Selected selected;
    for (ledger::EndedOperation& operation : ended) {
        if (!meets(operation, selection)) {
            continue;
        }
        if (operation.id == ledger::OperationId()) {
            ++selected.rejected;
        } else if (operation.is_outcome_unknown && !selection.unknown_too) {
            ++selected.unknown;
        } else {
            selected.operations.push_back(std::move(operation));
        }
    }
    std::ranges::sort(selected.operations, {}, &ledger::EndedOperation::id);
    return selected;
}

base::Result<Selected> select(ledger::Reporter& reporter, const RedriveSelection& selection,
                              std::int64_t ended_max) {
    EXARCH_TRY(auto ended, read_ended(reporter, selection, ended_max));
    EXARCH_CHECK(look_for_ids(ended, selection));
    const bool is_cut = std::cmp_greater_equal(ended.size(), ended_max);
    Selected selected = select(std::move(ended), selection);
    selected.is_cut = is_cut;
    if (selected.rejected > 0 && selected.operations.empty() && selected.unknown == 0) {
        return std::unexpected(refusal(
            fmt::format("only rejected parts of messages are chosen ({}), which never became "
                        "operations: mend them, and send them by exarch submit",
                        with_commas(selected.rejected))));
    }
    return selected;
}

} // namespace exarch::cli
