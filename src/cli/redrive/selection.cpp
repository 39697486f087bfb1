#include "cli/redrive/selection.hpp"

#include "cli/audit/ending_query.hpp"
#include "cli/ledger/operation_keys.hpp"
#include "cli/redrive/redriven_task.hpp"
#include "cli/terminal/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace exarch::cli {
namespace {

base::Error refusal(std::string what) {
    return base::Error(base::ErrorKind::invalid, std::move(what) + "; nothing was sent");
}

// Ids are looked for among all that ended, so that one that does not meet the rest of the choice
// is told apart from one that is not there.
base::Result<ledger::EndingQuery> query_for(ledger::Reporter& reporter,
                                            const RedriveSelection& selection) {
    Selection asked = selection;
    auto operations = keys_in(selection.operations, reporter.numbers_by_account(),
                              base::AccountId(selection.account));
    if (!operations.has_value()) {
        return std::unexpected(refusal(operations.error().message()));
    }
    asked.operations = *std::move(operations);
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

// The queue would take it for a duplicate as well, for as long as that is remembered.
base::Result<bool> is_known(ledger::Reporter& reporter, const std::string& id) {
    EXARCH_TRY(const std::vector<ledger::TaskReport> tasks, reporter.tasks(id));
    return std::ranges::any_of(tasks, [](const ledger::TaskReport& task) {
        return task.operations.total() > task.operations.rejected;
    });
}

class Selector {
public:
    Selector(ledger::Reporter& reporter, const RedriveSelection& selection, std::int64_t chosen_max)
        : reporter_(reporter), selection_(selection), chosen_max_(chosen_max) {}

    // False where no more are wanted.
    base::Result<bool> take(const ledger::EndedOperation& ended) {
        if (!selection_.operations.empty()) {
            found_.insert(ended.id);
        }
        if (ended.lane.account.value() != selection_.account && !selection_.account.empty()) {
            return true;
        }
        if (!ended.reason.contains(selection_.error)) {
            return true;
        }
        if (ended.id == ledger::OperationKey()) {
            ++selected_.rejected;
        } else if (ended.is_outcome_unknown && !selection_.unknown_too) {
            ++selected_.unknown;
        } else {
            return choose(ended);
        }
        return true;
    }

    base::Result<Selected> finish(const std::vector<ledger::OperationKey>& asked) {
        for (const ledger::OperationKey& id : asked) {
            if (!selected_.is_cut && !found_.contains(id)) {
                return std::unexpected(refusal(
                    fmt::format("--operation: {} is no operation that failed or expired{}; exarch "
                                "status TASK lists those",
                                format(id), selection_.task.empty() ? "" : " in this task")));
            }
        }
        const bool is_empty = selected_.operations.empty() && selected_.known.empty();
        if (selected_.rejected > 0 && is_empty && selected_.unknown == 0) {
            return std::unexpected(refusal(
                fmt::format("only rejected parts of messages are chosen ({}), which never became "
                            "operations: mend them, and send them by exarch submit",
                            with_commas(selected_.rejected))));
        }
        std::ranges::sort(selected_.operations, {}, &ledger::EndedOperation::id);
        std::ranges::sort(selected_.known, {}, &ledger::EndedOperation::id);
        return std::move(selected_);
    }

private:
    base::Result<bool> choose(const ledger::EndedOperation& ended) {
        EXARCH_TRY(const bool is_redriven, is_known(reporter_, redriven_id(ended)));
        std::vector<ledger::EndedOperation>& kept =
            is_redriven ? selected_.known : selected_.operations;
        if (std::cmp_less(kept.size(), chosen_max_)) {
            kept.push_back(ended);
            return true;
        }
        selected_.is_cut = !is_redriven;
        return is_redriven;
    }

    ledger::Reporter& reporter_;
    const RedriveSelection& selection_;
    std::int64_t chosen_max_;
    std::set<ledger::OperationKey> found_;
    Selected selected_;
};

} // namespace

base::Result<Selected> select(ledger::Reporter& reporter, const RedriveSelection& selection,
                              std::int64_t chosen_max) {
    EXARCH_TRY(const auto moment, reporter.hold());
    EXARCH_TRY(const ledger::EndingQuery query, query_for(reporter, selection));
    Selector selector(reporter, selection, chosen_max);
    base::Result<bool> goes_on = true;
    EXARCH_CHECK(reporter.endings(query, [&](const ledger::EndedOperation& ended) {
        goes_on = selector.take(ended);
        return goes_on.has_value() && *goes_on;
    }));
    if (!goes_on.has_value()) {
        return std::unexpected(std::move(goes_on).error());
    }
    return selector.finish(query.operations);
}

} // namespace exarch::cli
