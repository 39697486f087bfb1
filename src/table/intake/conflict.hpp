#pragma once

#include "ledger/record.hpp"

#include <string>

namespace exarch::table {

/// What is recorded of a task whose name is known with other content: a task that rejects
/// operation by operation, like what could not be read; without the name, which is another one's.
[[nodiscard]] ledger::AcceptTask rejected(const ledger::AcceptTask& task,
                                          const std::string& known_digest);

} // namespace exarch::table
