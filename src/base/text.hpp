#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace exarch::base {

/// ASCII letters made small; the rest as it is, whatever the locale.
[[nodiscard]] std::string lowered(std::string_view text);

/// As much of UTF-8 text as fits into so many bytes without a part of a character at the end.
[[nodiscard]] std::string_view beginning(std::string_view text, std::size_t bytes_max);

} // namespace exarch::base
