#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "aws/service_request.hpp"

#include <cstddef>
#include <span>
#include <vector>

/// The pure half of DynamoDb: requests of DynamoDB's JSON 1.0 protocol, and its replies.
namespace exarch::aws {

/// Where a request goes: the table, and the endpoint that has it.
struct DynamoDbAddress {
    const Endpoint& endpoint;
    const TableName& table;
};

[[nodiscard]] ServiceRequest get_item_request(const DynamoDbAddress& address, const Item& key);
[[nodiscard]] Outcome<Item> parse_item(const Reply& reply);

[[nodiscard]] ServiceRequest put_item_request(const DynamoDbAddress& address, const PutItem& put);
[[nodiscard]] ServiceRequest update_item_request(const DynamoDbAddress& address,
                                                 const UpdateItem& update);
[[nodiscard]] Outcome<Written> parse_written(const Reply& reply);

[[nodiscard]] ServiceRequest transaction_request(const DynamoDbAddress& address,
                                                 const Transaction& transaction);
[[nodiscard]] Outcome<TransactionEnd> parse_transaction_end(const Reply& reply);

[[nodiscard]] ServiceRequest query_request(const DynamoDbAddress& address, const Query& query);
[[nodiscard]] Outcome<QueryPage> parse_page(const Reply& reply);

[[nodiscard]] ServiceRequest batch_write_request(const DynamoDbAddress& address,
                                                 std::span<const BatchWrite> writes);
/// The places in `writes` of those that the reply leaves unprocessed.
[[nodiscard]] Outcome<std::vector<std::size_t>>
parse_unprocessed_writes(const Reply& reply, const TableName& table,
                         std::span<const BatchWrite> writes);

[[nodiscard]] ServiceRequest batch_get_request(const DynamoDbAddress& address,
                                               std::span<const Item> keys);
[[nodiscard]] Outcome<DynamoDb::Batch> parse_batch_items(const Reply& reply,
                                                         const TableName& table);

[[nodiscard]] ServiceRequest describe_table_request(const DynamoDbAddress& address);
[[nodiscard]] Outcome<TableDescription> parse_table(const Reply& reply);

} // namespace exarch::aws
