#include "cli/command_table.hpp"

#include "cli/command/option_values.hpp"
#include "cli/simulate/simulate_values.hpp"
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

// What `submit` and `plan` are told in the same words.
template <auto Verb>
std::string set_task_account(Arguments& arguments, const std::string& value) {
    return take_account((arguments.*Verb).tasks.account, value);
}

// What `submit` and `redrive` are told in the same words.
template <auto Verb>
std::string set_wait(Arguments& arguments, const std::string& value) {
    if (value.empty() || value == "accepted") {
        (arguments.*Verb).wait = WaitFor::accepted;
    } else if (value == "completed") {
        (arguments.*Verb).wait = WaitFor::completed;
    } else {
        return none_of(value, "accepted, completed");
    }
    return {};
}

template <auto Verb>
std::string set_wait_timeout(Arguments& arguments, const std::string& value) {
    return set_patience((arguments.*Verb).wait_timeout, value);
}

template <auto Verb>
std::string set_queue(Arguments& arguments, const std::string& value) {
    (arguments.*Verb).queue = value;
    return {};
}

template <auto Verb>
std::string set_ledger(Arguments& arguments, const std::string& value) {
    (arguments.*Verb).ledger = value;
    return {};
}

template <auto Verb>
std::string set_distribution(Arguments& arguments, const std::string& value) {
    (arguments.*Verb).tasks.distribution = value;
    return value.empty() ? "a distribution's id cannot be empty" : not_utf8(value);
}

template <auto Verb>
std::string add_path(Arguments& arguments, const std::string& value) {
    (arguments.*Verb).tasks.paths.push_back(value);
    return not_utf8(value);
}

// What a workload or its cloud is told in numbers.
template <auto Option>
std::string set_count(Arguments& arguments, const std::string& value) {
    return take_count(arguments.simulate.*Option, value);
}

template <auto Option>
std::string set_percent(Arguments& arguments, const std::string& value) {
    return take_percent(arguments.simulate.*Option, value);
}

template <auto Verb>
std::string set_seed(Arguments& arguments, const std::string& value) {
    const auto seed = config::parse_whole(value, {0, std::numeric_limits<std::int64_t>::max()});
    (arguments.*Verb).seed = static_cast<std::uint64_t>(seed.value_or(0));
    return seed.has_value() ? "" : seed.error().message();
}

// The sandbox's own parsers say what is wrong; the verb reads the text again.
template <class Result>
std::string keep_if_good(const Result& parsed, const std::string& value, std::string& place) {
    place = value;
    return parsed.has_value() ? "" : parsed.error().message();
}

constexpr std::string_view task_account_description =
    "instead of files: the account of the distribution";
constexpr std::string_view distribution_description =
    "instead of files: the distribution to invalidate";
constexpr std::string_view path_description = "instead of files: the paths to invalidate";

constexpr std::string_view wait_description =
    "follow them until AWS has accepted all; or finished all";
constexpr std::string_view wait_timeout_description = "give up --wait after this; 24h";
constexpr std::string_view queue_description = "send to this queue";

const OptionRow option_rows[] = {
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
    {"worker", "--dead-letters", "", "take in what the queues' dead-letter queues hold, too",
     [](Arguments& arguments, const std::string&) -> std::string {
         arguments.worker.dead_letters = true;
         return {};
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
    {"status", "--operation", "ID…", "instead of TASK: what these wait for, or how they ended",
     [](Arguments& arguments, const std::string& value) {
         return take_operation(arguments.status.operations, value);
     }},
    {"status", "--ledger", "LEDGER", "read this ledger, like sqlite:exarch.db",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.status.ledger = value;
         return {};
     }},
    {"plan", "--account", "ID", task_account_description, set_task_account<&Arguments::plan>},
    {"plan", "--distribution", "ID", distribution_description, set_distribution<&Arguments::plan>},
    {"plan", "--path", "PATH…", path_description, add_path<&Arguments::plan>},
    {"doctor", "--account", "ID…", "look at the role in this account too",
     [](Arguments& arguments, const std::string& value) {
         return take_account(arguments.doctor.accounts.emplace_back(), value);
     }},
    {"doctor", "--function", "NAME", "look at this function of Lambda too",
     [](Arguments& arguments, const std::string& value) {
         return take_function(arguments.doctor.function, value);
     }},
    {"submit", "--account", "ID", task_account_description, set_task_account<&Arguments::submit>},
    {"submit", "--distribution", "ID", distribution_description,
     set_distribution<&Arguments::submit>},
    {"submit", "--path", "PATH…", path_description, add_path<&Arguments::submit>},
    {"submit", "--wait", "[=accepted|completed]", wait_description, set_wait<&Arguments::submit>},
    {"submit", "--wait-timeout", "DURATION", wait_timeout_description,
     set_wait_timeout<&Arguments::submit>},
    {"submit", "--queue", "URL", queue_description, set_queue<&Arguments::submit>},
    {"submit", "--ledger", "LEDGER", "follow them in this ledger, like sqlite:exarch.db",
     set_ledger<&Arguments::submit>},
    {"redrive", "--dry-run", "", "tell what would be sent, and send nothing",
     [](Arguments& arguments, const std::string&) -> std::string {
         arguments.redrive.dry_run = true;
         return {};
     }},
    {"redrive", "--wait", "[=accepted|completed]", wait_description, set_wait<&Arguments::redrive>},
    {"redrive", "--wait-timeout", "DURATION", wait_timeout_description,
     set_wait_timeout<&Arguments::redrive>},
    {"redrive", "--queue", "URL", queue_description, set_queue<&Arguments::redrive>},
    {"redrive", "--ledger", "LEDGER", "choose from this ledger, like sqlite:exarch.db",
     set_ledger<&Arguments::redrive>},
    {"sandbox", "--listen", "ADDR:PORT", "answer there; 127.0.0.1:4600; port 0: any that is free",
     [](Arguments& arguments, const std::string& value) {
         return keep_if_good(config::parse_listen_address(value), value, arguments.sandbox.listen);
     }},
    {"sandbox", "--example", "", "prepare accounts, roles and distributions; print the exports",
     [](Arguments& arguments, const std::string&) -> std::string {
         arguments.sandbox.example = true;
         return {};
     }},
    {"sandbox", "--functions", "", "host Lambda functions: runs code that comes by HTTP",
     [](Arguments& arguments, const std::string&) -> std::string {
         arguments.sandbox.functions = true;
         return {};
     }},
    {"sandbox", "--data", "FILE", "keep the state there, and go on from it; else in memory",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.sandbox.data = value;
         return {};
     }},
    {"sandbox", "--seed", "NUMBER", "of identifiers and faults, so that runs repeat; a random one",
     set_seed<&Arguments::sandbox>},
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
    {"simulate", "--accounts", "NUMBER", "instead of files: that many accounts, listed ones first",
     set_count<&SimulateOptions::accounts>},
    {"simulate", "--operations", "NUMBER", "instead of files: so many in all, like 1e7",
     set_count<&SimulateOptions::operations>},
    {"simulate", "--distributions", "NUMBER", "in each of --accounts; 2",
     set_count<&SimulateOptions::distributions>},
    {"simulate", "--wildcards", "PERCENT", "of --operations; 1",
     set_percent<&SimulateOptions::wildcards>},
    {"simulate", "--duplicates", "PERCENT", "of --operations; 10",
     set_percent<&SimulateOptions::duplicates>},
    {"simulate", "--arrival", "ARRIVAL", "burst, 'burst 10m' or 'steady 1h'; burst",
     [](Arguments& arguments, const std::string& value) {
         return take_arrival(arguments.simulate.arrival, value);
     }},
    {"simulate", "--seed", "NUMBER", "of all that is left to chance, so that runs repeat; 0",
     set_seed<&Arguments::simulate>},
    {"simulate", "--actual-rate", "RATE",
     "calls a second that AWS really takes; else as configured",
     [](Arguments& arguments, const std::string& value) {
         return take_rate(arguments.simulate.actual_rate, value);
     }},
    {"simulate", "--round-trip", "DURATION", "of each call; 200ms",
     [](Arguments& arguments, const std::string& value) {
         return take_delay(arguments.simulate.round_trip, value);
     }},
    {"simulate", "--complete-after", "DURATION", "how long CloudFront works on paths; 60s",
     [](Arguments& arguments, const std::string& value) {
         return take_delay(arguments.simulate.completion, value);
     }},
    {"simulate", "--failing", "PERCENT", "of the calls are lost and never answered; 0",
     [](Arguments& arguments, const std::string& value) {
         return take_percent(arguments.simulate.failing, value);
     }},
    {"simulate", "--chart", "FILE", "draw what waits, and the calls a second, as an SVG picture",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.simulate.chart = value;
         return value.empty() ? "the name of a file cannot be empty" : "";
     }},
};

} // namespace

std::vector<const OptionRow*> options_of(std::string_view verb) {
    std::vector<const OptionRow*> rows;
    const std::span<const OptionRow> others(option_rows);
    for (const std::span<const OptionRow> table :
         {selection_options(), policy_options(), config_options(), others}) {
        for (const OptionRow& row : table) {
            if (row.verb == verb) {
                rows.push_back(&row);
            }
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
    value = value.substr(begin, value.find_first_of("] ", begin) - begin);
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
