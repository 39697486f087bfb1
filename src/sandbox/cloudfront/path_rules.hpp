#pragma once

#include <cstddef>
#include <string_view>

namespace exarch::sandbox {

/// One request can't carry more than may be in progress.
inline constexpr std::size_t batch_paths_max = 3000;

/// Counted apart from exact paths and tags.
[[nodiscard]] bool is_wildcard(std::string_view path);

/// Whether CloudFront takes it: a path from `/` with `*` as its last character at most, at most
/// 4,000 characters, percent-encoded wherever RFC 1738 calls a character unsafe; or a cache tag
/// from `#`.
/// Where the documentation is silent this is stricter than AWS.
[[nodiscard]] bool is_valid_path(std::string_view path);

} // namespace exarch::sandbox
