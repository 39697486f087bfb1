#pragma once

#include <string>
#include <string_view>

namespace exarch::aws {

/// Without white space at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Equal but for the case of ASCII letters.
[[nodiscard]] bool equal_without_case(std::string_view left, std::string_view right);

/// Appends `text` with everything but `A-Za-z0-9-_.~` percent-encoded: one segment of a path, a
/// part of a query, or a value of a form.
void append_percent_encoded(std::string& out, std::string_view text);

/// Appends `text` as the content of an XML element. Control characters that XML 1.0 can't hold are
/// left as they are: whoever builds the text has none.
void append_xml_escaped(std::string& out, std::string_view text);

/// What a stranger sent, made fit for a log: control characters become spaces, and it is cut to
/// `bytes_max` bytes without splitting a UTF-8 character.
[[nodiscard]] std::string printable(std::string_view text, std::size_t bytes_max);

} // namespace exarch::aws
