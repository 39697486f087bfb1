#pragma once

#include "aws/dynamodb/item.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Reading attributes of items that somebody else may have changed. Those that must be there fail
/// as corrupt, naming the attribute; whoever reads the item says which one it is.
namespace exarch::table {

[[nodiscard]] base::Result<std::int64_t> integer_at(const aws::Item& item, std::string_view name);
/// Of what is numbered (see Numbered), or 0.
[[nodiscard]] base::Result<std::int64_t> number_at(const aws::Item& item, std::string_view name);
/// Of the years that can be written with four digits.
[[nodiscard]] base::Result<base::Timestamp> time_at(const aws::Item& item, std::string_view name);
/// None where the attribute is not there.
[[nodiscard]] base::Result<std::optional<base::Timestamp>> optional_time_at(const aws::Item& item,
                                                                            std::string_view name);
[[nodiscard]] base::Result<std::string> text_at(const aws::Item& item, std::string_view name);
[[nodiscard]] base::Result<const aws::AttributeValue::List*> list_at(const aws::Item& item,
                                                                     std::string_view name);
[[nodiscard]] base::Result<const aws::AttributeValue::Map*> map_at(const aws::Item& item,
                                                                   std::string_view name);

/// Empty, zero or none where the attribute is not there or time_at() and so on would refuse it.
[[nodiscard]] std::string text_or_empty(const aws::Item& item, std::string_view name);
[[nodiscard]] std::int64_t integer_or_zero(const aws::Item& item, std::string_view name);
[[nodiscard]] std::optional<base::Timestamp> time_if(const aws::Item& item, std::string_view name);

/// Adds the attribute, unless it would say nothing.
void put_text(aws::Item& item, std::string_view name, const std::string& text);
void put_time(aws::Item& item, std::string_view name, std::optional<base::Timestamp> time);
void put_integer(aws::Item& item, std::string_view name, std::int64_t number);

/// The error of something stored that cannot be right.
[[nodiscard]] base::Error corrupt(std::string what);

} // namespace exarch::table
