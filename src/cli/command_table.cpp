#include "cli/command_table.hpp"

#include "base/identifier.hpp"
#include "config/value.hpp"
#include "sandbox/params.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace exarch::cli {
namespace {

using config::quote;

std::string none_of(const std::string& value, std::string_view choices) {
    return fmt::format("{} is none of {}", quote(value), choices);
}

std::string set_output(Arguments& arguments, const std::string& value) {
    if (value != "text" && value != "json") {
        return none_of(value, "text, json");
    }
    arguments.common.output = value == "json" ? OutputFormat::json : OutputFormat::text;
    return {};
}

std::string set_log_level(Arguments& arguments, const std::string& value) {
    return base::parse_log_level(value, arguments.common.log_level)
               ? ""
               : none_of(value, "trace, debug, info, warn, error, off");
}

std::string set_patience(base::Duration& target, const std::string& value) {
    const auto duration =
        config::parse_span(value, {std::chrono::seconds(1), std::chrono::days(365)});
    target = duration.value_or(target);
    return duration.has_value() ? "" : duration.error().message();
}

std::string take_account(std::string& target, const std::string& value) {
    target = value;
    return base::is_account_id(value)
               ? ""
               : fmt::format("{} is no account id, which has exactly 12 digits", quote(value));
}

// What `submit` and `plan` are told in the same words.
template <auto verb>
std::string set_account(Arguments& arguments, const std::string& value) {
    return take_account((arguments.*verb).tasks.account, value);
}

std::string set_wait(Arguments& arguments, const std::string& value) {
    if (value.empty() || value == "accepted") {
        arguments.submit.wait = WaitFor::accepted;
    } else if (value == "completed") {
        arguments.submit.wait = WaitFor::completed;
    } else {
        return none_of(value, "accepted, completed");
    }
    return {};
}

template <auto verb>
std::string set_distribution(Arguments& arguments, const std::string& value) {
    (arguments.*verb).tasks.distribution = value;
    return value.empty() ? "a distribution's id cannot be empty" : "";
}

template <auto verb>
std::string add_path(Arguments& arguments, const std::string& value) {
    (arguments.*verb).tasks.paths.push_back(value);
    return {};
}

template <auto verb>
std::string add_file(Arguments& arguments, const std::string& value) {
    (arguments.*verb).tasks.files.push_back(value);
    return {};
}

std::string set_task(Arguments& arguments, const std::string& value) {
    if (!arguments.status.task.empty()) {
        return fmt::format("{} is one task too many; name one, or none for everything",
                           quote(value));
    }
    if (value.empty()) {
        return "the name of a task cannot be empty; name one, or none for everything";
    }
    arguments.status.task = value;
    return {};
}

std::string set_policy_kind(Arguments& arguments, const std::string& value) {
    constexpr std::array<std::pair<std::string_view, PolicyKind>, 4> kinds = {
        {{"controller", PolicyKind::controller},
         {"producer", PolicyKind::producer},
         {"target", PolicyKind::target},
         {"target-trust", PolicyKind::target_trust}}};
    const auto found = std::ranges::find(kinds, value, &decltype(kinds)::value_type::first);
    if (found == kinds.end()) {
        return none_of(value, "controller, producer, target, target-trust");
    }
    arguments.policy.kind = found->second;
    return {};
}

std::string set_principal(Arguments& arguments, const std::string& value) {
    arguments.policy.principal = value;
    return value.starts_with("arn:")
               ? ""
               : fmt::format("{} is no ARN, like arn:aws:iam::999900001111:role/exarch",
                             quote(value));
}

std::string set_seed(Arguments& arguments, const std::string& value) {
    const auto seed = config::parse_whole(value, {0, std::numeric_limits<std::int64_t>::max()});
    arguments.sandbox.seed = static_cast<std::uint64_t>(seed.value_or(0));
    return seed.has_value() ? "" : seed.error().message();
}

// The sandbox's own parsers say what is wrong; the verb reads the text again.
template <class Result>
std::string keep_if_good(const Result& parsed, const std::string& value, std::string& place) {
    place = value;
    return parsed.has_value() ? "" : parsed.error().message();
}

std::string set_shell(Arguments& arguments, const std::string& value) {
    constexpr std::array<std::pair<std::string_view, Shell>, 3> shells = {
        {{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}}};
    const auto found = std::ranges::find(shells, value, &decltype(shells)::value_type::first);
    if (found == shells.end()) {
        return none_of(value, "bash, zsh, fish");
    }
    arguments.completion.shell = found->second;
    return {};
}

constexpr std::string_view account_description =
    "instead of files: the account of the distribution";
constexpr std::string_view distribution_description =
    "instead of files: the distribution to invalidate";
constexpr std::string_view path_description = "instead of files: the paths to invalidate";

const OptionRow options[] = {
    {"", "--config", "FILE", "configuration; else $EXARCH_CONFIG, else ./exarch.yaml",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.common.config_file = value;
         return value.empty() ? "the name of a file cannot be empty" : "";
     }},
    {"", "--output", "text|json", "how results are printed; text", set_output},
    {"", "--log-level", "trace|debug|info|warn|error|off", "what is logged to stderr; info",
     set_log_level},
    {"worker", "--drain", "", "end once the queues are empty and all work is settled or blocked",
     [](Arguments& arguments, const std::string&) -> std::string {
         arguments.worker.drain = true;
         return {};
     }},
    {"worker", "--drain-timeout", "DURATION", "end --drain after this in any case; 15m",
     [](Arguments& arguments, const std::string& value) {
         return set_patience(arguments.worker.drain_timeout, value);
     }},
    {"worker", "--listen", "ADDR:PORT", "answer /metrics, /healthz and /readyz there; port 0: any",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.worker.listen = value;
         return {};
     }},
    {"worker", "--queue", "URL", "take tasks from this queue only",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.worker.queue = value;
         return {};
     }},
    {"worker", "--ledger", "LEDGER", "keep this ledger, like sqlite:exarch.db",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.worker.ledger = value;
         return {};
     }},
    {"worker", "--list-crash-points", "", "print the names that EXARCH_CRASH_AT takes, and end",
     [](Arguments& arguments, const std::string&) -> std::string {
         arguments.worker.list_crash_points = true;
         return {};
     }},
    {"status", "--watch", "", "tell again each second; JSON Lines where no terminal is",
     [](Arguments& arguments, const std::string&) -> std::string {
         arguments.status.watch = true;
         return {};
     }},
    {"status", "--ledger", "LEDGER", "read this ledger, like sqlite:exarch.db",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.status.ledger = value;
         return {};
     }},
    {"plan", "--account", "ID", account_description, set_account<&Arguments::plan>},
    {"plan", "--distribution", "ID", distribution_description, set_distribution<&Arguments::plan>},
    {"plan", "--path", "PATH…", path_description, add_path<&Arguments::plan>},
    {"doctor", "--account", "ID…", "look at the role in this account too",
     [](Arguments& arguments, const std::string& value) {
         return take_account(arguments.doctor.accounts.emplace_back(), value);
     }},
    {"policy", "--account", "ID", "the target's account; else a document for all of them",
     [](Arguments& arguments, const std::string& value) {
         return take_account(arguments.policy.account, value);
     }},
    {"policy", "--principal", "ARN", "who may assume the role; else the queue's account decides",
     set_principal},
    {"submit", "--account", "ID", account_description, set_account<&Arguments::submit>},
    {"submit", "--distribution", "ID", distribution_description,
     set_distribution<&Arguments::submit>},
    {"submit", "--path", "PATH…", path_description, add_path<&Arguments::submit>},
    {"submit", "--wait", "[=accepted|completed]",
     "follow them until AWS has accepted all; or finished all", set_wait},
    {"submit", "--wait-timeout", "DURATION", "give up --wait after this; 24h",
     [](Arguments& arguments, const std::string& value) {
         return set_patience(arguments.submit.wait_timeout, value);
     }},
    {"submit", "--queue", "URL", "send to this queue",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.submit.queue = value;
         return {};
     }},
    {"submit", "--ledger", "LEDGER", "follow them in this ledger, like sqlite:exarch.db",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.submit.ledger = value;
         return {};
     }},
    {"sandbox", "--listen", "ADDR:PORT", "answer there; 127.0.0.1:4600; port 0: any that is free",
     [](Arguments& arguments, const std::string& value) {
         return keep_if_good(config::parse_listen_address(value), value, arguments.sandbox.listen);
     }},
    {"sandbox", "--example", "", "prepare accounts, roles and distributions; print the exports",
     [](Arguments& arguments, const std::string&) -> std::string {
         arguments.sandbox.example = true;
         return {};
     }},
    {"sandbox", "--data", "FILE", "keep the state there, and go on from it; else in memory",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.sandbox.data = value;
         return {};
     }},
    {"sandbox", "--seed", "NUMBER", "of every identifier and fault, so that runs repeat; 0",
     set_seed},
    {"sandbox", "--quota", "NAME=RATE[/BURST]…", "calls a second that an account has; 0: no limit",
     [](Arguments& arguments, const std::string& value) {
         return keep_if_good(sandbox::parse_quota(value), value,
                             arguments.sandbox.quotas.emplace_back());
     }},
    {"sandbox", "--latency", "DURATION[..DURATION]", "how long calls take; 0ms",
     [](Arguments& arguments, const std::string& value) {
         return keep_if_good(sandbox::parse_latency(value), value, arguments.sandbox.latency);
     }},
    {"sandbox", "--fault", "KIND[=PROBABILITY]…", "hit calls, like drop_after=0.1",
     [](Arguments& arguments, const std::string& value) {
         sandbox::SandboxParams scratch;
         return keep_if_good(sandbox::add_fault(scratch, value), value,
                             arguments.sandbox.faults.emplace_back());
     }},
    {"sandbox", "--references", "replay|exists|argument",
     "what a caller reference gets that was used; replay",
     [](Arguments& arguments, const std::string& value) {
         return keep_if_good(sandbox::parse_reference_mode(value), value,
                             arguments.sandbox.references);
     }},
    {"sandbox", "--complete-after", "DURATION", "how long CloudFront works on paths; 10s",
     [](Arguments& arguments, const std::string& value) -> std::string {
         const auto duration = config::parse_span(value, {{}, std::chrono::days(365)});
         arguments.sandbox.complete_after = duration.value_or(base::Duration());
         return duration.has_value() ? "" : duration.error().message();
     }},
};

constexpr std::string_view worker_details =
    "Takes tasks from its queues into the ledger and carries them out until SIGTERM or\n"
    "SIGINT: then it takes no more, finishes what is in flight, records it and ends.\n"
    "With --drain the exit code is 1 where something failed, expired or is blocked.";
constexpr std::string_view status_details =
    "Tells where operations stand: in all, by account and by lane, what waits for what and\n"
    "for how long. TASK is a task's id, its SQS message id or its number; then the exit code\n"
    "is 1 where one of its operations did not succeed. Works while a worker runs.";
constexpr std::string_view submit_details =
    "Checks tasks as the worker would, sends them to the queue in full batches and prints\n"
    "their ids. A FILE holds one task as JSON, or one on each line; - is stdin. If any task\n"
    "is wrong, none is sent. Without files, --account, --distribution and --path make one.";
constexpr std::string_view plan_details =
    "Tells what these tasks would come to if all of them waited now and nothing else did: the\n"
    "calls, how long they take at the quotas, what they cost, what is covered by what, and\n"
    "what would be rejected and why. Calls nobody and writes nothing. A FILE is what submit\n"
    "takes. The exit code is 1 where something would be rejected or would expire.";
constexpr std::string_view doctor_details =
    "Looks at credentials, clock, queues, roles, quotas and the ledger, and prints what would\n"
    "mend each thing that is wrong, to be pasted as it is: commands, or keys of exarch.yaml. A\n"
    "command that ends in `# in account ID` needs an administrator's credentials there; KEY,\n"
    "SECRET and TOKEN are yours to fill in. Changes nothing: an invalidation it tries has no\n"
    "paths. In JSON, `mend_is` is command or configuration.\n"
    "Roles are those of the accounts in the configuration and in the ledger. The exit code\n"
    "is 1 where something is wrong.";
constexpr std::string_view policy_details =
    "Prints the IAM documents that this configuration needs, and no more: for who runs the\n"
    "worker (controller), for who sends tasks (producer), and for the role in each target\n"
    "account (target, and target-trust for who may assume it). Without an argument, all of\n"
    "them in one JSON document. Calls nobody.";
constexpr std::string_view sandbox_details =
    "AWS in a box: SQS, STS, IAM's policies and CloudFront as real clients speak to them, with\n"
    "signatures, quotas and refusals. Prints its address when it is ready, and ends at SIGTERM\n"
    "or SIGINT. GET /_sandbox/calls tells every call that came, POST /_sandbox/accounts makes\n"
    "accounts with users, roles, distributions and queues; docs/sandbox.md tells the rest.";
constexpr std::string_view completion_details =
    "Prints a completion script. For bash, put this into ~/.bashrc:\n"
    "  eval \"$(exarch completion bash)\"";

const VerbRow verbs[] = {
    {"worker", "", "take tasks from the queues and carry them out", worker_details, nullptr},
    {"status", "[TASK]", "tell where operations stand", status_details, set_task},
    {"submit", "[FILE…]", "check tasks and send them to the queue", submit_details,
     add_file<&Arguments::submit>},
    {"plan", "[FILE…]", "tell what tasks would come to, without calling anybody", plan_details,
     add_file<&Arguments::plan>},
    {"doctor", "", "look for what is wrong, and tell what would mend it", doctor_details, nullptr},
    {"policy", "[controller|producer|target|target-trust]",
     "print the least-privilege IAM documents", policy_details, set_policy_kind},
    {"sandbox", "", "be AWS, for trying and testing", sandbox_details, nullptr},
    {"completion", "bash|zsh|fish", "print a completion script", completion_details, set_shell},
};

} // namespace

std::span<const VerbRow> all_verbs() {
    return verbs;
}

const VerbRow* find_verb(std::string_view name) {
    const auto found = std::ranges::find(verbs, name, &VerbRow::name);
    return found == std::end(verbs) ? nullptr : &*found;
}

std::vector<const OptionRow*> options_of(std::string_view verb) {
    std::vector<const OptionRow*> rows;
    for (const OptionRow& row : options) {
        if (row.verb == verb) {
            rows.push_back(&row);
        }
    }
    return rows;
}

std::vector<std::string_view> choices_of(std::string_view value) {
    std::vector<std::string_view> choices;
    if (!value.contains('|')) {
        return choices;
    }
    const std::size_t begin = value.find_first_not_of("[=");
    value = value.substr(begin, value.find(']') - begin);
    while (true) {
        const std::size_t bar = value.find('|');
        choices.push_back(value.substr(0, bar));
        if (bar == std::string_view::npos) {
            return choices;
        }
        value.remove_prefix(bar + 1);
    }
}

} // namespace exarch::cli
