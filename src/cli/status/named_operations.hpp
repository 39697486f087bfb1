#pragma once

#include "base/result.hpp"
#include "cli/exit_code.hpp"
#include "cli/status/waiting.hpp"
#include "cli/terminal/table.hpp"
#include "ledger/report.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::cli {

/// What has become of operations that somebody named by their ids, at one moment.
struct NamedOperations {
    /// Why those are open that are.
    std::vector<Waiting> waiting;
    std::vector<ledger::OperationKey> done;
    std::vector<ledger::EndedOperation> unsuccessful;
};

/// How those ended that are not open; `waiting` is left to the caller. Fails as invalid at the
/// first that `ledger`, as people call it, does not know.
[[nodiscard]] base::Result<NamedOperations> endings_of(ledger::Reporter& reporter,
                                                       const std::set<ledger::OperationKey>& ended,
                                                       std::string_view ledger);

/// As for a task: some_failed where one did not succeed, or waits for people.
[[nodiscard]] ExitCode exit_code_of(const NamedOperations& operations);

[[nodiscard]] std::string render_operations(const NamedOperations& operations, base::Timestamp now,
                                            const Layout& layout);

} // namespace exarch::cli
