#include "aws/dynamodb/codec.hpp"

#include "aws/detail/error_reply.hpp"
#include "aws/detail/json.hpp"
#include "aws/detail/json_protocol.hpp"
#include "aws/detail/text.hpp"
#include "aws/dynamodb/item_json.hpp"
#include "aws/dynamodb/table_description.hpp"
#include "base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace exarch::aws {
namespace {

namespace json = boost::json;

constexpr std::string_view condition_failed = "ConditionalCheckFailedException";
constexpr std::string_view access_denied = "AccessDenied";
constexpr std::string_view transaction_cancelled = "TransactionCanceledException";

/// A page holds 1 MB as DynamoDB measures it; JSON names the type of each
/// value, and escapes what it must.
constexpr std::size_t reply_bytes_max = large_reply_bytes_max;

/// The item under `name`; empty where there is none.
Item read_member(const json::object& object, std::string_view name) {
    const json::object* member = object_member(object, name);
    return member == nullptr ? Item() : item_of(*member);
}

ServiceRequest request_for(const Endpoint& endpoint, std::string_view operation,
                           const json::object& parameters) {
    ServiceRequest request = json_request(
        endpoint, {.service = "dynamodb", .target_prefix = "DynamoDB_20120810", .name = operation},
        parameters);
    request.reply_bytes_max = reply_bytes_max;
    return request;
}

json::object parameters_for(const TableName& table) {
    json::object parameters;
    parameters["TableName"] = table.value();
    return parameters;
}

void add_names_and_values(json::object& parameters, const Expression& expression) {
    if (!expression.names.empty()) {
        json::object names;
        for (const auto& [name, attribute] : expression.names) {
            names.emplace(name, attribute);
        }
        parameters["ExpressionAttributeNames"] = std::move(names);
    }
    if (!expression.values.empty()) {
        parameters["ExpressionAttributeValues"] = to_json(expression.values);
    }
}

void add_condition(json::object& parameters, const std::string& condition) {
    if (!condition.empty()) {
        parameters["ConditionExpression"] = condition;
        parameters["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD";
    }
}

json::object parameters_of(const DynamoDbAddress& address, const PutItem& put) {
    json::object parameters = parameters_for(address.table);
    parameters["Item"] = to_json(put.item);
    add_condition(parameters, put.condition.text);
    add_names_and_values(parameters, put.condition);
    return parameters;
}

json::object parameters_of(const DynamoDbAddress& address, const UpdateItem& update) {
    json::object parameters = parameters_for(address.table);
    parameters["Key"] = to_json(update.key);
    parameters["UpdateExpression"] = update.update.text;
    add_condition(parameters, update.condition);
    add_names_and_values(parameters, update.update);
    return parameters;
}

/// A reply that is not what it should be; of a write it leaves the outcome open.
Failure unreadable(const Reply& reply, bool mutating, std::string_view why) {
    return unreadable_reply(reply, mutating, fmt::format("DynamoDB's reply: {}", why));
}

Outcome<json::value> read_object(const Reply& reply, bool mutating) {
    return read_json_reply(reply, mutating, "DynamoDB", item_reply_limits);
}

/// The object under this name of an answer that cannot do without it.
Outcome<json::object> read_description(const Reply& reply, std::string_view name,
                                       std::string_view complaint) {
    const Outcome<json::value> document = read_object(reply, false);
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    const json::object* member = object_member(document->get_object(), name);
    if (member == nullptr) {
        return std::unexpected(unreadable(reply, false, complaint));
    }
    return *member;
}

/// Whether a transaction that was cancelled for this may come through later.
bool is_passing(std::string_view code) {
    constexpr std::array<std::string_view, 3> codes{"TransactionConflict", "ThrottlingError",
                                                    "ProvisionedThroughputExceeded"};
    return std::ranges::find(codes, code) != codes.end();
}

/// What a part of a request was refused for, whatever became of its other parts.
Failure refused(const Reply& reply, Remedy remedy, std::string_view code,
                std::string_view message) {
    Failure failure;
    failure.remedy = remedy;
    failure.code = printable(code, 128);
    failure.message = printable(message, 1024);
    failure.http_status = reply.status;
    failure.request_id = reply.request_id;
    failure.sent_at = reply.sent_at;
    return failure;
}

/// `INSERT INTO "table" VALUE {'pk':?,'sk':?}`, its values beside it: names are exarch's own, and
/// no other may hold a quote.
json::object insertion_of(const TableName& table, const Item& item) {
    std::string text = fmt::format("INSERT INTO \"{}\" VALUE {{", table.value());
    json::array values;
    values.reserve(item.size());
    for (const auto& [name, value] : item) {
        EXARCH_ASSERT(name.find('\'') == std::string::npos);
        text += fmt::format("{}'{}':?", values.empty() ? "" : ",", name);
        values.push_back(to_json(value));
    }
    return {{"Statement", text + "}"}, {"Parameters", std::move(values)}};
}

/// What became of a statement that failed for this. Source: "BatchStatementError" in DynamoDB's
/// API reference.
Inserted inserted_after(std::string_view code) {
    constexpr std::array<std::string_view, 8> without_effect{
        access_denied,         "ValidationError",
        "ResourceNotFound",    "RequestLimitExceeded",
        "ThrottlingError",     "ProvisionedThroughputExceeded",
        "TransactionConflict", "ItemCollectionSizeLimitExceeded"};
    if (code == "DuplicateItem") {
        return Inserted::exists;
    }
    const bool is_refused = std::ranges::find(without_effect, code) != without_effect.end();
    return is_refused ? Inserted::refused : Inserted::unknown;
}

} // namespace

ServiceRequest get_item_request(const DynamoDbAddress& address, const Item& key) {
    json::object parameters = parameters_for(address.table);
    parameters["Key"] = to_json(key);
    parameters["ConsistentRead"] = true;
    return request_for(address.endpoint, "GetItem", parameters);
}

Outcome<Item> parse_item(const Reply& reply) {
    const Outcome<json::value> document = read_object(reply, false);
    return and_then(document, [](const json::value& value) {
        return Outcome<Item>(read_member(value.get_object(), "Item"));
    });
}

ServiceRequest put_item_request(const DynamoDbAddress& address, const PutItem& put) {
    ServiceRequest request = request_for(address.endpoint, "PutItem", parameters_of(address, put));
    request.mutating = true;
    request.answering_code = condition_failed;
    return request;
}

ServiceRequest update_item_request(const DynamoDbAddress& address, const UpdateItem& update) {
    json::object parameters = parameters_of(address, update);
    parameters["ReturnValues"] = "ALL_NEW";
    ServiceRequest request = request_for(address.endpoint, "UpdateItem", parameters);
    request.mutating = true;
    request.answering_code = condition_failed;
    return request;
}

Outcome<Written> parse_written(const Reply& reply) {
    const bool is_applied = reply.status == http::status_ok;
    const Outcome<json::value> document = read_object(reply, is_applied);
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    const json::object& object = document->get_object();
    return Written{.is_applied = is_applied,
                   .item = read_member(object, is_applied ? "Attributes" : "Item")};
}

ServiceRequest insertion_request(const DynamoDbAddress& address, std::span<const Item> items) {
    json::array statements;
    statements.reserve(items.size());
    for (const Item& item : items) {
        statements.push_back(insertion_of(address.table, item));
    }
    ServiceRequest request = request_for(address.endpoint, "BatchExecuteStatement",
                                         {{"Statements", std::move(statements)}});
    request.mutating = true;
    return request;
}

Outcome<std::vector<Inserted>> parse_insertions(const Reply& reply, std::size_t items) {
    const Outcome<json::value> document = read_object(reply, true);
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    const json::array* responses = array_member(document->get_object(), "Responses");
    if (responses == nullptr || responses->size() != items) {
        return std::unexpected(unreadable(reply, true, "answers to other statements"));
    }
    std::vector<Inserted> inserted;
    inserted.reserve(items);
    std::vector<std::string_view> denials;
    for (const json::value& value : *responses) {
        const json::object* response = value.if_object();
        if (response == nullptr) {
            return std::unexpected(unreadable(reply, true, "an answer that is no object"));
        }
        const json::object* error = object_member(*response, "Error");
        const std::string_view code = error == nullptr ? "" : string_member(*error, "Code");
        inserted.push_back(error == nullptr ? Inserted::yes : inserted_after(code));
        if (code == access_denied) {
            denials.push_back(string_member(*error, "Message"));
        }
    }
    if (items > 0 && denials.size() == items) {
        return std::unexpected(refused(reply, Remedy::denied, access_denied, denials.front()));
    }
    return inserted;
}

ServiceRequest transaction_request(const DynamoDbAddress& address, const Transaction& transaction) {
    json::array writes;
    writes.reserve(transaction.updates.size() + transaction.puts.size());
    for (const UpdateItem& update : transaction.updates) {
        json::object write;
        write["Update"] = parameters_of(address, update);
        writes.push_back(std::move(write));
    }
    for (const PutItem& put : transaction.puts) {
        json::object write;
        write["Put"] = parameters_of(address, put);
        writes.push_back(std::move(write));
    }
    json::object parameters;
    parameters["TransactItems"] = std::move(writes);
    if (!transaction.client_token.empty()) {
        parameters["ClientRequestToken"] = transaction.client_token;
    }
    ServiceRequest request = request_for(address.endpoint, "TransactWriteItems", parameters);
    request.mutating = true;
    request.answering_code = transaction_cancelled;
    return request;
}

Outcome<TransactionEnd> parse_transaction_end(const Reply& reply) {
    const bool is_applied = reply.status == http::status_ok;
    const Outcome<json::value> document = read_object(reply, is_applied);
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    if (is_applied) {
        return TransactionEnd();
    }
    const json::object& object = document->get_object();
    const json::array* reasons = array_member(object, "CancellationReasons");
    TransactionEnd end{.kind = TransactionEnd::Kind::conflict, .write = 0, .item = {}};
    std::size_t place = 0;
    for (const json::value& value : reasons == nullptr ? json::array() : *reasons) {
        const json::object* reason = value.if_object();
        const std::string_view code =
            reason == nullptr ? std::string_view() : string_member(*reason, "Code");
        if (code == "ConditionalCheckFailed") {
            return TransactionEnd{.kind = TransactionEnd::Kind::condition_failed,
                                  .write = place,
                                  .item = read_member(*reason, "Item")};
        }
        if (!code.empty() && code != "None" && !is_passing(code)) {
            // It will be cancelled for this however often it is sent.
            return std::unexpected(
                refused(reply, Remedy::give_up, code, string_member(*reason, "Message")));
        }
        ++place;
    }
    if (place == 0) {
        return std::unexpected(unreadable(reply, false, "cancels a transaction without a reason"));
    }
    return end;
}

ServiceRequest query_request(const DynamoDbAddress& address, const Query& query) {
    json::object parameters = parameters_for(address.table);
    if (!query.index.empty()) {
        parameters["IndexName"] = query.index;
    }
    parameters["KeyConditionExpression"] = query.condition.text;
    parameters["ConsistentRead"] = query.is_consistent;
    parameters["ScanIndexForward"] = !query.is_descending;
    if (query.limit > 0) {
        parameters["Limit"] = query.limit;
    }
    if (!query.start.empty()) {
        parameters["ExclusiveStartKey"] = to_json(query.start);
    }
    add_names_and_values(parameters, query.condition);
    return request_for(address.endpoint, "Query", parameters);
}

Outcome<QueryPage> parse_page(const Reply& reply) {
    const Outcome<json::value> document = read_object(reply, false);
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    const json::array* items = array_member(document->get_object(), "Items");
    if (items == nullptr) {
        return std::unexpected(unreadable(reply, false, "a page without Items"));
    }
    QueryPage page;
    page.items.reserve(items->size());
    for (const json::value& item : *items) {
        if (const json::object* object = item.if_object()) {
            page.items.push_back(item_of(*object));
        }
    }
    page.next = read_member(document->get_object(), "LastEvaluatedKey");
    return page;
}

ServiceRequest describe_table_request(const DynamoDbAddress& address) {
    return request_for(address.endpoint, "DescribeTable", parameters_for(address.table));
}

Outcome<TableDescription> parse_table(const Reply& reply) {
    const Outcome<json::object> table = read_description(reply, "Table", "describes no Table");
    if (!table.has_value()) {
        return std::unexpected(table.error());
    }
    return description_of(*table);
}

ServiceRequest describe_time_to_live_request(const DynamoDbAddress& address) {
    return request_for(address.endpoint, "DescribeTimeToLive", parameters_for(address.table));
}

Outcome<TimeToLive> parse_time_to_live(const Reply& reply) {
    const Outcome<json::object> told =
        read_description(reply, "TimeToLiveDescription", "has no TimeToLiveDescription");
    if (!told.has_value()) {
        return std::unexpected(told.error());
    }
    return TimeToLive{.status = std::string(string_member(*told, "TimeToLiveStatus")),
                      .attribute = std::string(string_member(*told, "AttributeName"))};
}

} // namespace exarch::aws
