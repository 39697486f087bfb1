#pragma once

#include "base/identifier.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace exarch::aws {

/// A DynamoDB table, by its name or ARN.
using TableName = base::Identifier<struct TableNameTag>;

/// What an attribute of a DynamoDB item holds: text (S), a number (N), a truth value (BOOL), a list
/// (L) or a map (M). Of other types (NULL, B and the sets) nothing is kept: exarch writes none, and
/// where another hand has written one it reads as an attribute of no value.
class AttributeValue {
public:
    using List = std::vector<AttributeValue>;
    using Map = std::map<std::string, AttributeValue, std::less<>>;
    /// A number as DynamoDB spells it, up to 38 digits.
    struct Number {
        std::string digits;
        friend bool operator==(const Number&, const Number&) = default;
    };

    AttributeValue() = default;
    explicit AttributeValue(std::string text) : value_(std::move(text)) {}
    explicit AttributeValue(std::string_view text) : value_(std::string(text)) {}
    explicit AttributeValue(const char* text) : value_(std::string(text)) {}
    explicit AttributeValue(Number number) : value_(std::move(number)) {}
    explicit AttributeValue(std::int64_t number);
    /// The shortest spelling that reads back as the same number. Only finite ones.
    explicit AttributeValue(double number);
    explicit AttributeValue(bool truth) : value_(truth) {}
    explicit AttributeValue(List list) : value_(std::move(list)) {}
    explicit AttributeValue(Map map) : value_(std::move(map)) {}

    /// None where it is of another type, or no number of that kind.
    [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value_); }
    [[nodiscard]] const Number* number() const { return std::get_if<Number>(&value_); }
    [[nodiscard]] std::optional<std::int64_t> integer() const;
    [[nodiscard]] std::optional<double> real() const;
    [[nodiscard]] const bool* truth() const { return std::get_if<bool>(&value_); }
    [[nodiscard]] const List* list() const { return std::get_if<List>(&value_); }
    [[nodiscard]] const Map* map() const { return std::get_if<Map>(&value_); }
    [[nodiscard]] Map* map() { return std::get_if<Map>(&value_); }

    friend bool operator==(const AttributeValue&, const AttributeValue&) = default;

private:
    std::variant<std::monostate, std::string, Number, bool, List, Map> value_;
};

/// An item, or a part of one (a key), by the names of its attributes.
using Item = AttributeValue::Map;

/// The bytes by which DynamoDB measures an item: names and text in UTF-8, half a byte a digit and
/// one, three bytes a list or map and one an element. At most 400 KB an item; a write unit is
/// 1 KB begun, a strongly consistent read unit 4 KB.
/// Source: "DynamoDB item sizes and formats" in Amazon DynamoDB's developer guide.
[[nodiscard]] std::size_t size_of(const Item& item);

} // namespace exarch::aws
