#pragma once

#include "base/result.hpp"
#include "ledger/report.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace exarch::table {

/// What one batch holds of a task.
struct TaskPiece {
    base::AccountId account;
    std::int64_t batch = 0;
    /// Its place among the batch's tasks, and that of its first operation among the operations.
    std::size_t task = 0;
    std::int64_t first = 0;
    ledger::AcceptTask content;

    [[nodiscard]] ledger::TaskKey key() const;
};

/// A task, put together from all accounts that it concerns.
struct FoundTask {
    /// Whether its name, or its message, is still known.
    bool is_claimed = false;
    /// One at least.
    std::vector<TaskPiece> pieces;
};

/// The task of which this is a piece; none where it is not there. `table` must outlive the
/// coroutine, here and below.
[[nodiscard]] boost::asio::awaitable<base::Result<std::optional<FoundTask>>>
find_task(Table& table, ledger::TaskKey piece);

/// Tasks of this name, or of this message where they have none; that with a piece of this key only
/// where there is none of these. The newest first, a thousand at most.
[[nodiscard]] boost::asio::awaitable<base::Result<std::vector<FoundTask>>>
find_tasks(Table& table, std::string name);

} // namespace exarch::table
