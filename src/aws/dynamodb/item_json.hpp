#pragma once

#include "aws/dynamodb/item.hpp"

#include <boost/json.hpp>

/// Items as DynamoDB's JSON has them: each value under the name of its type, `{"S": "text"}`.
namespace exarch::aws {

[[nodiscard]] boost::json::value to_json(const AttributeValue& value);
[[nodiscard]] boost::json::object to_json(const Item& item);

/// What is of a type that AttributeValue has no place for, or no value at all, becomes one without
/// a value.
[[nodiscard]] AttributeValue value_of(const boost::json::value& value);
[[nodiscard]] Item item_of(const boost::json::object& object);

} // namespace exarch::aws
