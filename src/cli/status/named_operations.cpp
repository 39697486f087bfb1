#include "cli/status/named_operations.hpp"

#include "cli/status/status_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::cli {
namespace {

std::string describe_done(const std::vector<ledger::OperationKey>& operations) {
    if (operations.empty()) {
        return {};
    }
    std::string ids;
    for (const ledger::OperationKey& operation : operations) {
        ids += " " + ledger::format(operation);
    }
    const bool is_one = operations.size() == 1;
    const std::string which =
        is_one ? "Operation" + ids + " is" : fmt::format("{} operations are", operations.size());
    return fmt::format("{} done; exarch audit list --operation{} tells by which call{}.\n", which,
                       ids, is_one ? "" : "s");
}

} // namespace

base::Result<NamedOperations> endings_of(ledger::Reporter& reporter,
                                         const std::set<ledger::OperationKey>& ended,
                                         std::string_view ledger) {
    NamedOperations named;
    if (ended.empty()) {
        return named;
    }
    std::set<ledger::OperationKey> missing = ended;
    ledger::EndingQuery query;
    query.operations.assign(ended.begin(), ended.end());
    EXARCH_CHECK(reporter.endings(query, [&](const ledger::EndedOperation& ending) {
        missing.erase(ending.id);
        if (ending.state == "done") {
            named.done.push_back(ending.id);
        } else {
            named.unsuccessful.push_back(ending);
        }
        return !missing.empty();
    }));
    if (!missing.empty()) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("--operation: no operation {} in {}; it may be forgotten "
                                    "already",
                                    ledger::format(*missing.begin()), ledger)));
    }
    std::ranges::sort(named.done);
    return named;
}

ExitCode exit_code_of(const NamedOperations& operations) {
    const bool is_blocked = std::ranges::any_of(operations.waiting, [](const Waiting& waiting) {
        return std::holds_alternative<WaitForMend>(waiting.cause);
    });
    return is_blocked || !operations.unsuccessful.empty() ? ExitCode::some_failed : ExitCode::done;
}

std::string render_operations(const NamedOperations& operations, base::Timestamp now,
                              const Layout& layout) {
    return render_waiting(operations.waiting, now) + describe_done(operations.done) +
           render_unsuccessful(operations.unsuccessful, 0, layout);
}

} // namespace exarch::cli
