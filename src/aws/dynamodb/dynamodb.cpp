#include "aws/dynamodb/dynamodb.hpp"

#include "aws/dynamodb/codec.hpp"
#include "base/assert.hpp"

namespace exarch::aws {

boost::asio::awaitable<Outcome<Item>> DynamoDb::get(Item key) const {
    ServiceRequest request = get_item_request({endpoint_, table_}, key);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_item);
}

boost::asio::awaitable<Outcome<Written>> DynamoDb::put(PutItem put) const {
    ServiceRequest request = put_item_request({endpoint_, table_}, put);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_written);
}

boost::asio::awaitable<Outcome<Written>> DynamoDb::update(UpdateItem update) const {
    ServiceRequest request = update_item_request({endpoint_, table_}, update);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_written);
}

boost::asio::awaitable<Outcome<std::vector<Inserted>>>
DynamoDb::insert(std::vector<Item> items, base::Duration longest) const {
    EXARCH_ASSERT(items.size() <= dynamodb_statements_max);
    ServiceRequest request = insertion_request({endpoint_, table_}, items);
    request.timeouts = {.first_byte = longest, .whole = longest};
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    if (!reply.has_value()) {
        co_return std::unexpected(reply.error());
    }
    co_return parse_insertions(*reply, items.size());
}

boost::asio::awaitable<Outcome<TransactionEnd>> DynamoDb::transact(Transaction transaction) const {
    EXARCH_ASSERT(transaction.updates.size() + transaction.puts.size() <=
                  dynamodb_transaction_writes_max);
    ServiceRequest request = transaction_request({endpoint_, table_}, transaction);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_transaction_end);
}

boost::asio::awaitable<Outcome<QueryPage>> DynamoDb::query(Query query) const {
    ServiceRequest request = query_request({endpoint_, table_}, query);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_page);
}

boost::asio::awaitable<Outcome<TableDescription>> DynamoDb::describe() const {
    ServiceRequest request = describe_table_request({endpoint_, table_});
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_table);
}

boost::asio::awaitable<Outcome<TimeToLive>> DynamoDb::describe_time_to_live() const {
    ServiceRequest request = describe_time_to_live_request({endpoint_, table_});
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_time_to_live);
}

} // namespace exarch::aws
