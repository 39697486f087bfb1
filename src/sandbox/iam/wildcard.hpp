#pragma once

#include <string_view>

namespace exarch::sandbox {

/// Whether `text` fits `pattern`, in which `*` stands for any characters and `?` for one.
[[nodiscard]] bool matches_wildcard(std::string_view pattern, std::string_view text);

/// The same for ARNs: each of their six parts on its own, so that no `*` reaches over a colon into
/// another account.
[[nodiscard]] bool matches_arn(std::string_view pattern, std::string_view arn);

} // namespace exarch::sandbox
