#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::base {

/// ASCII letters made small; the rest as it is, whatever the locale.
[[nodiscard]] std::string lowered(std::string_view text);

/// As much of UTF-8 text as fits into so many bytes without a part of a character at the end.
[[nodiscard]] std::string_view beginning(std::string_view text, std::size_t bytes_max);

/// Whether a character of UTF-8 text begins with this byte, for counting characters.
[[nodiscard]] constexpr bool begins_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
}

/// How many bytes the character has that the text begins with; 0 where that is none of UTF-8
/// (RFC 3629): the end, a part of a character, an overlong form, a surrogate.
[[nodiscard]] std::size_t character_bytes(std::string_view text);

/// How many bytes of whole characters of UTF-8 the text begins with; all of it, where it is UTF-8.
[[nodiscard]] std::size_t utf8_bytes(std::string_view text);

/// How many bytes the text begins with that are to reach no terminal: a control character, C0 or
/// C1, a line separator, or what turns the direction of text. 0 where there are none.
[[nodiscard]] std::size_t unprintable_bytes(std::string_view text);

/// Anything from outside, fit for a message of one line: what is not for terminals is escaped,
/// `\x1b`.
[[nodiscard]] std::string printable(std::string_view text);

/// `arn`, partition, service, region, account, resource.
/// Source: "Amazon Resource Names (ARNs)" of the IAM user guide.
using ArnParts = std::array<std::string_view, 6>;

/// The parts between colons, some of which may be empty; the resource, the last, may hold colons.
/// None where there are fewer. They refer to the text.
[[nodiscard]] std::optional<ArnParts> split_arn(std::string_view text);

} // namespace exarch::base
