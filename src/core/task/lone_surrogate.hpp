#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace exarch::core {

/// The JSON text with each escaped half of a surrogate pair that stands without the other replaced
/// by U+001A (substitute), which no path may have; nothing where there is none. Such a
/// half is no character, so a parser refuses the whole text for it. Python writes them for bytes
/// of file names that are not UTF-8 (docs/adr/0008).
[[nodiscard]] std::optional<std::string> without_lone_surrogates(std::string_view text);

} // namespace exarch::core
