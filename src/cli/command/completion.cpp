#include "cli/command_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::cli {
namespace {

std::string words_of(const std::vector<std::string_view>& words) {
    return fmt::format("{}", fmt::join(words, " "));
}

bool takes_file(std::string_view value) {
    return value.contains("FILE");
}

std::vector<const OptionRow*> options_for(std::string_view verb) {
    std::vector<const OptionRow*> rows = options_of(verb);
    if (!verb.empty()) {
        std::ranges::copy(options_of(""), std::back_inserter(rows));
    }
    return rows;
}

std::vector<std::string_view> option_words(std::string_view verb) {
    std::vector<std::string_view> words;
    for (const OptionRow* row : options_for(verb)) {
        words.push_back(row->name);
    }
    words.insert(words.end(), {"--help", "--version"});
    return words;
}

std::vector<std::string_view> verb_words() {
    std::vector<std::string_view> words;
    for (const VerbRow& row : all_verbs()) {
        words.push_back(row.name);
    }
    return words;
}

std::string bash_value_arm(const OptionRow& row) {
    if (row.is_switch() || row.is_optional()) {
        return {};
    }
    const std::string from =
        takes_file(row.value) ? "-f" : fmt::format("-W \"{}\"", words_of(choices_of(row.value)));
    return fmt::format("        {}) COMPREPLY=($(compgen {} -- \"$word\")); return ;;\n", row.name,
                       from);
}

// The arms of bash's `case` that complete the value after an option.
std::string bash_value_arms() {
    std::string text;
    for (const VerbRow& verb : all_verbs()) {
        for (const OptionRow* row : options_for(verb.name)) {
            const std::string arm = bash_value_arm(*row);
            text += text.contains(arm) ? "" : arm;
        }
    }
    return text;
}

// The arms that complete words of each verb.
std::string bash_verb_arms() {
    std::string text;
    for (const VerbRow& verb : all_verbs()) {
        text +=
            fmt::format("        {}) options=\"{}\"; arguments=\"{}\"; files={} ;;\n", verb.name,
                        words_of(option_words(verb.name)), words_of(choices_of(verb.arguments)),
                        takes_file(verb.arguments) ? "yes" : "no");
    }
    return text;
}

std::string bash_completion() {
    std::string text = "_exarch() {\n"
                       "    local word=\"${COMP_WORDS[COMP_CWORD]}\"\n"
                       "    local before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
                       "    local verb=\"\" options arguments files candidate\n"
                       "    COMPREPLY=()\n"
                       "    case \"$before\" in\n";
    text += bash_value_arms();
    text += "    esac\n"
            "    for candidate in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
            "        case \"$candidate\" in\n";
    text += fmt::format("            {}) verb=\"$candidate\"; break ;;\n",
                        fmt::join(verb_words(), "|"));
    text += "        esac\n"
            "    done\n"
            "    case \"$verb\" in\n";
    text += bash_verb_arms();
    text += fmt::format("        *) options=\"{}\"; arguments=\"{}\"; files=no ;;\n",
                        words_of(option_words("")), words_of(verb_words()));
    text += "    esac\n"
            "    if [[ \"$word\" == -* ]]; then\n"
            "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
            "    elif [[ \"$files\" == yes ]]; then\n"
            "        COMPREPLY=($(compgen -W \"$arguments\" -- \"$word\") "
            "$(compgen -f -- \"$word\"))\n"
            "    else\n"
            "        COMPREPLY=($(compgen -W \"$arguments\" -- \"$word\"))\n"
            "    fi\n"
            "}\n"
            "complete -o filenames -F _exarch exarch\n";
    return text;
}

// A description between single quotes and colons, as _arguments and fish read it.
std::string plain(std::string_view description) {
    std::string text;
    for (const char c : description) {
        text += c == '\'' || c == ':' || c == '[' || c == ']' ? ' ' : c;
    }
    return text;
}

std::string zsh_value(const OptionRow& row) {
    if (row.is_switch() || row.is_optional()) {
        return "";
    }
    const auto choices = choices_of(row.value);
    if (!choices.empty()) {
        return fmt::format(":value:({})", words_of(choices));
    }
    return takes_file(row.value) ? ":file:_files" : fmt::format(":{}:", plain(row.value));
}

std::string zsh_options(std::string_view verb) {
    std::string text;
    for (const OptionRow* row : options_for(verb)) {
        text += fmt::format(" \\\n            '{}{}[{}]{}'", row->is_list() ? "*" : "", row->name,
                            plain(row->description), zsh_value(*row));
    }
    return text + " \\\n            '--help[print help and end]'";
}

std::string zsh_arguments(const VerbRow& verb) {
    const auto choices = choices_of(verb.arguments);
    const std::string words =
        choices.empty() ? "" : fmt::format(" \\\n            '1:argument:({})'", words_of(choices));
    return words + (takes_file(verb.arguments) ? " \\\n            '*:file:_files'" : "");
}

std::string zsh_completion() {
    std::string text = "#compdef exarch\n_exarch() {\n"
                       "    local verb=${words[(r)(" +
                       fmt::format("{}", fmt::join(verb_words(), "|")) +
                       ")]}\n"
                       "    case \"$verb\" in\n";
    for (const VerbRow& verb : all_verbs()) {
        text += fmt::format("        {}) shift words; (( CURRENT-- )); _arguments{}{} ;;\n",
                            verb.name, zsh_options(verb.name), zsh_arguments(verb));
    }
    text += fmt::format("        *) _arguments{} \\\n            '1:verb:({})' ;;\n",
                        zsh_options(""), words_of(verb_words()));
    return text + "    esac\n}\ncompdef _exarch exarch\n";
}

std::string fish_option(const OptionRow& row) {
    std::string text = fmt::format(" -l {}", row.name.substr(2));
    const auto choices = choices_of(row.value);
    if (!row.is_switch() && !row.is_optional()) {
        text += takes_file(row.value) ? " -r -F" : " -x";
        text += choices.empty() ? "" : fmt::format(" -a '{}'", words_of(choices));
    }
    return text + fmt::format(" -d '{}'", plain(row.description));
}

std::string fish_completion() {
    const std::string start = "complete -c exarch";
    std::string text = start + " -f\n";
    for (const OptionRow* row : options_of("")) {
        text += start + fish_option(*row) + "\n";
    }
    text += start + " -l help -d 'print help and end'\n";
    text += start + " -l version -d 'print the version and end'\n";
    for (const VerbRow& verb : all_verbs()) {
        const std::string seen =
            fmt::format("{} -n '__fish_seen_subcommand_from {}'", start, verb.name);
        text += fmt::format("{} -n __fish_use_subcommand -a {} -d '{}'\n", start, verb.name,
                            plain(verb.summary));
        for (const OptionRow* row : options_of(verb.name)) {
            text += seen + fish_option(*row) + "\n";
        }
        const auto choices = choices_of(verb.arguments);
        if (takes_file(verb.arguments)) {
            text += seen + " -F\n";
        }
        if (!choices.empty()) {
            text += fmt::format("{} -a '{}'\n", seen, words_of(choices));
        }
    }
    return text;
}

} // namespace

std::string completion_script(Shell shell) {
    switch (shell) {
    case Shell::bash:
        return bash_completion();
    case Shell::zsh:
        return zsh_completion();
    case Shell::fish:
        break;
    }
    return fish_completion();
}

} // namespace exarch::cli
