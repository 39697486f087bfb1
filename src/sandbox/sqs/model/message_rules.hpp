#pragma once

#include "sandbox/sqs/fallible.hpp"
#include "sandbox/sqs/model/message.hpp"

#include <string_view>

namespace exarch::sandbox::sqs {

/// The most attributes of one message.
constexpr std::size_t message_attributes_max = 10;

/// Refuses characters outside #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to
/// #x10FFFF, and what is not UTF-8.
[[nodiscard]] Permitted check_characters(std::string_view text);

/// Name, type and value of one attribute as AWS's rules have them.
[[nodiscard]] Permitted check_attribute(std::string_view name, const MessageAttribute& attribute);

/// 1 to 128 letters, digits and punctuation. `parameter` is the name that the refusal says.
[[nodiscard]] Permitted check_token(std::string_view value, std::string_view parameter);

/// What counts toward the limit: the body, and name, type and value of each attribute.
[[nodiscard]] std::size_t size_of(const Message& message);

/// MD5 over names, types and values in AWS's own encoding, as clients compute it too. Empty where
/// there are no attributes.
[[nodiscard]] std::string md5_of(const MessageAttributes& attributes);

} // namespace exarch::sandbox::sqs
