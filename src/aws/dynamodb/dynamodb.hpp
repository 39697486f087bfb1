#pragma once

#include "aws/caller.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/dynamodb/item.hpp"
#include "aws/dynamodb/table_description.hpp"
#include "aws/endpoint.hpp"
#include "aws/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace exarch::aws {

/// What TransactWriteItems takes at once, in writes.
inline constexpr std::size_t dynamodb_transaction_writes_max = 100;
/// What BatchExecuteStatement takes at once, in statements.
inline constexpr std::size_t dynamodb_statements_max = 25;
/// What an item may be, as size_of() counts it.
inline constexpr std::size_t dynamodb_item_bytes_max = std::size_t{400} * 1024;

/// An expression in DynamoDB's own language, with what its `#names` and `:values` stand for.
/// Empty text is none.
struct Expression {
    std::string text;
    /// `#name` → the attribute.
    std::vector<std::pair<std::string, std::string>> names;
    /// `:value` → what to put there.
    Item values;
};

/// Puts a whole item in the place of the one with its key.
struct PutItem {
    Item item;
    /// Of the item that is there.
    Expression condition;
};

/// Changes attributes of the item with this key, which is made where there is none.
struct UpdateItem {
    Item key;
    /// The condition's names and values are among those of the update.
    Expression update;
    std::string condition;
};

/// What came of a conditional write: a condition that does not hold is an answer, no failure.
struct Written {
    bool is_applied = false;
    /// The item as it is now where it was updated, as it was where the condition did not hold;
    /// empty where there is none, and after a put.
    Item item;

    friend bool operator==(const Written&, const Written&) = default;
};

/// Whether an item was put where nothing had its key.
enum class Inserted : std::uint8_t {
    yes,
    /// Something has its key.
    exists,
    /// Throttled, denied or wrong: certainly without effect.
    refused,
    unknown,
};

/// Writes that all happen at one moment, or not at all; no two to one item.
struct Transaction {
    std::vector<UpdateItem> updates;
    std::vector<PutItem> puts;
    /// At most 36 characters. For ten minutes DynamoDB knows a transaction by it, and a second one
    /// does nothing.
    std::string client_token;
};

/// What came of a transaction: like Written of each of its writes.
struct TransactionEnd {
    enum class Kind : std::uint8_t {
        applied,
        /// The condition of `write` does not hold.
        condition_failed,
        /// Another write to one of its items was under way, or there was no throughput: it may be
        /// sent again, later.
        conflict,
    };
    Kind kind = Kind::applied;
    /// The place of the write whose condition does not hold, updates before puts.
    std::size_t write = 0;
    /// The item as it is; empty where there is none.
    Item item;

    friend bool operator==(const TransactionEnd&, const TransactionEnd&) = default;
};

/// Reads items of one partition in the order of their sort keys, a page of up to 1 MB at a time.
struct Query {
    /// Empty: the table itself.
    std::string index;
    Expression condition;
    bool is_consistent = true;
    bool is_descending = false;
    /// Items looked at for a page; 0 for as many as there are.
    std::int32_t limit = 0;
    /// Where the page before has ended; empty for the first.
    Item start;
};

struct QueryPage {
    std::vector<Item> items;
    /// Where to go on; empty where there is no more.
    Item next;
};

/// Amazon DynamoDB (JSON 1.0 protocol), one attempt a call. `caller` and `credentials` must outlive
/// it, and it the coroutines that its functions return.
///
/// Writes are conditional or whole, and made to be repeated: one whose outcome is unknown may be
/// sent again by who knows what a second time does.
class DynamoDb {
public:
    DynamoDb(Caller& caller, CredentialsProvider& credentials, Endpoint endpoint, TableName table)
        : caller_(caller), credentials_(credentials), endpoint_(std::move(endpoint)),
          table_(std::move(table)) {}

    [[nodiscard]] const TableName& table() const { return table_; }

    /// Strongly consistent. An item that is not there is an empty one.
    [[nodiscard]] boost::asio::awaitable<Outcome<Item>> get(Item key) const;
    [[nodiscard]] boost::asio::awaitable<Outcome<Written>> put(PutItem put) const;
    [[nodiscard]] boost::asio::awaitable<Outcome<Written>> update(UpdateItem update) const;
    /// Many items in one request, each for itself. At most dynamodb_statements_max. What became of
    /// each, in order; denied where each one is.
    [[nodiscard]] boost::asio::awaitable<Outcome<std::vector<Inserted>>>
    insert(std::vector<Item> items, base::Duration longest) const;
    [[nodiscard]] boost::asio::awaitable<Outcome<TransactionEnd>>
    transact(Transaction transaction) const;
    [[nodiscard]] boost::asio::awaitable<Outcome<QueryPage>> query(Query query) const;
    [[nodiscard]] boost::asio::awaitable<Outcome<TableDescription>> describe() const;
    [[nodiscard]] boost::asio::awaitable<Outcome<TimeToLive>> describe_time_to_live() const;

private:
    Caller& caller_;
    CredentialsProvider& credentials_;
    Endpoint endpoint_;
    TableName table_;
};

} // namespace exarch::aws
