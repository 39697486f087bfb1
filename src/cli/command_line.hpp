#pragma once

#include "base/log.hpp"
#include "base/time.hpp"
#include "cli/exit_code.hpp"
#include "cli/policy/function_parts.hpp"
#include "ledger/numbered_key.hpp"
#include "simulate/workload.hpp"
#include "source/place.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace exarch::cli {

enum class OutputFormat : std::uint8_t { text, json };

/// What stands before the verb, or anywhere after it.
struct CommonOptions {
    /// Empty: $EXARCH_CONFIG, else ./exarch.yaml.
    std::string config_file;
    OutputFormat output = OutputFormat::text;
    base::LogLevel log_level = base::LogLevel::info;
};

struct WorkerOptions {
    bool drain = false;
    base::Duration drain_timeout = std::chrono::minutes(15);
    /// Dead letters are taken in as well.
    bool dead_letters = false;
    /// Empty: as configured.
    std::string listen;
    std::string queue;
    std::string ledger;
    bool list_crash_points = false;
};

struct StatusOptions {
    /// Empty: everything.
    std::string task;
    /// Instead of a task: open operations, by their ids.
    std::vector<ledger::OperationKey> operations;
    bool watch = false;
    std::string ledger;
};

/// How far `submit --wait` follows its tasks.
enum class WaitFor : std::uint8_t {
    /// Every operation has ended; those that are done have been accepted by AWS.
    accepted,
    /// And AWS has finished their work.
    completed,
};

/// Tasks, as a command line names them.
struct TaskSource {
    /// `-` is stdin.
    std::vector<std::string> files;
    /// Instead of files: one task made of these.
    std::string account;
    std::string distribution;
    std::vector<std::string> paths;
};

struct PlanOptions {
    TaskSource tasks;
};

/// How tasks are sent, whoever made them.
struct SendingOptions {
    std::optional<WaitFor> wait;
    base::Duration wait_timeout = std::chrono::hours(24);
    /// Empty: as configured.
    std::string queue;
    std::string ledger;
};

struct SubmitOptions : SendingOptions {
    TaskSource tasks;
};

/// Which operations are meant: those that meet all that is said.
struct Selection {
    /// Empty: any.
    std::vector<ledger::OperationKey> operations;
    std::string task;
    std::string account;
    /// A part of the reason.
    std::string error;
};

struct RedriveSelection : Selection {
    /// Nothing else is said, and all are meant.
    bool all = false;
    /// Those too that may have taken effect.
    bool unknown_too = false;
};

struct RedriveOptions : SendingOptions {
    RedriveSelection selection;
    bool dry_run = false;
};

struct AuditOptions {
    /// `list` was said, and nothing else.
    bool is_list = false;
    Selection selection;
    /// `done`, `failed`, `expired` and `rejected`; empty: any.
    std::vector<std::string> states;
    /// None, a moment, or a time ago.
    std::variant<std::monostate, base::Timestamp, base::Duration> since;
    /// 0: all.
    std::int64_t limit = 1000;
    std::string ledger;
};

struct DoctorOptions {
    /// Target accounts to look at, beside those of the configuration and the ledger.
    std::vector<std::string> accounts;
    /// The name of a function of Lambda to look at; empty: none.
    std::string function;
};

enum class PolicyKind : std::uint8_t {
    controller,
    function,
    producer,
    queue,
    target,
    target_trust,
};

struct PolicyOptions {
    /// None: all of them.
    std::optional<PolicyKind> kind;
    /// The target's account; empty: a document for all of them.
    std::string account;
    /// The ARN that the target lets in; empty: the central account.
    std::string principal;
    /// ARNs of dead-letter queues that the controller takes from.
    std::vector<std::string> dead_letters;
    /// The target's distributions; empty: all of them.
    std::vector<std::string> distributions;
    /// Whom the queue lets send: ARNs and account ids.
    std::vector<std::string> producers;
    FunctionParts function;
    /// The function's name was said, and the controller may look at it.
    bool names_function = false;
    /// Where in AWS the configuration is read; none: where this one was.
    std::optional<source::Place> source;
};

enum class ConfigDeed : std::uint8_t { check, diff, push };

struct ConfigOptions {
    /// Always there once the command line has been read.
    std::optional<ConfigDeed> deed;
    /// The file, or place, to look at; empty: the one that the other verbs would take.
    std::string file;
    /// What it is compared with, or pushed to; always there for those.
    std::optional<source::Place> to;
    /// The version that a push may replace; none: there is to be none.
    std::optional<std::int64_t> based_on;
};

struct SandboxOptions {
    std::string listen = "127.0.0.1:4600";
    /// None: another one at each start, or the one that the data file was begun with.
    std::optional<std::uint64_t> seed;
    /// `cloudfront.CreateInvalidation=1/5`, checked.
    std::vector<std::string> quotas;
    /// `20ms..80ms`, checked.
    std::string latency = "0ms";
    /// `drop_after=0.1`, checked.
    std::vector<std::string> faults;
    /// `replay`, `exists` or `argument`.
    std::string references = "replay";
    base::Duration complete_after = std::chrono::seconds(10);
    /// Where the state is kept; empty: in memory.
    std::string data;
    bool example = false;
    /// Lambda functions run, as processes of this user.
    bool functions = false;
};

/// A share of all, in percent.
using Percent = double;

struct SimulateOptions {
    /// Files; `account`, `distribution` and `paths` stay empty.
    TaskSource tasks;
    /// Instead of files: a workload that is made up. None: not said.
    std::optional<std::uint64_t> accounts;
    std::optional<std::uint64_t> operations;
    std::optional<std::uint64_t> distributions;
    std::optional<Percent> wildcards;
    std::optional<Percent> duplicates;
    simulate::Arrival arrival;
    std::uint64_t seed = 0;
    /// What AWS is like; none: the configured quota is the actual one.
    std::optional<double> actual_rate;
    base::Duration round_trip = std::chrono::milliseconds(200);
    base::Duration completion = std::chrono::seconds(60);
    Percent failing = 0;
    /// A file for the picture; empty: none.
    std::string chart;
};

struct LambdaOptions {};

enum class Shell : std::uint8_t { bash, zsh, fish };

struct CompletionOptions {
    /// Always there once the command line has been read.
    std::optional<Shell> shell;
};

using VerbOptions =
    std::variant<WorkerOptions, StatusOptions, SubmitOptions, RedriveOptions, AuditOptions,
                 PlanOptions, DoctorOptions, PolicyOptions, ConfigOptions, SandboxOptions,
                 SimulateOptions, LambdaOptions, CompletionOptions>;

struct CommandLine {
    CommonOptions common;
    VerbOptions verb;
};

/// The command line was all there was to do: help was asked for, or it is wrong.
struct EarlyEnd {
    ExitCode exit_code = ExitCode::done;
    /// For stdout where done; one line for stderr else.
    std::string text;
};

/// Reads the arguments after the program's name. Looks at nothing else: no file, no environment.
[[nodiscard]] std::expected<CommandLine, EarlyEnd>
parse_command_line(std::span<const std::string> arguments);

/// The script that teaches a shell to complete `exarch`; made from the same description of the
/// command line that parse_command_line() reads by.
[[nodiscard]] std::string completion_script(Shell shell);

} // namespace exarch::cli
