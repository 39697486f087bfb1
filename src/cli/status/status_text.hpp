#pragma once

#include "cli/status/status_snapshot.hpp"
#include "cli/terminal/table.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace exarch::cli {

struct StatusTextParams {
    Layout layout;
    /// Lanes shown at most, those that take longest first. All of them are in the JSON.
    std::size_t lanes_max = 50;
    std::size_t accounts_max = 50;
};

/// For people: totals, accounts, lanes that are not settled, what did not succeed.
[[nodiscard]] std::string render_status(const StatusSnapshot& snapshot,
                                        const StatusTextParams& params);

/// For people: each task, what of it waits and why, and what did not succeed.
[[nodiscard]] std::string render_tasks(const std::vector<TaskStatus>& tasks, base::Timestamp now,
                                       const Layout& layout);

/// A sentence a line, of which there may be too many for people.
[[nodiscard]] std::string render_waiting(const std::vector<Waiting>& waiting, base::Timestamp now);

/// Lanes whose operations wait for something that only people can bring; nothing where there are
/// none.
[[nodiscard]] std::string render_blocked(const std::vector<ledger::LaneReport>& lanes,
                                         const Layout& layout);

/// Why, with what was rejected where that is short.
[[nodiscard]] std::string describe_reason(const ledger::EndedOperation& operation);

/// A table of operations that did not succeed, and how many more of `all` there are; empty where
/// there are none.
[[nodiscard]] std::string render_unsuccessful(const std::vector<ledger::EndedOperation>& operations,
                                              std::int64_t all, const Layout& layout);

} // namespace exarch::cli
