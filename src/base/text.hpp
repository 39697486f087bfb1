#pragma once

#include <string>
#include <string_view>

namespace exarch::base {

/// ASCII letters made small; the rest as it is, whatever the locale.
[[nodiscard]] std::string lowered(std::string_view text);

} // namespace exarch::base
