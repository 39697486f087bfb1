#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace exarch::aws {

/// Splits a command into its program and arguments by the quoting rules of POSIX shells, as
/// botocore does, without anything else that a shell would do: no variables, no patterns, no
/// pipes. Single quotes keep everything, double quotes all but `\"` and `\\`, and a backslash
/// outside of quotes the character after it. Fails as invalid on a quote that never closes, on a
/// backslash at the end, on NUL, and where there is no program; quotes nothing of the command,
/// which may hold secrets.
[[nodiscard]] base::Result<std::vector<std::string>> split_command(std::string_view command);

} // namespace exarch::aws
