#include "base/environment.hpp"
#include "base/time.hpp"
#include "cli/command_line.hpp"
#include "cli/run.hpp"
#include "cli/terminal/terminal.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// A connection takes a file, and shells allow a process few. Where it can't be more, it is as many
/// as there are.
void allow_connections() {
    constexpr rlim_t wanted = 8192;
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < wanted) {
        files.rlim_cur = std::min(files.rlim_max, wanted);
        static_cast<void>(setrlimit(RLIMIT_NOFILE, &files));
    }
}

/// As Lambda calls the program of a runtime of one's own.
bool is_bootstrap(std::string_view program) {
    return program.substr(program.rfind('/') + 1) == "bootstrap";
}

} // namespace

int main(int argument_count, char** arguments) {
    using namespace exarch;
    allow_connections();
    const base::Environment environment = base::Environment::of_process();
    cli::ProcessTerminal terminal(environment);
    try {
        std::vector<std::string> words(arguments + (argument_count > 0 ? 1 : 0),
                                       arguments + argument_count);
        if (argument_count == 1 && is_bootstrap(arguments[0])) {
            words.emplace_back("lambda");
        }
        base::SystemClock clock;
        base::SystemEntropy entropy;
        const cli::Surroundings surroundings{environment, clock, entropy, terminal};
        const cli::ExitCode exit_code = cli::run(words, surroundings);
        if (const std::string failure = terminal.out_failure(); !failure.empty()) {
            terminal.error("exarch: the output could not be written: " + failure +
                           "; what was asked for is done, but not all of it is told\n");
            return static_cast<int>(cli::ExitCode::unreachable);
        }
        return static_cast<int>(exit_code);
    } catch (const std::exception& exception) {
        terminal.error("exarch: ");
        terminal.error(exception.what());
        terminal.error("; this should not happen, please report it\n");
        return static_cast<int>(cli::ExitCode::unreachable);
    }
}
