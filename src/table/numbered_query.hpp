#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "base/identifier.hpp"
#include "base/result.hpp"
#include "table/items/keys.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <vector>

namespace exarch::table {

/// More than is ever given to anything.
inline constexpr std::int64_t last_number = 999'999'999'999;

/// Asks for what is numbered in an account, from `first` to `last`, which must not be before it.
[[nodiscard]] aws::Query numbered_query(const base::AccountId& account, Numbered kind,
                                        std::int64_t first, std::int64_t last = last_number);

/// Asks the index for the keys of all accounts' logs, that of rejections among them; what was
/// written a moment ago may not be there yet.
[[nodiscard]] aws::Query logs_query();

/// All pages of it. `table` must outlive the coroutine.
[[nodiscard]] boost::asio::awaitable<base::Result<std::vector<aws::Item>>>
read_items(Table& table, aws::Query query);

} // namespace exarch::table
