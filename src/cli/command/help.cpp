#include "cli/command_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::cli {
namespace {

std::string head_of(const OptionRow& row) {
    const std::string_view separator = row.is_switch() || row.is_optional() ? "" : " ";
    return fmt::format("{}{}{}", row.name, separator, row.value);
}

void append_line(std::string& text, std::string_view head, std::string_view description) {
    constexpr std::size_t head_width = 26;
    if (head.size() > head_width) {
        text += fmt::format("  {}\n  {:{}}  {}\n", head, "", head_width, description);
    } else {
        text += fmt::format("  {:{}}  {}\n", head, head_width, description);
    }
}

void append_options(std::string& text, std::string_view verb) {
    for (const OptionRow* row : options_of(verb)) {
        append_line(text, head_of(*row), row->description);
    }
}

void append_common_options(std::string& text) {
    text += "\nOptions of every verb:\n";
    append_options(text, "");
    append_line(text, "--help", "print this and end");
    append_line(text, "--version", "print the version and end");
}

std::string help_of_program() {
    std::string text = "Carries out small management operations in many AWS accounts, once each, "
                       "at the pace\nthat each account allows.\n\n"
                       "Usage: exarch [OPTIONS] VERB …\n\nVerbs (exarch VERB --help tells more):\n";
    for (const VerbRow& row : all_verbs()) {
        append_line(text, row.name, row.summary);
    }
    append_common_options(text);
    text += "\nExit codes: 0 done; 1 some operations failed; 2 the command line, the "
            "configuration or a\ntask is wrong; 3 something outside is unreachable or refused "
            "us.\n";
    return text;
}

} // namespace

std::string help_text(std::string_view verb) {
    const VerbRow* row = find_verb(verb);
    if (row == nullptr) {
        return help_of_program();
    }
    std::string text = fmt::format("Usage: exarch {} {}{}[OPTIONS]\n\n{}\n", row->name,
                                   row->arguments, row->arguments.empty() ? "" : " ", row->details);
    if (!options_of(verb).empty()) {
        text += "\nOptions:\n";
        append_options(text, verb);
    }
    append_common_options(text);
    return text;
}

} // namespace exarch::cli
