#pragma once

#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>

namespace exarch::table {

/// Does `work` for each of the places 0 to count - 1, `width` of them at once, and returns when all
/// have ended. After a failure no more is begun; the first one is returned.
[[nodiscard]] boost::asio::awaitable<base::Status>
concurrently(std::size_t count, std::size_t width,
             std::function<boost::asio::awaitable<base::Status>(std::size_t)> work);

} // namespace exarch::table
