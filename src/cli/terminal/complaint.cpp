#include "cli/terminal/complaint.hpp"

#include "cli/terminal/table.hpp"

namespace exarch::cli {

ExitCode complain(Terminal& terminal, const base::Error& error) {
    terminal.error("exarch: " + printable(error.message()) + "\n");
    return exit_code_of(error.kind());
}

ExitCode complain_of_configuration(Terminal& terminal, const base::Error& error) {
    complain(terminal, error);
    return ExitCode::misuse;
}

} // namespace exarch::cli
