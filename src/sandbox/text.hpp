#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox {

/// As the content of an XML element: escaped, and control characters XML 1.0 can't hold become `?`.
[[nodiscard]] std::string xml_escaped(std::string_view text);

/// ASCII letters made small; the rest as it is.
[[nodiscard]] std::string lowered(std::string_view text);

[[nodiscard]] bool is_digits(std::string_view text);

/// Every character is an ASCII letter, a digit, `_`, or one of `others`: what AWS's `[\w…]` means.
[[nodiscard]] bool is_word_of(std::string_view text, std::string_view others);

/// A form or a query: names to values, each decoded.
using Form = std::map<std::string, std::string, std::less<>>;

/// Reads `a=1&b=%20+`. None where an escape is broken or a name comes twice: its meaning would be
/// a guess.
[[nodiscard]] std::optional<Form> parse_form(std::string_view text);

/// Empty where the form doesn't have it.
[[nodiscard]] std::string_view value_of(const Form& form, std::string_view name);

} // namespace exarch::sandbox
