#pragma once

#include "base/result.hpp"
#include "ledger/report.hpp"
#include "table/batch_reader.hpp"
#include "table/items/call.hpp"
#include "table/reporter/ending_streams.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace exarch::table {

/// Finds how operations ended, the latest first, some at a time.
class EndingSearch {
public:
    /// `query` names tasks by all their pieces. `table` must outlive it.
    EndingSearch(Table& table, ledger::EndingQuery query, EndingScope scope,
                 std::chrono::milliseconds longest_call);

    /// Some more; none where there are no more.
    [[nodiscard]] boost::asio::awaitable<base::Result<std::vector<ledger::EndedOperation>>> next();

private:
    /// An item and what it says of each operation, as far as they have been told.
    struct Told {
        EndingMark mark;
        ledger::EndedOperation sample;
        std::vector<ledger::OperationId> operations;
        std::size_t next = 0;
    };
    using BatchKey = std::pair<base::AccountId, std::int64_t>;
    using Found = std::vector<ledger::EndedOperation>;

    [[nodiscard]] boost::asio::awaitable<base::Status> fetch();
    [[nodiscard]] boost::asio::awaitable<base::Status> read(Told& told);
    [[nodiscard]] boost::asio::awaitable<base::Status> read_call(Told& told);
    [[nodiscard]] boost::asio::awaitable<base::Status> read_ending(Told& told);
    [[nodiscard]] boost::asio::awaitable<base::Status> tell_operations(Told& told, Found& found);
    /// Takes the place of what is asked for.
    [[nodiscard]] boost::asio::awaitable<base::Status>
    read_batch_into(std::shared_ptr<const KnownBatch>& place, base::AccountId account,
                    std::int64_t number);
    [[nodiscard]] boost::asio::awaitable<base::Status> tell_rejections(const Told& told,
                                                                       Found& found);
    void keep_asked(Told& told) const;
    void add(ledger::EndedOperation ended, Found& found) const;

    Table& table_;
    ledger::EndingQuery query_;
    /// Where what is asked for by key stands; empty: anywhere.
    std::set<BatchKey> batches_;
    std::set<ledger::OperationKey> operations_;
    EndingStreams streams_;
    BatchReader reader_;
    /// Read ahead, in order.
    std::deque<Told> ahead_;
    bool is_over_ = false;
};

} // namespace exarch::table
