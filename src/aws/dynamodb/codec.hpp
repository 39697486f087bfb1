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

/// A statement of PartiQL for each item.
[[nodiscard]] ServiceRequest insertion_request(const DynamoDbAddress& address,
                                               std::span<const Item> items);
/// Of that many items. Fails where all of them are denied.
[[nodiscard]] Outcome<std::vector<Inserted>> parse_insertions(const Reply& reply,
                                                              std::size_t items);

[[nodiscard]] ServiceRequest transaction_request(const DynamoDbAddress& address,
                                                 const Transaction& transaction);
[[nodiscard]] Outcome<TransactionEnd> parse_transaction_end(const Reply& reply);

[[nodiscard]] ServiceRequest query_request(const DynamoDbAddress& address, const Query& query);
[[nodiscard]] Outcome<QueryPage> parse_page(const Reply& reply);

[[nodiscard]] ServiceRequest describe_table_request(const DynamoDbAddress& address);
[[nodiscard]] Outcome<TableDescription> parse_table(const Reply& reply);

[[nodiscard]] ServiceRequest describe_time_to_live_request(const DynamoDbAddress& address);
[[nodiscard]] Outcome<TimeToLive> parse_time_to_live(const Reply& reply);

} // namespace exarch::aws
