#pragma once

#include "ledger/record.hpp"

#include <tuple>

namespace exarch::ledger {

/// Whether two operations of a task differ in nothing but their item: neighbours that do are
/// stored as one run.
[[nodiscard]] inline bool same_run(const NewOperation& left, const NewOperation& right) {
    return std::tie(left.lane, left.priority, left.not_before, left.deadline) ==
           std::tie(right.lane, right.priority, right.not_before, right.deadline);
}

} // namespace exarch::ledger
