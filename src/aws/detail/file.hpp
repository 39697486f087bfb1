#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace exarch::aws {

/// The content of a regular file. Fails as not_found where there is none, as invalid where it is
/// something else, may not be read, or is larger than `bytes_max`; the context names it.
[[nodiscard]] base::Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

/// Replaces a file, or makes it, in one step: whoever reads it sees the old content or the new,
/// and nobody but its owner may. Fails as system; the context names it.
[[nodiscard]] base::Status replace_private_file(const std::string& path, std::string_view content);

} // namespace exarch::aws
