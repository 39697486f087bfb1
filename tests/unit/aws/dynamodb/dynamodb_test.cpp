#include "aws/dynamodb/codec.hpp"
#include "base/json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::aws {
namespace {

const Endpoint endpoint{
    {true, "dynamodb.eu-west-1.amazonaws.com", 443}, "", "dynamodb", base::Region("eu-west-1")};
const TableName table("exarch");
const DynamoDbAddress address{endpoint, table};

Reply reply(std::string body, int status = 200) {
    Reply result;
    result.status = status;
    result.body = std::move(body);
    return result;
}

boost::json::value json(std::string_view text) {
    return base::parse_json(text).value();
}

Item key(std::string partition, std::string sort) {
    return {{"pk", AttributeValue(std::move(partition))}, {"sk", AttributeValue(std::move(sort))}};
}

TEST(DynamoDbTest, an_item_keeps_every_type_that_is_written) {
    Item item = key("a", "b");
    item["count"] = AttributeValue(std::int64_t{-3});
    item["rate"] = AttributeValue(0.5);
    item["on"] = AttributeValue(true);
    item["list"] = AttributeValue(AttributeValue::List{AttributeValue("x"), AttributeValue("")});
    item["map"] = AttributeValue(AttributeValue::Map{{"ü", AttributeValue("\"")}});
    const ServiceRequest request = put_item_request(address, {item, {}});
    EXPECT_EQ(request.headers.get("x-amz-target"), "DynamoDB_20120810.PutItem");
    EXPECT_EQ(json(request.body), json(R"({"TableName": "exarch", "Item": {
        "pk": {"S": "a"}, "sk": {"S": "b"}, "count": {"N": "-3"}, "rate": {"N": "0.5"},
        "on": {"BOOL": true}, "list": {"L": [{"S": "x"}, {"S": ""}]},
        "map": {"M": {"ü": {"S": "\""}}}}})"));
    const auto back = parse_item(
        reply(R"({"Item": )" + boost::json::serialize(json(request.body).at("Item")) + "}"));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, item);
    EXPECT_EQ(back->at("count").integer(), -3);
    EXPECT_EQ(back->at("rate").real(), 0.5);
    EXPECT_EQ(back->at("rate").integer(), std::nullopt);
    EXPECT_EQ(back->at("list").text(), nullptr);
}

TEST(DynamoDbTest, what_another_hand_has_written_reads_as_nothing) {
    const auto item = parse_item(reply(R"({"Item": {"a": {"SS": ["x"]}, "b": {"NULL": true},
        "c": {"B": "AAA="}, "d": 7, "e": {}, "f": {"S": "x", "N": "1"}, "g": {"S": 3}}})"));
    ASSERT_TRUE(item.has_value());
    for (const auto& [name, value] : *item) {
        EXPECT_EQ(value, AttributeValue()) << name;
    }
    EXPECT_EQ(item->size(), 7U);
}

TEST(DynamoDbTest, sizes_are_dynamodbs) {
    // "DynamoDB item sizes and formats": names and text by their bytes, 3 bytes for a list or map
    // and one for each of its elements.
    EXPECT_EQ(size_of({{"pk", AttributeValue("abc")}}), 5U);
    EXPECT_EQ(size_of({{"n", AttributeValue(std::int64_t{1234})}}), 1U + 4U);
    EXPECT_EQ(size_of({{"l", AttributeValue(AttributeValue::List{AttributeValue("ü")})}}),
              1U + 3U + 1U + 2U);
    EXPECT_EQ(size_of({{"m", AttributeValue(AttributeValue::Map{{"a", AttributeValue(true)}})}}),
              1U + 3U + 1U + 1U + 1U);
}

TEST(DynamoDbTest, a_missing_item_is_an_empty_one) {
    EXPECT_EQ(parse_item(reply("{}")), Outcome<Item>(Item()));
}

TEST(DynamoDbTest, a_condition_that_fails_is_an_answer_with_the_item_that_is_there) {
    const ServiceRequest request =
        update_item_request(address, {.key = key("a", "b"),
                                      .update = {.text = "SET #o = :o",
                                                 .names = {{"#o", "owner"}},
                                                 .values = {{":o", AttributeValue("me")}}},
                                      .condition = "attribute_not_exists(#o)"});
    EXPECT_EQ(json(request.body), json(R"json({"TableName": "exarch",
        "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}, "UpdateExpression": "SET #o = :o",
        "ConditionExpression": "attribute_not_exists(#o)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD", "ReturnValues": "ALL_NEW",
        "ExpressionAttributeNames": {"#o": "owner"},
        "ExpressionAttributeValues": {
        ":o" : {"S" : "me"}}
})json"));
    EXPECT_TRUE(request.mutating);
    EXPECT_EQ(request.answering_code, "ConditionalCheckFailedException");
    EXPECT_EQ(parse_written(reply(R"({"Attributes": {"owner": {"S": "me"}}})")),
              Outcome<Written>(Written{true, {{"owner", AttributeValue("me")}}}));
    EXPECT_EQ(parse_written(reply(R"({"__type": "com.amazonaws…#ConditionalCheckFailedException",
                  "message": "The conditional request failed",
                  "Item": {"owner": {"S": "you"}}})",
                                  400)),
              Outcome<Written>(Written{false, {{"owner", AttributeValue("you")}}}));
}

TEST(DynamoDbTest, many_items_are_inserted_by_a_statement_each) {
    Item item = key("message#it's", "claim");
    item["parts"] = AttributeValue(AttributeValue::List{AttributeValue("x")});
    const ServiceRequest request = insertion_request(address, std::vector{item, key("a", "b")});
    EXPECT_EQ(request.headers.get("x-amz-target"), "DynamoDB_20120810.BatchExecuteStatement");
    EXPECT_TRUE(request.mutating);
    EXPECT_EQ(json(request.body), json(R"json({"Statements": [
        {"Statement": "INSERT INTO \"exarch\" VALUE {'parts':?,'pk':?,'sk':?}",
         "Parameters": [{"L": [{"S": "x"}]}, {"S": "message#it's"}, {"S": "claim"}]},
        {"Statement": "INSERT INTO \"exarch\" VALUE {'pk':?,'sk':?}",
         "Parameters": [{"S": "a"}, {"S": "b"}]}]})json"));
}

TEST(DynamoDbTest, of_many_items_it_is_told_which_were_inserted) {
    EXPECT_EQ(parse_insertions(reply(R"({"Responses": [{"TableName": "exarch"},
        {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}},
        {"Error": {"Code": "ThrottlingError"}}, {"Error": {"Code": "AccessDenied"}},
        {"Error": {"Code": "InternalServerError"}}, {"Error": {"Code": "Novelty"}},
        {"Error": {}}]})"),
                               7),
              (Outcome<std::vector<Inserted>>({Inserted::yes, Inserted::exists, Inserted::refused,
                                               Inserted::refused, Inserted::unknown,
                                               Inserted::unknown, Inserted::unknown})));
}

TEST(DynamoDbTest, whoever_may_insert_nothing_is_told_what_is_missing) {
    const auto denied = parse_insertions(reply(R"({"Responses": [
        {"Error": {"Code": "AccessDenied", "Message": "…: dynamodb:PartiQLInsert"}},
        {"Error": {"Code": "AccessDenied", "Message": "…: dynamodb:PartiQLInsert"}}]})"),
                                         2);
    ASSERT_FALSE(denied.has_value());
    EXPECT_EQ(denied.error().remedy, Remedy::denied);
    EXPECT_NE(denied.error().message.find("dynamodb:PartiQLInsert"), std::string::npos);
}

TEST(DynamoDbTest, answers_that_do_not_match_their_statements_leave_it_open) {
    for (const char* body :
         {"{}", R"({"Responses": []})", R"({"Responses": [{}]})", R"({"Responses": [{}, 7]})",
          R"({"Responses": [{}, {}, {}]})", R"({"Responses": {"0": {}, "1": {}}})", "<html>"}) {
        const auto inserted = parse_insertions(reply(body), 2);
        ASSERT_FALSE(inserted.has_value()) << body;
        EXPECT_EQ(inserted.error().remedy, Remedy::outcome_unknown) << body;
    }
}

TEST(DynamoDbTest, a_transaction_says_which_condition_failed) {
    Transaction transaction;
    transaction.updates.push_back(
        {.key = key("a", "lease"),
         .update = {.text = "SET x = :x", .names = {}, .values = {{":x", AttributeValue("1")}}},
         .condition = "epoch = :x"});
    transaction.puts.push_back({.item = key("a", "call"), .condition = {}});
    transaction.client_token = "t";
    const ServiceRequest request = transaction_request(address, transaction);
    EXPECT_EQ(json(request.body), json(R"({"ClientRequestToken": "t", "TransactItems": [
        {"Update": {"TableName": "exarch", "Key": {"pk": {"S": "a"}, "sk": {"S": "lease"}},
          "UpdateExpression": "SET x = :x", "ConditionExpression": "epoch = :x",
          "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
          "ExpressionAttributeValues": {":x": {"S": "1"}}}},
        {"Put": {"TableName": "exarch", "Item": {"pk": {"S": "a"}, "sk": {"S": "call"}}}}]})"));
    EXPECT_EQ(parse_transaction_end(reply("{}"))->kind, TransactionEnd::Kind::applied);
    const auto failed = parse_transaction_end(reply(R"({"CancellationReasons": [{"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Item": {"epoch": {"N": "4"}}}]})",
                                                    400));
    EXPECT_EQ(failed, Outcome<TransactionEnd>(
                          TransactionEnd{TransactionEnd::Kind::condition_failed,
                                         1,
                                         {{"epoch", AttributeValue(std::int64_t{4})}}}));
}

TEST(DynamoDbTest, a_transaction_in_conflict_may_be_sent_again_and_a_wrong_one_may_not) {
    const auto conflict = parse_transaction_end(reply(
        R"({"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]})", 400));
    ASSERT_TRUE(conflict.has_value());
    EXPECT_EQ(conflict->kind, TransactionEnd::Kind::conflict);
    const auto wrong =
        parse_transaction_end(reply(R"({"CancellationReasons": [{"Code": "TransactionConflict"},
                  {"Code": "ValidationError", "Message": "Item size has exceeded"}]})",
                                    400));
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().remedy, Remedy::give_up);
    EXPECT_EQ(wrong.error().message, "Item size has exceeded");
}

TEST(DynamoDbTest, a_query_goes_on_where_its_page_ended) {
    Query query;
    query.index = "due";
    query.is_consistent = false;
    query.limit = 10;
    query.condition = {
        .text = "pk = :p", .names = {}, .values = {{":p", AttributeValue("account")}}};
    query.start = key("a", "b");
    EXPECT_EQ(json(query_request(address, query).body), json(R"({"TableName": "exarch",
        "IndexName": "due", "KeyConditionExpression": "pk = :p", "ConsistentRead": false,
        "ScanIndexForward": true, "Limit": 10,
        "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"S": "b"}},
        "ExpressionAttributeValues": {":p": {"S": "account"}}})"));
    const auto page = parse_page(reply(R"({"Count": 1, "Items": [{"pk": {"S": "a"}}],
        "LastEvaluatedKey": {"pk": {"S": "a"}, "sk": {"S": "c"}}})"));
    ASSERT_TRUE(page.has_value());
    EXPECT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->next, key("a", "c"));
    EXPECT_EQ(parse_page(reply(R"({"Items": []})"))->next, Item());
}

TEST(DynamoDbTest, a_table_is_described_with_its_keys_and_indexes) {
    const auto described = parse_table(reply(R"({"Table": {"TableArn": "arn:t",
        "TableStatus": "ACTIVE",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"},
          {"AttributeName": "due", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{"IndexName": "due", "IndexStatus": "CREATING",
          "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "due", "KeyType": "RANGE"}]}]}})"));
    ASSERT_TRUE(described.has_value());
    EXPECT_EQ(described->status, "ACTIVE");
    EXPECT_EQ(described->key, (std::vector<KeyElement>{{"pk", "S", false}}));
    ASSERT_EQ(described->indexes.size(), 1U);
    EXPECT_EQ(described->indexes[0].status, "CREATING");
    EXPECT_EQ(described->indexes[0].key,
              (std::vector<KeyElement>{{"pk", "S", false}, {"due", "N", true}}));
}

TEST(DynamoDbTest, a_time_to_live_is_told_with_its_attribute) {
    const ServiceRequest request = describe_time_to_live_request(address);
    EXPECT_EQ(json(request.body), json(R"({"TableName": "exarch"})"));
    const auto told = parse_time_to_live(reply(R"({"TimeToLiveDescription": {
        "TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}})"));
    ASSERT_TRUE(told.has_value());
    EXPECT_EQ(told->status, "ENABLED");
    EXPECT_EQ(told->attribute, "expires");
    const auto none =
        parse_time_to_live(reply(R"({"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}})"));
    ASSERT_TRUE(none.has_value());
    EXPECT_EQ(none->attribute, "");
}

TEST(DynamoDbTest, replies_that_are_none_say_so) {
    for (const char* body : {"", "[]", "{", "{}", R"({"Items": {}})", R"({"Responses": 1})"}) {
        EXPECT_FALSE(parse_page(reply(body)).has_value()) << body;
        EXPECT_FALSE(parse_table(reply(body)).has_value()) << body;
        EXPECT_FALSE(parse_time_to_live(reply(body)).has_value()) << body;
        EXPECT_FALSE(parse_transaction_end(reply(body, 400)).has_value()) << body;
    }
    for (const char* body : {"", "[]", "{", "<html>"}) {
        const auto end = parse_transaction_end(reply(body));
        ASSERT_FALSE(end.has_value()) << body;
        EXPECT_EQ(end.error().remedy, Remedy::outcome_unknown) << body;
    }
    const auto written = parse_written(reply("<html>"));
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().remedy, Remedy::outcome_unknown);
}

} // namespace
} // namespace exarch::aws
