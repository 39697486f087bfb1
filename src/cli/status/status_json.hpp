#pragma once

#include "cli/status/named_operations.hpp"
#include "cli/status/status_snapshot.hpp"

#include <boost/json/object.hpp>

#include <vector>

namespace exarch::cli {

// For scripts. Names and meanings stay; members may be added. Where there is nothing to tell
// (`blocked_reason`, `estimated_seconds`, …) a member is null.

/// Lanes that are blocked, with the operations that wait in them.
[[nodiscard]] boost::json::array to_json(const std::vector<ledger::LaneReport>& blocked);

[[nodiscard]] boost::json::object to_json(const StatusSnapshot& snapshot);
[[nodiscard]] boost::json::object to_json(const std::vector<TaskStatus>& tasks,
                                          base::Timestamp now);
[[nodiscard]] boost::json::object to_json(const NamedOperations& operations, base::Timestamp now);
/// Why operations are open; members that a cause does not have are null.
[[nodiscard]] boost::json::array to_json(const std::vector<Waiting>& waiting, base::Timestamp now);
[[nodiscard]] boost::json::object to_json(const ledger::EndedOperation& operation);

} // namespace exarch::cli
