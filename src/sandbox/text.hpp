#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox {

/// UTF-8, of characters that XML 1.0 can hold: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD
/// | #x10000 to #x10FFFF.
[[nodiscard]] bool is_xml_text(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);
/// In UTF-8; each byte that is part of none counts as one.
[[nodiscard]] std::size_t count_characters(std::string_view text);

/// As the content of an XML element: escaped, and what XML can't hold becomes `?`.
void append_xml_escaped(std::string& xml, std::string_view text);
[[nodiscard]] std::string xml_escaped(std::string_view text);

[[nodiscard]] bool is_digits(std::string_view text);

/// Every character is an ASCII letter, a digit, `_`, or one of `others`: what AWS's `[\w…]` means.
[[nodiscard]] bool is_word_of(std::string_view text, std::string_view others);

/// The same with letters of other scripts among them, as far as Unicode's blocks tell letters from
/// signs.
[[nodiscard]] bool is_name_of(std::string_view text, std::string_view others);

/// The value that a form writes as `a+b%20c`. None where a % is not followed by two hexadecimal
/// digits.
[[nodiscard]] std::optional<std::string> form_decoded(std::string_view text);

/// `Tue, 24 Nov 2026 00:10:00 GMT`, as HTTP writes it.
[[nodiscard]] std::string format_http_date(base::Timestamp time);

/// A form or a query: names to values, each decoded.
using Form = std::map<std::string, std::string, std::less<>>;

/// What becomes of a name that comes again.
enum class Repeated : std::uint8_t {
    /// The form has no meaning then but a guess.
    refused,
    /// As STS reads its forms.
    first_counts,
};

/// Reads `a=1&b=%20+`. None where an escape is broken, or where a name comes twice and mustn't.
[[nodiscard]] std::optional<Form> parse_form(std::string_view text,
                                             Repeated repeated = Repeated::refused);

/// Empty where the form doesn't have it.
[[nodiscard]] std::string_view value_of(const Form& form, std::string_view name);

} // namespace exarch::sandbox
