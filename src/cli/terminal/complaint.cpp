#include "cli/terminal/complaint.hpp"

#include "base/text.hpp"

namespace exarch::cli {

ExitCode complain(Terminal& terminal, const base::Error& error) {
    terminal.error("exarch: " + base::printable(error.message()) + "\n");
    return exit_code_of(error.kind());
}

ExitCode complain_of_configuration(Terminal& terminal, const base::Error& error) {
    const ExitCode code = complain(terminal, error);
    const bool is_of_a_file =
        error.kind() == base::ErrorKind::not_found || error.kind() == base::ErrorKind::system;
    return is_of_a_file ? ExitCode::misuse : code;
}

} // namespace exarch::cli
