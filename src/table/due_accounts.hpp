#pragma once

#include "base/identifier.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace exarch::table {

/// An account whose log somebody has to look at, and from when on.
struct DueAccount {
    base::AccountId account;
    base::Timestamp due;

    friend bool operator==(const DueAccount&, const DueAccount&) = default;
};

/// Those that are due by then, the longest due first. What was written within the last second may
/// not show yet: the index is eventually consistent.
[[nodiscard]] boost::asio::awaitable<base::Result<std::vector<DueAccount>>>
find_due(Table& table, base::Timestamp until);

} // namespace exarch::table
