#include "cli/command_line.hpp"

#include "cli/command_table.hpp"
#include "config/nearest.hpp"
#include "config/value.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace exarch::cli {
namespace {

using config::quote;

// Fixed already, built later: told apart from slips.
constexpr std::array<std::string_view, 5> later_verbs = {
    "approve", "pause", "resume", "guard", "accounts",
};

// CLI11 finds out what belongs together, the table's rows what it means.
struct Reading {
    Arguments arguments;
    // The first thing that is wrong.
    std::string problem;
    bool wants_help = false;
    bool wants_version = false;

    void note(std::string_view place, const std::string& what) {
        if (!what.empty() && problem.empty()) {
            problem = fmt::format("{}: {}", place, what);
        }
    }
};

void add_option(CLI::App& app, const OptionRow& row, Reading& reading) {
    const auto take_all = [&row, &reading](const std::vector<std::string>& values) {
        for (const std::string& value : values) {
            const bool has_none = row.is_switch() || (row.is_optional() && value == "true");
            reading.note(row.name, row.apply(reading.arguments, has_none ? "" : value));
        }
        return true;
    };
    CLI::Option* option = app.add_option(std::string(row.name), CLI::callback_t(take_all));
    if (row.is_list()) {
        option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
        return;
    }
    option->expected(row.is_switch() || row.is_optional() ? 0 : 1);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    option->disable_flag_override(row.is_switch());
}

void add_verb(CLI::App& app, const VerbRow& row, Reading& reading) {
    CLI::App* verb = app.add_subcommand(std::string(row.name));
    verb->set_help_flag();
    verb->allow_extras();
    verb->fallthrough();
    for (const OptionRow* option : options_of(row.name)) {
        add_option(*verb, *option, reading);
    }
    if (row.apply != nullptr) {
        const auto take_all = [&row, &reading](const std::vector<std::string>& values) {
            for (const std::string& value : values) {
                reading.note(row.name, row.apply(reading.arguments, value));
            }
            return true;
        };
        verb->add_option("arguments", CLI::callback_t(take_all))
            ->expected(1, CLI::detail::expected_max_vector_size)
            ->allow_extra_args();
    }
}

void add_all(CLI::App& app, Reading& reading) {
    app.set_help_flag();
    app.add_flag("-h,--help", reading.wants_help)->disable_flag_override();
    app.add_flag("--version", reading.wants_version)->disable_flag_override();
    app.allow_extras();
    app.require_subcommand(0, 1);
    for (const OptionRow* row : options_of("")) {
        add_option(app, *row, reading);
    }
    for (const VerbRow& row : all_verbs()) {
        add_verb(app, row, reading);
    }
}

EarlyEnd misuse(std::string_view verb, std::string_view what) {
    return EarlyEnd{ExitCode::misuse, fmt::format("exarch: {}; see exarch {}{}--help\n", what, verb,
                                                  verb.empty() ? "" : " ")};
}

// In our words, where CLI11's own would puzzle.
std::string explain(const CLI::ParseError& error) {
    const std::string_view what = error.what();
    if (what.ends_with("missing")) {
        return fmt::format("{}: its value is missing", what.substr(0, what.find(':')));
    }
    if (what.contains("flag override")) {
        return fmt::format("--{}: takes no value", what.substr(0, what.find(' ')));
    }
    return std::string(what);
}

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
    const std::string similar = config::nearest(word, candidates);
    return similar.empty() ? "" : fmt::format(", did you mean {}?", similar);
}

EarlyEnd refuse_verb(const std::string& word) {
    if (std::ranges::find(later_verbs, word) != later_verbs.end()) {
        return misuse("", fmt::format("{} comes in a later version", word));
    }
    std::vector<std::string> names;
    for (const VerbRow& row : all_verbs()) {
        names.emplace_back(row.name);
    }
    return misuse("", fmt::format("no verb {}{}", quote(word), suggest(word, names)));
}

EarlyEnd refuse_extra(std::string_view verb, const std::string& word) {
    if (!word.starts_with('-')) {
        return misuse(verb, fmt::format("{}: takes no argument {}", verb, quote(word)));
    }
    std::vector<std::string> names{"--help", "--version"};
    for (const std::string_view owner : {std::string_view(), verb}) {
        for (const OptionRow* row : options_of(owner)) {
            names.emplace_back(row->name);
        }
    }
    const std::string name = word.substr(0, word.find('='));
    if (std::ranges::find(names, name) != names.end()) {
        return misuse(verb, fmt::format("{} belongs to {}: write it after the verb", name, verb));
    }
    return misuse(verb, fmt::format("no option {}{}", quote(name), suggest(name, names)));
}

std::string contradiction(const TaskSource& tasks) {
    const bool made_here =
        !tasks.account.empty() || !tasks.distribution.empty() || !tasks.paths.empty();
    if (!tasks.files.empty() && made_here) {
        return "give files, or --account, --distribution and --path, not both";
    }
    if (tasks.files.empty() && !made_here) {
        return "no tasks; give files, or --account, --distribution and --path";
    }
    const bool complete =
        !tasks.account.empty() && !tasks.distribution.empty() && !tasks.paths.empty();
    if (made_here && !complete) {
        return "--account, --distribution and --path belong together; give all three";
    }
    return {};
}

std::string contradiction(const RedriveSelection& selection) {
    const bool selects = !selection.operations.empty() || !selection.task.empty() ||
                         !selection.account.empty() || !selection.error.empty();
    if (selects && selection.all) {
        return "give --all, or what to choose by, not both";
    }
    if (!selects && !selection.all) {
        return "nothing is chosen; give --operation, --task, --account or --error, or --all";
    }
    return {};
}

std::string contradiction(const SimulateOptions& options) {
    const bool is_made_up = options.accounts.has_value() || options.operations.has_value() ||
                            options.distributions.has_value() || options.wildcards.has_value() ||
                            options.duplicates.has_value();
    if (!options.tasks.files.empty() && is_made_up) {
        return "give files, or --accounts and --operations, not both";
    }
    if (options.tasks.files.empty() && !is_made_up) {
        return "no work; give files, or --accounts and --operations";
    }
    if (is_made_up && !(options.accounts.has_value() && options.operations.has_value())) {
        return "--accounts and --operations belong together; give both";
    }
    return {};
}

std::string contradiction(const ConfigOptions& options) {
    if (!options.deed) {
        return "name what to do: check, diff or push";
    }
    const bool is_push = options.deed == ConfigDeed::push;
    if (options.based_on && !is_push) {
        return "--based-on is for push";
    }
    if (options.deed == ConfigDeed::check) {
        return options.to ? "--to is for diff and push" : "";
    }
    if (!options.to) {
        return fmt::format("say by --to what to {}, like --to ssm:/exarch/config",
                           is_push ? "push to" : "compare with");
    }
    if (is_push && (options.to->kind == source::Place::Kind::file || options.to->version)) {
        return fmt::format("{} is nothing to push to; write --to ssm:/path, or "
                           "--to dynamodb:TABLE#config",
                           quote(source::format(*options.to)));
    }
    return {};
}

// What the rows cannot see one by one.
std::string contradiction(std::string_view verb, const Arguments& arguments) {
    if (verb == "submit") {
        return contradiction(arguments.submit.tasks);
    }
    if (verb == "status" && !arguments.status.task.empty() &&
        !arguments.status.operations.empty()) {
        return "name a task, or operations by --operation, not both";
    }
    if (verb == "redrive") {
        return contradiction(arguments.redrive.selection);
    }
    if (verb == "audit" && !arguments.audit.is_list) {
        return "name what to do: list";
    }
    if (verb == "config") {
        return contradiction(arguments.config);
    }
    if (verb == "plan") {
        return contradiction(arguments.plan.tasks);
    }
    if (verb == "simulate") {
        return contradiction(arguments.simulate);
    }
    if (verb == "completion" && !arguments.completion.shell.has_value()) {
        return "name a shell: bash, zsh or fish";
    }
    return {};
}

VerbOptions take_verb(std::string_view verb, Arguments& arguments) {
    if (verb == "worker") {
        return std::move(arguments.worker);
    }
    if (verb == "status") {
        return std::move(arguments.status);
    }
    if (verb == "submit") {
        return std::move(arguments.submit);
    }
    if (verb == "redrive") {
        return std::move(arguments.redrive);
    }
    if (verb == "audit") {
        return std::move(arguments.audit);
    }
    if (verb == "plan") {
        return std::move(arguments.plan);
    }
    if (verb == "doctor") {
        return std::move(arguments.doctor);
    }
    if (verb == "policy") {
        return std::move(arguments.policy);
    }
    if (verb == "config") {
        return std::move(arguments.config);
    }
    if (verb == "sandbox") {
        return std::move(arguments.sandbox);
    }
    if (verb == "simulate") {
        return std::move(arguments.simulate);
    }
    if (verb == "lambda") {
        return LambdaOptions{};
    }
    return arguments.completion;
}

// Also where reading went wrong behind it.
std::string chosen_verb(const CLI::App& app) {
    const std::vector<const CLI::App*> chosen =
        app.get_subcommands([](const CLI::App* verb) { return verb->parsed(); });
    return chosen.empty() ? "" : chosen.front()->get_name();
}

std::expected<CommandLine, EarlyEnd> conclude(const CLI::App& app, Reading& reading) {
    const std::string verb = chosen_verb(app);
    if (reading.wants_help) {
        return std::unexpected(EarlyEnd{ExitCode::done, help_text(verb)});
    }
    if (reading.wants_version) {
        return std::unexpected(EarlyEnd{ExitCode::done, "exarch " EXARCH_VERSION "\n"});
    }
    std::vector<std::string> extras = app.remaining(true);
    std::erase(extras, "--");
    if (verb.empty() && !extras.empty() && !extras.front().starts_with('-')) {
        return std::unexpected(refuse_verb(extras.front()));
    }
    if (!extras.empty()) {
        return std::unexpected(refuse_extra(verb, extras.front()));
    }
    if (!reading.problem.empty()) {
        return std::unexpected(misuse(verb, reading.problem));
    }
    if (verb.empty()) {
        return std::unexpected(misuse("", "a verb is missing"));
    }
    if (const std::string problem = contradiction(verb, reading.arguments); !problem.empty()) {
        return std::unexpected(misuse(verb, fmt::format("{}: {}", verb, problem)));
    }
    CommonOptions common = std::move(reading.arguments.common);
    return CommandLine{std::move(common), take_verb(verb, reading.arguments)};
}

} // namespace

std::expected<CommandLine, EarlyEnd> parse_command_line(std::span<const std::string> arguments) {
    CLI::App app;
    Reading reading;
    add_all(app, reading);
    try {
        // CLI11 takes them last first.
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& error) {
        return std::unexpected(misuse(chosen_verb(app), explain(error)));
    }
    return conclude(app, reading);
}

} // namespace exarch::cli
