#include "base/time.hpp"
#include "cli/command/option_values.hpp"
#include "cli/command_table.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace exarch::cli {
namespace {

// What `redrive` and `audit` are told in the same words.
template <auto Verb>
std::string add_operation(Arguments& arguments, const std::string& value) {
    return take_operation((arguments.*Verb).selection.operations, value);
}

template <auto Verb>
std::string set_task(Arguments& arguments, const std::string& value) {
    return take_choice((arguments.*Verb).selection.task, value);
}

template <auto Verb>
std::string set_account(Arguments& arguments, const std::string& value) {
    return take_account((arguments.*Verb).selection.account, value);
}

template <auto Verb>
std::string set_error(Arguments& arguments, const std::string& value) {
    return take_choice((arguments.*Verb).selection.error, value);
}

std::string add_state(Arguments& arguments, const std::string& value) {
    constexpr std::array<std::string_view, 4> states{"done", "failed", "expired", "rejected"};
    arguments.audit.states.push_back(value);
    return std::ranges::find(states, value) != states.end()
               ? ""
               : none_of(value, "done, failed, expired, rejected");
}

std::string set_since(Arguments& arguments, const std::string& value) {
    if (const auto moment = base::parse_timestamp(value)) {
        arguments.audit.since = *moment;
        return {};
    }
    const auto span = base::parse_duration(value);
    arguments.audit.since = span.value_or(base::Duration());
    return span.has_value()
               ? ""
               : config::quote(value) + " is neither a moment, like "
                                        "2026-11-24T00:10:00Z, nor a time ago, like 2h";
}

std::string set_limit(Arguments& arguments, const std::string& value) {
    const auto limit = config::parse_whole(value, {0, std::numeric_limits<std::int64_t>::max()});
    arguments.audit.limit = limit.value_or(0);
    return limit.has_value() ? "" : limit.error().message();
}

constexpr std::string_view operation_description = "those with these ids, as status tells them";
constexpr std::string_view task_description = "those of this task: its id, message id or number";
constexpr std::string_view account_description = "those of this account";
constexpr std::string_view error_description = "those with this text in their reason";

const OptionRow selection_rows[] = {
    {"redrive", "--operation", "ID…", operation_description, add_operation<&Arguments::redrive>},
    {"redrive", "--task", "TASK", task_description, set_task<&Arguments::redrive>},
    {"redrive", "--account", "ID", account_description, set_account<&Arguments::redrive>},
    {"redrive", "--error", "TEXT", error_description, set_error<&Arguments::redrive>},
    {"redrive", "--all", "", "instead of a choice: all that failed or expired",
     [](Arguments& arguments, const std::string&) -> std::string {
         arguments.redrive.selection.all = true;
         return {};
     }},
    {"redrive", "--unknown-too", "",
     "those too whose outcome is unknown: they may have taken effect",
     [](Arguments& arguments, const std::string&) -> std::string {
         arguments.redrive.selection.unknown_too = true;
         return {};
     }},
    {"audit", "--operation", "ID…", operation_description, add_operation<&Arguments::audit>},
    {"audit", "--task", "TASK", task_description, set_task<&Arguments::audit>},
    {"audit", "--account", "ID", account_description, set_account<&Arguments::audit>},
    {"audit", "--error", "TEXT", error_description, set_error<&Arguments::audit>},
    {"audit", "--state", "STATE…", "those that are done, failed, expired or rejected", add_state},
    {"audit", "--since", "TIME", "those that ended since then: a moment, or a time ago like 2h",
     set_since},
    {"audit", "--limit", "NUMBER", "so many at most, the latest first; 0: all; 1000", set_limit},
    {"audit", "--ledger", "LEDGER", "read this ledger, like sqlite:exarch.db",
     [](Arguments& arguments, const std::string& value) -> std::string {
         arguments.audit.ledger = value;
         return {};
     }},
};

} // namespace

std::span<const OptionRow> selection_options() {
    return selection_rows;
}

} // namespace exarch::cli
