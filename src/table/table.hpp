#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <vector>

/// The table as the ledger sees it.
namespace exarch::table {

/// A DynamoDB table that is asked again for as long as that may help. An error is one that does not
/// pass: permissions, a table that is not there, no answer for half a minute.
///
/// A write whose answer was lost is sent again, so each has to be such that twice is like once, or
/// that its second answer shows what the first one did.
class Table {
public:
    virtual ~Table() = default;

    /// Strongly consistent. An item that is not there is an empty one.
    [[nodiscard]] virtual boost::asio::awaitable<base::Result<aws::Item>> get(aws::Item key) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<base::Result<aws::Written>>
    put(aws::PutItem put) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<base::Result<aws::Written>>
    update(aws::UpdateItem update) = 0;
    /// Puts many items in one request, each where nothing has its key; what became of each, in
    /// order. At most aws::dynamodb_statements_max. A short cut only: asked once, for no longer
    /// than this, and what is wrong is told by put().
    [[nodiscard]] virtual boost::asio::awaitable<std::vector<aws::Inserted>>
    insert(std::vector<aws::Item> items, base::Duration longest) = 0;
    /// What one transaction may write at most.
    [[nodiscard]] virtual std::size_t transaction_writes_max() const {
        return aws::dynamodb_transaction_writes_max;
    }
    /// Whether it was applied; where not, the condition of one of its writes does not hold.
    [[nodiscard]] virtual boost::asio::awaitable<base::Result<bool>>
    transact(aws::Transaction transaction) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<base::Result<aws::QueryPage>>
    query(aws::Query query) = 0;
};

} // namespace exarch::table
