#pragma once

#include "cli/command_line.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::cli {

/// What has been read so far, before it is known which verb it is for.
struct Arguments {
    CommonOptions common;
    WorkerOptions worker;
    StatusOptions status;
    SubmitOptions submit;
    RedriveOptions redrive;
    AuditOptions audit;
    PlanOptions plan;
    DoctorOptions doctor;
    PolicyOptions policy;
    ConfigOptions config;
    SandboxOptions sandbox;
    SimulateOptions simulate;
    CompletionOptions completion;
};

/// One option of the command line: the one description that parsing, help and completion share.
struct OptionRow {
    /// Empty: an option of every verb.
    std::string_view verb;
    /// `--output`
    std::string_view name;
    /// How its value is called in help: `FILE`, `text|json`; in brackets where it may be left out
    /// and else follows a `=`; empty for a switch; ends in `…` where there may be several.
    std::string_view value;
    std::string_view description;
    /// Takes the value as written (empty for a switch); returns what is wrong with it, or nothing.
    std::string (*apply)(Arguments& arguments, const std::string& value);

    [[nodiscard]] bool is_switch() const { return value.empty(); }
    [[nodiscard]] bool is_optional() const { return value.starts_with('['); }
    [[nodiscard]] bool is_list() const { return value.ends_with("…"); }
};

struct VerbRow {
    std::string_view name;
    /// Its arguments, as help shows them: `[FILE…]`.
    std::string_view arguments;
    std::string_view summary;
    /// The paragraph below the usage in `exarch VERB --help`; lines of 80 characters at most.
    std::string_view details;
    /// Takes one argument; null where there are none.
    std::string (*apply)(Arguments& arguments, const std::string& argument);
};

[[nodiscard]] std::span<const VerbRow> all_verbs();
/// Null where there is no such verb.
[[nodiscard]] const VerbRow* find_verb(std::string_view name);

/// Those by which operations are chosen; options_of() has them too.
[[nodiscard]] std::span<const OptionRow> selection_options();
/// Those of `policy`, in the same way.
[[nodiscard]] std::span<const OptionRow> policy_options();
/// Those of `config`.
[[nodiscard]] std::span<const OptionRow> config_options();

/// The options of a verb; with an empty name those of every verb.
[[nodiscard]] std::vector<const OptionRow*> options_of(std::string_view verb);

/// `accepted` and `completed` of `[=accepted|completed]`; none where the value is free.
[[nodiscard]] std::vector<std::string_view> choices_of(std::string_view value);

/// Of the program, or of one verb.
[[nodiscard]] std::string help_text(std::string_view verb);

} // namespace exarch::cli
