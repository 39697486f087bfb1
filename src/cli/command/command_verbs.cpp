#include "cli/command/option_values.hpp"
#include "cli/command_table.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace exarch::cli {
namespace {

using config::quote;

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

std::string set_audit(Arguments& arguments, const std::string& value) {
    if (value == "verify" || value == "export") {
        return fmt::format("{} comes in a later version; there is list", value);
    }
    if (value != "list" || arguments.audit.is_list) {
        return fmt::format("{} is nothing that audit does; there is list", quote(value));
    }
    arguments.audit.is_list = true;
    return {};
}

std::string set_policy_kind(Arguments& arguments, const std::string& value) {
    constexpr std::array<std::pair<std::string_view, PolicyKind>, 6> kinds = {
        {{"controller", PolicyKind::controller},
         {"function", PolicyKind::function},
         {"producer", PolicyKind::producer},
         {"queue", PolicyKind::queue},
         {"target", PolicyKind::target},
         {"target-trust", PolicyKind::target_trust}}};
    const auto found = std::ranges::find(kinds, value, &decltype(kinds)::value_type::first);
    if (found == kinds.end()) {
        return none_of(value, "controller, function, producer, queue, target, target-trust");
    }
    arguments.policy.kind = found->second;
    return {};
}

std::string set_config(Arguments& arguments, const std::string& value) {
    constexpr std::array<std::pair<std::string_view, ConfigDeed>, 3> deeds = {
        {{"check", ConfigDeed::check}, {"diff", ConfigDeed::diff}, {"push", ConfigDeed::push}}};
    ConfigOptions& config = arguments.config;
    if (!config.deed) {
        const auto found = std::ranges::find(deeds, value, &decltype(deeds)::value_type::first);
        if (found == deeds.end()) {
            return fmt::format("{} is nothing that config does; there are check, diff and push",
                               quote(value));
        }
        config.deed = found->second;
        return {};
    }
    if (!config.file.empty()) {
        return fmt::format("{} is one file too many; name one", quote(value));
    }
    config.file = value;
    return value.empty() ? "the name of a file cannot be empty" : "";
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

template <auto Verb>
std::string add_file(Arguments& arguments, const std::string& value) {
    (arguments.*Verb).tasks.files.push_back(value);
    return {};
}

constexpr std::string_view worker_details =
    "Takes tasks from its queues into the ledger and carries them out until SIGTERM or\n"
    "SIGINT: then it takes no more, finishes what is in flight, records it and ends.\n"
    "With --drain the exit code is 1 where something failed, expired or is blocked.\n"
    "With --dead-letters it takes in as well what SQS has moved to the queues' dead-letter\n"
    "queues: what is in the ledger already is not done again.";
constexpr std::string_view status_details =
    "Tells where operations stand: in all, by account and by lane, what waits for what and\n"
    "for how long. TASK is a task's id, its SQS message id or, where no task has it for an id,\n"
    "its number: each of its open operations is explained by a sentence. With TASK or\n"
    "--operation the exit code is 1 where one did not succeed or is blocked, and 2 where the\n"
    "ledger does not know it. Reads the ledger only, so times are estimates; works while a\n"
    "worker runs.";
constexpr std::string_view submit_details =
    "Checks tasks as the worker would, sends them to the queue in full batches and prints\n"
    "their ids. A FILE holds one task as JSON, or one on each line; - is stdin. If any task\n"
    "is wrong, none is sent. Without files, --account, --distribution and --path make one.";
constexpr std::string_view redrive_details =
    "Sends operations that failed or expired to the queue again, each as a new task: those that\n"
    "meet all that is chosen by, or --all; 100,000 at a time. The task's id follows from the\n"
    "operation, so the same again does nothing, however it is chosen; from another sender, once\n"
    "a worker has taken the first in. Priority, requester, labels and a deadline that is ahead\n"
    "are kept. Reads the ledger only, and works while a worker runs.";
constexpr std::string_view audit_details =
    "list tells how operations ended, the latest first: what was done, by which call (its\n"
    "CallerReference, and what AWS calls the result), for whom, and why what did not succeed\n"
    "did not. Of all that is in the ledger, or of those that meet all that is chosen by.\n"
    "REQUESTER is the task's own word, SENDER is SQS's. JSON is one line each. Reads the ledger\n"
    "only, and works while a worker runs.";
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
    "Roles are those of the accounts in the configuration and in the ledger. --function names\n"
    "one of Lambda, in the queue's region: may it feed its own queue, does the task queue hide\n"
    "messages for long enough, and do those come back that it could not do? The exit code is\n"
    "1 where something is wrong.";
constexpr std::string_view policy_details =
    "Prints the IAM documents that this configuration needs, and no more: for who runs the\n"
    "worker (controller), for the role of the function instead of it (function), for who sends\n"
    "tasks (producer), for the queue itself (queue), and for the role in each target account\n"
    "(target, and target-trust for who may assume it). Without an argument, all of them in one\n"
    "JSON document. Calls nobody, unless the configuration is in AWS: reading it is among the\n"
    "permissions then.";
constexpr std::string_view config_details =
    "check reads a configuration as the other verbs would, with what the environment lays over\n"
    "it, and tells what it comes to; or in one line the first thing that is wrong, where, and\n"
    "what would be right. FILE is instead of --config, and like that and EXARCH_CONFIG may be\n"
    "where it is kept in AWS: ssm:/path, a parameter of Systems Manager (up to 4 KB, or 8 KB\n"
    "as an advanced one), or dynamodb:TABLE#config, items of a table (up to 399 KB); with :3\n"
    "behind it, that version. A file is read without calling anybody.\n"
    "diff tells by lines how FILE differs from what it is to replace; the exit code is 1 where\n"
    "it does. push checks FILE by itself and makes it the next version there; the exit code is\n"
    "1, and nothing is pushed, where another version is there than the one it is based on.";
constexpr std::string_view sandbox_details =
    "AWS in a box: SQS, STS, IAM's policies and CloudFront as real clients speak to them, with\n"
    "signatures, quotas and refusals. Prints its address when it is ready, and ends at SIGTERM\n"
    "or SIGINT. GET /_sandbox/calls tells every call that came, POST /_sandbox/accounts makes\n"
    "accounts with users, roles, distributions and queues; docs/sandbox.md tells the rest.";
constexpr std::string_view simulate_details =
    "Lets this configuration work against a simulated cloud in virtual time, once as it is and\n"
    "once with twice the quotas, and tells how long it takes, how long operations wait, calls,\n"
    "throttles and cost, and the slowest accounts. Calls nobody. A FILE is what submit takes. The\n"
    "exit code is 1 where something is rejected, fails or expires as configured.";
constexpr std::string_view lambda_details =
    "Serves a Lambda function: takes one invocation after another from the Runtime API that\n"
    "AWS_LAMBDA_RUNTIME_API names, and answers each with the messages that go back to the\n"
    "queue. Also what runs when the program is called bootstrap. _HANDLER is exarch.control,\n"
    "for the messages of an SQS event source mapping that reports batch item failures.\n"
    "Without a ledger (the default here) it needs nothing but sts:AssumeRole. With one in a\n"
    "table (EXARCH_LEDGER=dynamodb:TABLE, and EXARCH_TICKS=URL of a queue) messages are taken\n"
    "in and done once, paced by ticks. docs/lambda.md tells the rest.";
constexpr std::string_view completion_details =
    "Prints a completion script. For bash, put this into ~/.bashrc:\n"
    "  eval \"$(exarch completion bash)\"";

const VerbRow verbs[] = {
    {"worker", "", "take tasks from the queues and carry them out", worker_details, nullptr},
    {"status", "[TASK]", "tell where operations stand", status_details, set_task},
    {"submit", "[FILE…]", "check tasks and send them to the queue", submit_details,
     add_file<&Arguments::submit>},
    {"redrive", "", "ask again for what failed or expired", redrive_details, nullptr},
    {"audit", "list", "tell how operations ended, why, and what did it", audit_details, set_audit},
    {"plan", "[FILE…]", "tell what tasks would come to, without calling anybody", plan_details,
     add_file<&Arguments::plan>},
    {"doctor", "", "look for what is wrong, and tell what would mend it", doctor_details, nullptr},
    {"policy", "[controller|function|producer|queue|target|target-trust]",
     "print the least-privilege IAM documents", policy_details, set_policy_kind},
    {"config", "check|diff|push [FILE]", "tell whether a configuration is right; publish it",
     config_details, set_config},
    {"sandbox", "", "be AWS, for trying and testing", sandbox_details, nullptr},
    {"simulate", "[FILE…]", "try this configuration in virtual time", simulate_details,
     add_file<&Arguments::simulate>},
    {"lambda", "", "serve a Lambda function", lambda_details, nullptr},
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

} // namespace exarch::cli
