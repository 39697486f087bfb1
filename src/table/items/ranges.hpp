#pragma once

#include "aws/dynamodb/item.hpp"
#include "base/result.hpp"
#include "ledger/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Many numbers in few bytes: what a call carries is mostly what was accepted one after another.
namespace exarch::table {

/// `0-99,105,103`: in the order given; neighbours that rise by one are one range.
[[nodiscard]] std::string format_ranges(std::span<const std::int64_t> numbers);
/// Fails as corrupt where the text is anything else, or means a number that is not below `limit`,
/// or more numbers than that.
[[nodiscard]] base::Result<std::vector<std::int64_t>> parse_ranges(std::string_view text,
                                                                   std::int64_t limit);

/// A list with one text for each batch, `17:0-99,105`, in ascending order.
[[nodiscard]] aws::AttributeValue format_operations(std::vector<ledger::OperationId> operations);
/// What one item may mean: what it could say would else fill any memory.
inline constexpr std::size_t operations_max = 10'000'000;
/// In ascending order. Fails as corrupt where the list is anything else, or means more than
/// operations_max.
[[nodiscard]] base::Result<std::vector<ledger::OperationId>>
parse_operations(const aws::AttributeValue::List& list);

} // namespace exarch::table
