#pragma once

#include "cli/exit_code.hpp"
#include "cli/surroundings.hpp"

#include <span>
#include <string>

namespace exarch::cli {

/// The program: reads the arguments after its name, runs the verb and prints what it has to say.
/// Throws only what the standard library does when memory is short.
[[nodiscard]] ExitCode run(std::span<const std::string> arguments, Surroundings surroundings);

} // namespace exarch::cli
