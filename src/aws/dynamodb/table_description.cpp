#include "aws/dynamodb/table_description.hpp"

#include "aws/detail/json.hpp"

#include <algorithm>
#include <string_view>

namespace exarch::aws {
namespace {

namespace json = boost::json;

std::vector<KeyElement> read_key(const json::object& object, const json::object& table) {
    std::vector<KeyElement> key;
    const json::array* elements = array_member(object, "KeySchema");
    const json::array* types = array_member(table, "AttributeDefinitions");
    if (elements == nullptr || types == nullptr) {
        return key;
    }
    for (const json::value& value : *elements) {
        const json::object* element = value.if_object();
        if (element == nullptr) {
            continue;
        }
        const std::string_view name = string_member(*element, "AttributeName");
        const auto type = std::ranges::find_if(*types, [&](const json::value& each) {
            return each.is_object() && string_member(each.get_object(), "AttributeName") == name;
        });
        key.push_back({.name = std::string(name),
                       .type = type == types->end() ? std::string()
                                                    : std::string(string_member(type->get_object(),
                                                                                "AttributeType")),
                       .is_sort_key = string_member(*element, "KeyType") == "RANGE"});
    }
    return key;
}

} // namespace

TableDescription description_of(const json::object& table) {
    TableDescription description{.arn = std::string(string_member(table, "TableArn")),
                                 .status = std::string(string_member(table, "TableStatus")),
                                 .key = read_key(table, table),
                                 .indexes = {}};
    const json::array* indexes = array_member(table, "GlobalSecondaryIndexes");
    for (const json::value& value : indexes == nullptr ? json::array() : *indexes) {
        if (const json::object* index = value.if_object()) {
            description.indexes.push_back(
                {.name = std::string(string_member(*index, "IndexName")),
                 .status = std::string(string_member(*index, "IndexStatus")),
                 .key = read_key(*index, table)});
        }
    }
    return description;
}

} // namespace exarch::aws
