#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>

namespace exarch::aws {

/// The content of a regular file. Fails as not_found where there is none, as invalid where it is
/// something else, may not be read, or is larger than `bytes_max`; the context names it.
[[nodiscard]] base::Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

} // namespace exarch::aws
