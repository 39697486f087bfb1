#pragma once

#include "base/identifier.hpp"
#include "base/result.hpp"
#include "ledger/record.hpp"
#include "table/items/batch.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace exarch::table {

/// A batch, and where each of its tasks begins.
struct KnownBatch {
    Batch batch;
    /// For each task the place of its first operation.
    std::vector<std::int64_t> first;

    /// The task that has an operation of this place, and the operation; null where there is none.
    [[nodiscard]] std::pair<std::size_t, const ledger::NewOperation*>
    find(std::int64_t place) const;
};

/// Reads batches, and keeps the last few, which nobody changes any more.
class BatchReader {
public:
    /// `table` must outlive it.
    explicit BatchReader(Table& table, std::size_t kept_max = 32)
        : table_(table), kept_max_(kept_max) {}

    /// Null where it is not there: forgotten, or never written.
    [[nodiscard]] boost::asio::awaitable<base::Result<std::shared_ptr<const KnownBatch>>>
    get(base::AccountId account, std::int64_t number);

private:
    using Key = std::pair<base::AccountId, std::int64_t>;

    Table& table_;
    std::size_t kept_max_;
    std::map<Key, std::shared_ptr<const KnownBatch>> kept_;
    std::deque<Key> order_;
};

} // namespace exarch::table
