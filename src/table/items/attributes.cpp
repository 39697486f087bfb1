#include "table/items/attributes.hpp"

#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <chrono>

namespace exarch::table {
namespace {

const aws::AttributeValue* find(const aws::Item& item, std::string_view name) {
    const auto found = item.find(name);
    return found == item.end() ? nullptr : &found->second;
}

// The last millisecond of the year 9999, since 1970.
constexpr std::int64_t milliseconds_max = 253'402'300'799'999;

std::optional<base::Timestamp> time_of(const aws::AttributeValue* value) {
    const std::optional<std::int64_t> number = value == nullptr ? std::nullopt : value->integer();
    const bool is_time = number.has_value() && *number >= 0 && *number <= milliseconds_max;
    return is_time ? std::optional(base::Timestamp(std::chrono::milliseconds(*number)))
                   : std::nullopt;
}

std::unexpected<base::Error> unfit(std::string_view name, std::string_view type) {
    return std::unexpected(corrupt(fmt::format("its attribute `{}` is no {}", name, type)));
}

} // namespace

base::Error corrupt(std::string what) {
    return base::Error(base::ErrorKind::corrupt, std::move(what));
}

base::Result<std::int64_t> integer_at(const aws::Item& item, std::string_view name) {
    const aws::AttributeValue* value = find(item, name);
    const std::optional<std::int64_t> number = value == nullptr ? std::nullopt : value->integer();
    if (!number.has_value()) {
        return unfit(name, "whole number");
    }
    return *number;
}

base::Result<std::int64_t> number_at(const aws::Item& item, std::string_view name) {
    EXARCH_TRY(const std::int64_t number, integer_at(item, name));
    if (number != 0 && !is_numbered(number)) {
        return unfit(name, fmt::format("number from 0 to {}", numbered_max));
    }
    return number;
}

base::Result<base::Timestamp> time_at(const aws::Item& item, std::string_view name) {
    const std::optional<base::Timestamp> time = time_of(find(item, name));
    if (!time.has_value()) {
        return unfit(name, "time in milliseconds");
    }
    return *time;
}

base::Result<std::optional<base::Timestamp>> optional_time_at(const aws::Item& item,
                                                              std::string_view name) {
    if (!item.contains(name)) {
        return std::nullopt;
    }
    EXARCH_TRY(const base::Timestamp time, time_at(item, name));
    return time;
}

base::Result<std::string> text_at(const aws::Item& item, std::string_view name) {
    const aws::AttributeValue* value = find(item, name);
    if (value == nullptr || value->text() == nullptr) {
        return unfit(name, "text");
    }
    return *value->text();
}

base::Result<const aws::AttributeValue::List*> list_at(const aws::Item& item,
                                                       std::string_view name) {
    const aws::AttributeValue* value = find(item, name);
    if (value == nullptr || value->list() == nullptr) {
        return unfit(name, "list");
    }
    return value->list();
}

base::Result<const aws::AttributeValue::Map*> map_at(const aws::Item& item, std::string_view name) {
    const aws::AttributeValue* value = find(item, name);
    if (value == nullptr || value->map() == nullptr) {
        return unfit(name, "map");
    }
    return value->map();
}

std::string text_or_empty(const aws::Item& item, std::string_view name) {
    const aws::AttributeValue* value = find(item, name);
    return value == nullptr || value->text() == nullptr ? std::string() : *value->text();
}

std::int64_t integer_or_zero(const aws::Item& item, std::string_view name) {
    const aws::AttributeValue* value = find(item, name);
    return value == nullptr ? 0 : value->integer().value_or(0);
}

std::optional<base::Timestamp> time_if(const aws::Item& item, std::string_view name) {
    return time_of(find(item, name));
}

void put_text(aws::Item& item, std::string_view name, const std::string& text) {
    if (!text.empty()) {
        item.insert_or_assign(std::string(name), aws::AttributeValue(text));
    }
}

void put_time(aws::Item& item, std::string_view name, std::optional<base::Timestamp> time) {
    if (time.has_value()) {
        item.insert_or_assign(std::string(name), milliseconds(*time));
    }
}

void put_integer(aws::Item& item, std::string_view name, std::int64_t number) {
    if (number != 0) {
        item.insert_or_assign(std::string(name), aws::AttributeValue(number));
    }
}

} // namespace exarch::table
