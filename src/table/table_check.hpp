#pragma once

#include "aws/dynamodb/table_description.hpp"
#include "aws/error.hpp"
#include "base/identifier.hpp"
#include "base/result.hpp"

#include <string_view>

namespace exarch::table {

/// Whether a ledger can be kept in the table called `name`: before anything is written to it, and
/// for who examines a setup. Fails as unreachable where waiting is the mend, and as invalid, naming
/// what is wrong and the mend, where somebody has to change the table or name another one.
[[nodiscard]] base::Status check_table(const aws::TableDescription& table, std::string_view name);

/// The same of DescribeTable's answer in a region; fails as not_found where there is no table.
/// Whoever may not ask finds out by what is asked next.
[[nodiscard]] base::Status check_table(const aws::Outcome<aws::TableDescription>& described,
                                       std::string_view name, const base::Region& region);

} // namespace exarch::table
