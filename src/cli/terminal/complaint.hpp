#pragma once

#include "base/error.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal/terminal.hpp"

namespace exarch::cli {

/// Writes the one line that a refusal consists of, and returns the exit code that goes with it.
ExitCode complain(Terminal& terminal, const base::Error& error);

/// The same for an error of the configuration: one that is not there, or a file that cannot be
/// read, is misuse too.
ExitCode complain_of_configuration(Terminal& terminal, const base::Error& error);

} // namespace exarch::cli
