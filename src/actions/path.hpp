#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace exarch::actions {

/// Longest path or tag item that CloudFront takes
/// (AmazonCloudFront DeveloperGuide, invalidation-specifying-objects.html).
inline constexpr std::size_t path_bytes_max = 4000;
/// Longest cache tag (invalidation-specifying-tags.html).
inline constexpr std::size_t tag_bytes_max = 256;

/// The canonical form of what a producer asks to invalidate: a path from `/`, with at most one `*`
/// as its last character, or a cache tag from `#`.
///
/// In a path, non-ASCII and unsafe characters are percent-encoded and nothing else is, because
/// CloudFront compares what it is told with what it has cached: an escape too many or too few and
/// nothing is purged. Tags are compared without case, so their canonical form is lower case.
/// Fails as invalid: no leading `/` or `#`, `*` elsewhere than at the end, control characters,
/// bytes that are not UTF-8, too long.
[[nodiscard]] base::Result<std::string> canonical_path(std::string_view path);

} // namespace exarch::actions
