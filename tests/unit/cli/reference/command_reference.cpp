#include "cli/command_table.hpp"
#include "unit/cli/reference/reference.hpp"

#include <fmt/format.h>

namespace exarch::cli {

std::string command_reference() {
    std::string text = fmt::format("# The command line\n\n```\n{}```\n", help_text(""));
    for (const VerbRow& verb : all_verbs()) {
        text += fmt::format("\n## exarch {}\n\n```\n{}```\n", verb.name, help_text(verb.name));
    }
    return text;
}

} // namespace exarch::cli
