#include "aws/dynamodb/item.hpp"

#include "base/overloaded.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace exarch::aws {
namespace {

template <class Value>
std::optional<Value> read(const std::string& digits) {
    Value value{};
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::size_t size_of_value(const AttributeValue& value) {
    constexpr std::size_t of_container = 3;
    if (const std::string* text = value.text()) {
        return text->size();
    }
    if (const AttributeValue::Number* number = value.number()) {
        return number->digits.size() / 2 + 2;
    }
    std::size_t size = 1;
    if (const AttributeValue::List* list = value.list()) {
        size = of_container;
        for (const AttributeValue& each : *list) {
            size += size_of_value(each) + 1;
        }
    } else if (const AttributeValue::Map* map = value.map()) {
        size = of_container + size_of(*map) + map->size();
    }
    return size;
}

} // namespace

AttributeValue::AttributeValue(std::int64_t number) : value_(Number{fmt::format("{}", number)}) {}

AttributeValue::AttributeValue(double number) : value_(Number{fmt::format("{}", number)}) {}

std::optional<std::int64_t> AttributeValue::integer() const {
    return number() == nullptr ? std::nullopt : read<std::int64_t>(number()->digits);
}

std::optional<double> AttributeValue::real() const {
    return number() == nullptr ? std::nullopt : read<double>(number()->digits);
}

std::size_t size_of(const Item& item) {
    std::size_t size = 0;
    for (const auto& [name, value] : item) {
        size += name.size() + size_of_value(value);
    }
    return size;
}

} // namespace exarch::aws
