#pragma once

#include "ledger/record.hpp"

#include <string>

namespace exarch::core {

/// One line for a log: whose message it is, how many of its parts are rejected, and the first of
/// them with its place and reason. The ledger has all of them. The task has one at least.
[[nodiscard]] std::string describe_rejections(const ledger::AcceptTask& task);

/// The same of a task whose id is that of another one.
[[nodiscard]] std::string describe_conflict(const ledger::AcceptTask& task);

} // namespace exarch::core
