#include "cli/command_line.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <sstream>

namespace exarch::cli {
namespace {

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    return words;
}

CommandLine parsed(const std::string& line) {
    const std::vector<std::string> words = words_of(line);
    auto result = parse_command_line(words);
    EXPECT_TRUE(result.has_value()) << result.error().text;
    return result.has_value() ? *result : CommandLine{};
}

template <class Options>
Options options_of_line(const std::string& line) {
    const CommandLine command = parsed(line);
    const auto* options = std::get_if<Options>(&command.verb);
    EXPECT_NE(options, nullptr) << line;
    return options == nullptr ? Options{} : *options;
}

EarlyEnd early_end(const std::string& line) {
    const std::vector<std::string> words = words_of(line);
    const auto result = parse_command_line(words);
    EXPECT_FALSE(result.has_value()) << line;
    return result.has_value() ? EarlyEnd{} : result.error();
}

TEST(CommandLine, has_defaults_for_everything_but_the_verb) {
    const CommandLine command = parsed("worker");
    EXPECT_EQ(command.common.config_file, "");
    EXPECT_EQ(command.common.output, OutputFormat::text);
    EXPECT_EQ(command.common.log_level, base::LogLevel::info);
    const auto worker = options_of_line<WorkerOptions>("worker");
    EXPECT_FALSE(worker.drain);
    EXPECT_EQ(worker.drain_timeout, std::chrono::minutes(15));
    EXPECT_EQ(worker.listen, "");
    EXPECT_FALSE(worker.list_crash_points);
}

TEST(CommandLine, takes_common_options_before_and_after_the_verb) {
    for (const char* line : {"--config c.yaml --output json --log-level debug status",
                             "status --config c.yaml --output json --log-level debug",
                             "--config=c.yaml status --output=json --log-level=debug"}) {
        const CommandLine command = parsed(line);
        EXPECT_EQ(command.common.config_file, "c.yaml") << line;
        EXPECT_EQ(command.common.output, OutputFormat::json) << line;
        EXPECT_EQ(command.common.log_level, base::LogLevel::debug) << line;
    }
}

TEST(CommandLine, the_last_of_repeated_options_counts) {
    EXPECT_EQ(parsed("--output json status --output text").common.output, OutputFormat::text);
}

TEST(CommandLine, reads_the_worker_s_options) {
    const auto worker = options_of_line<WorkerOptions>(
        "worker --drain --drain-timeout 45s --listen 127.0.0.1:0 --queue u --ledger sqlite:x");
    EXPECT_TRUE(worker.drain);
    EXPECT_EQ(worker.drain_timeout, std::chrono::seconds(45));
    EXPECT_EQ(worker.listen, "127.0.0.1:0");
    EXPECT_EQ(worker.queue, "u");
    EXPECT_EQ(worker.ledger, "sqlite:x");
    EXPECT_TRUE(options_of_line<WorkerOptions>("worker --list-crash-points").list_crash_points);
}

TEST(CommandLine, reads_the_task_of_status_even_where_it_is_called_like_a_verb) {
    EXPECT_EQ(options_of_line<StatusOptions>("status").task, "");
    EXPECT_EQ(options_of_line<StatusOptions>("status sale-7 --watch").task, "sale-7");
    EXPECT_TRUE(options_of_line<StatusOptions>("status sale-7 --watch").watch);
    EXPECT_EQ(options_of_line<StatusOptions>("status worker").task, "worker");
    EXPECT_EQ(options_of_line<StatusOptions>("status -- --odd").task, "--odd");
}

TEST(CommandLine, reads_files_to_submit_and_a_wait_of_either_kind) {
    const auto plain = options_of_line<SubmitOptions>("submit a.json - b.jsonl");
    EXPECT_EQ(plain.tasks.files, (std::vector<std::string>{"a.json", "-", "b.jsonl"}));
    EXPECT_EQ(plain.wait, std::nullopt);
    const auto bare = options_of_line<SubmitOptions>("submit --wait a.json");
    EXPECT_EQ(bare.tasks.files, std::vector<std::string>{"a.json"});
    EXPECT_EQ(bare.wait, WaitFor::accepted);
    EXPECT_EQ(options_of_line<SubmitOptions>("submit a --wait=accepted").wait, WaitFor::accepted);
    EXPECT_EQ(options_of_line<SubmitOptions>("submit a --wait=completed").wait, WaitFor::completed);
    EXPECT_EQ(options_of_line<SubmitOptions>("submit a --wait --wait-timeout 90s").wait_timeout,
              std::chrono::seconds(90));
}

TEST(CommandLine, reads_what_to_redrive) {
    const auto redrive = options_of_line<RedriveOptions>(
        "redrive --operation 3 7 --task sale --account 012345678901 --error Denied --unknown-too "
        "--wait=completed --queue u --ledger sqlite:x");
    EXPECT_EQ(redrive.selection.operations,
              (std::vector<ledger::OperationKey>{ledger::OperationId(3), ledger::OperationId(7)}));
    EXPECT_EQ(redrive.selection.task, "sale");
    EXPECT_EQ(redrive.selection.account, "012345678901");
    EXPECT_EQ(redrive.selection.error, "Denied");
    EXPECT_TRUE(redrive.selection.unknown_too);
    EXPECT_FALSE(redrive.selection.all);
    EXPECT_FALSE(redrive.dry_run);
    EXPECT_EQ(redrive.wait, WaitFor::completed);
    EXPECT_EQ(redrive.queue, "u");
    EXPECT_EQ(redrive.ledger, "sqlite:x");
    EXPECT_TRUE(options_of_line<RedriveOptions>("redrive --all --dry-run").selection.all);
}

TEST(CommandLine, reads_which_endings_to_list) {
    const auto audit = options_of_line<AuditOptions>(
        "audit list --operation 3 --task sale --account 012345678901 --error Denied "
        "--state failed expired --since 2h --limit 5 --ledger sqlite:x");
    EXPECT_EQ(audit.selection.operations,
              (std::vector<ledger::OperationKey>{ledger::OperationId(3)}));
    EXPECT_EQ(audit.selection.task, "sale");
    EXPECT_EQ(audit.selection.account, "012345678901");
    EXPECT_EQ(audit.selection.error, "Denied");
    EXPECT_EQ(audit.states, (std::vector<std::string>{"failed", "expired"}));
    EXPECT_EQ(std::get<base::Duration>(audit.since), std::chrono::hours(2));
    EXPECT_EQ(audit.limit, 5);
    EXPECT_EQ(audit.ledger, "sqlite:x");
    const auto plain = options_of_line<AuditOptions>("audit list --since 2026-11-24T00:10:00Z");
    EXPECT_EQ(std::get<base::Timestamp>(plain.since),
              base::parse_timestamp("2026-11-24T00:10:00Z").value());
    EXPECT_EQ(plain.limit, 1000);
}

TEST(CommandLine, reads_a_workload_to_simulate) {
    const auto options = options_of_line<SimulateOptions>(
        "simulate --accounts 2000 --operations 1e7 --distributions 3 --wildcards 2.5 "
        "--duplicates 0 --seed 7 --actual-rate 0.5 --round-trip 1s --complete-after 10s "
        "--failing 1 --chart sale.svg");
    EXPECT_EQ(options.accounts, 2000U);
    EXPECT_EQ(options.operations, 10'000'000U);
    EXPECT_EQ(options.distributions, 3U);
    EXPECT_EQ(options.wildcards, 2.5);
    EXPECT_EQ(options.duplicates, 0);
    EXPECT_EQ(options.seed, 7U);
    EXPECT_EQ(options.actual_rate, 0.5);
    EXPECT_EQ(options.round_trip, std::chrono::seconds(1));
    EXPECT_EQ(options.completion, std::chrono::seconds(10));
    EXPECT_EQ(options.failing, 1);
    EXPECT_EQ(options.chart, "sale.svg");
    EXPECT_EQ(options_of_line<SimulateOptions>("simulate a.json -").tasks.files,
              (std::vector<std::string>{"a.json", "-"}));
}

TEST(CommandLine, reads_any_number_of_paths) {
    const auto submit = options_of_line<SubmitOptions>(
        "submit --account 012345678901 --distribution E1 --path /a /b --path /c/*");
    EXPECT_EQ(submit.tasks.account, "012345678901");
    EXPECT_EQ(submit.tasks.distribution, "E1");
    EXPECT_EQ(submit.tasks.paths, (std::vector<std::string>{"/a", "/b", "/c/*"}));
}

TEST(CommandLine, plan_takes_what_submit_takes) {
    EXPECT_EQ(options_of_line<PlanOptions>("plan a.json -").tasks.files,
              (std::vector<std::string>{"a.json", "-"}));
    const auto plan =
        options_of_line<PlanOptions>("plan --account 012345678901 --distribution E1 --path /a /b");
    EXPECT_EQ(plan.tasks.account, "012345678901");
    EXPECT_EQ(plan.tasks.distribution, "E1");
    EXPECT_EQ(plan.tasks.paths, (std::vector<std::string>{"/a", "/b"}));
}

TEST(CommandLine, reads_whose_policy_is_meant) {
    EXPECT_EQ(options_of_line<PolicyOptions>("policy").kind, std::nullopt);
    const auto policy = options_of_line<PolicyOptions>(
        "policy target-trust --account 012345678901 --principal arn:aws:iam::1:role/r");
    EXPECT_EQ(policy.kind, PolicyKind::target_trust);
    EXPECT_EQ(policy.account, "012345678901");
    EXPECT_EQ(policy.principal, "arn:aws:iam::1:role/r");
}

TEST(CommandLine, a_function_is_looked_at_where_it_is_named) {
    EXPECT_EQ(options_of_line<DoctorOptions>("doctor").function, "");
    EXPECT_EQ(options_of_line<DoctorOptions>("doctor --function purges").function, "purges");
    const auto policy = options_of_line<PolicyOptions>("policy");
    EXPECT_EQ(policy.function.name, "exarch");
    EXPECT_FALSE(policy.names_function);
    EXPECT_TRUE(options_of_line<PolicyOptions>("policy --function purges").names_function);
}

TEST(CommandLine, reads_the_shell_to_complete_for) {
    EXPECT_EQ(options_of_line<CompletionOptions>("completion fish").shell, Shell::fish);
}

TEST(CommandLine, help_and_version_are_everywhere) {
    for (const char* line : {"--help", "-h", "worker --help", "status --help", "submit --help",
                             "completion --help", "submit --account 1 --help"}) {
        const EarlyEnd end = early_end(line);
        EXPECT_EQ(end.exit_code, ExitCode::done) << line;
        EXPECT_TRUE(end.text.contains("Usage: exarch")) << line;
        EXPECT_TRUE(end.text.contains("--help")) << line;
    }
    for (const char* line : {"--version", "status --version", "worker --drain --version"}) {
        const EarlyEnd end = early_end(line);
        EXPECT_EQ(end.exit_code, ExitCode::done) << line;
        EXPECT_TRUE(end.text.starts_with("exarch ")) << line;
    }
}

TEST(CommandLine, help_of_a_verb_names_its_options_and_fits_a_terminal) {
    const std::string text = early_end("submit --help").text;
    for (const char* name : {"--account ID", "--path PATH…", "--wait[=accepted|completed]",
                             "--config FILE", "--output text|json"}) {
        EXPECT_TRUE(text.contains(name)) << name;
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), 96U) << line;
    }
}

struct Refused {
    const char* line;
    const char* message;
};

std::ostream& operator<<(std::ostream& stream, const Refused& refused) {
    return stream << refused.line;
}

class RefusedLine : public testing::TestWithParam<Refused> {};

TEST_P(RefusedLine, is_told_in_one_line) {
    const EarlyEnd end = early_end(GetParam().line);
    EXPECT_EQ(end.exit_code, ExitCode::misuse);
    EXPECT_EQ(end.text, std::string("exarch: ") + GetParam().message + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, RefusedLine,
    testing::Values(
        Refused{"", "a verb is missing; see exarch --help"},
        Refused{"--output json", "a verb is missing; see exarch --help"},
        Refused{"wrker --drain", "no verb \"wrker\", did you mean worker?; see exarch --help"},
        Refused{"xyzzy", "no verb \"xyzzy\"; see exarch --help"},
        Refused{"--queue q worker",
                "--queue belongs to worker: write it after the verb; see exarch worker --help"},
        Refused{"policy data-plane",
                "policy: \"data-plane\" is none of controller, function, "
                "producer, queue, target, target-trust; see exarch policy --help"},
        Refused{"policy --distribution E/1",
                "--distribution: \"E/1\" is no distribution id, like E2EXAMPLE1; see exarch "
                "policy --help"},
        Refused{"policy --producer shop",
                "--producer: \"shop\" is neither an account id nor an ARN, like "
                "arn:aws:iam::222233334444:role/shop; see exarch policy --help"},
        Refused{"policy --function a:b",
                "--function: \"a:b\" is no function's name: 1 to 64 letters, digits, - and _; "
                "see exarch policy --help"},
        Refused{"doctor --function a:b",
                "--function: \"a:b\" is no function's name: 1 to 64 letters, digits, - and _; "
                "see exarch doctor --help"},
        Refused{"policy --table exarch",
                "--table: \"exarch\" is not like "
                "arn:aws:dynamodb:eu-west-1:999900001111:table/exarch; see exarch policy --help"},
        Refused{"config", "config: name what to do: check, diff or push; see exarch config --help"},
        Refused{"policy --source exarch.yaml",
                "--source: \"exarch.yaml\" is not in AWS, like ssm:/exarch/config or "
                "dynamodb:exarch#config; see exarch policy --help"},
        Refused{"config pull",
                "config: \"pull\" is nothing that config does; there are check, diff "
                "and push; see exarch config --help"},
        Refused{"config check a.yaml b.yaml", "config: \"b.yaml\" is one file too many; name one; "
                                              "see exarch config --help"},
        Refused{"config check --to ssm:/c",
                "config: --to is for diff and push; see exarch config --help"},
        Refused{"config diff", "config: say by --to what to compare with, like --to "
                               "ssm:/exarch/config; see exarch config --help"},
        Refused{"config push a.yaml", "config: say by --to what to push to, like --to "
                                      "ssm:/exarch/config; see exarch config --help"},
        Refused{"config push --to b.yaml",
                "config: \"b.yaml\" is nothing to push to; write --to ssm:/path, or --to "
                "dynamodb:TABLE#config; see exarch config --help"},
        Refused{"config push --to ssm:/c:3",
                "config: \"ssm:/c:3\" is nothing to push to; write --to ssm:/path, or --to "
                "dynamodb:TABLE#config; see exarch config --help"},
        Refused{
            "config push --to dynamodb:exarch",
            "--to: \"dynamodb:exarch\": this is no configuration in a table of DynamoDB; write "
            "the table's name or ARN and the item's, like dynamodb:exarch#config, and a version "
            "behind it as in dynamodb:exarch#config:3; see exarch config --help"},
        Refused{"config diff --to ssm:/c --based-on 3",
                "config: --based-on is for push; see exarch config --help"},
        Refused{"config push --to ssm:/c --based-on 0",
                "--based-on: \"0\" is no whole number from 1 to 9223372036854775807; see exarch "
                "config --help"},
        Refused{"policy --principal me",
                "--principal: \"me\" is no ARN, like arn:aws:iam::999900001111:role/exarch; "
                "see exarch policy --help"},
        Refused{"approve", "approve comes in a later version; see exarch --help"},
        Refused{"audit", "audit: name what to do: list; see exarch audit --help"},
        Refused{"audit verify", "audit: verify comes in a later version; there is list; see "
                                "exarch audit --help"},
        Refused{"audit lst", "audit: \"lst\" is nothing that audit does; there is list; see exarch "
                             "audit --help"},
        Refused{"audit list --state gone", "--state: \"gone\" is none of done, failed, expired, "
                                           "rejected; see exarch audit --help"},
        Refused{"audit list --since soon",
                "--since: \"soon\" is neither a moment, like 2026-11-24T00:10:00Z, nor a time ago, "
                "like 2h; see exarch audit --help"},
        Refused{"plan", "plan: no tasks; give files, or --account, --distribution and --path; "
                        "see exarch plan --help"},
        Refused{"audit list --operation 1111:17", "--operation: \"1111:17\" is no operation of an "
                                                  "account, like 111122223333:1048576; see exarch "
                                                  "audit --help"},
        Refused{"simulate", "simulate: no work; give files, or --accounts and --operations; see "
                            "exarch simulate --help"},
        Refused{"simulate a.json --accounts 3", "simulate: give files, or --accounts and "
                                                "--operations, not both; see exarch simulate "
                                                "--help"},
        Refused{"simulate --accounts 3", "simulate: --accounts and --operations belong together; "
                                         "give both; see exarch simulate --help"},
        Refused{"simulate --accounts 0", "--accounts: \"0\" is no whole number from 1 to 1e9, "
                                         "like 2000 or 1e7; see exarch simulate --help"},
        Refused{"simulate --operations 1e7x", "--operations: \"1e7x\" is no whole number from 1 "
                                              "to 1e9, like 2000 or 1e7; see exarch simulate "
                                              "--help"},
        Refused{"simulate --failing 101", "--failing: \"101\" is no percentage from 0 to 100, "
                                          "like 2.5; see exarch simulate --help"},
        Refused{"simulate --wildcards nan", "--wildcards: \"nan\" is no percentage from 0 to "
                                            "100, like 2.5; see exarch simulate --help"},
        Refused{"simulate --arrival slow",
                "--arrival: \"slow\" is no arrival; write burst, 'burst 10m' or 'steady 1h', of "
                "30d at most; see exarch simulate --help"},
        Refused{"approve --seed 1", "approve comes in a later version; see exarch --help"},
        Refused{"sandbox --listen x",
                "--listen: \"x\" is no IP address and port; write it like 127.0.0.1:9464 or "
                "[::1]:9464; see exarch sandbox --help"},
        Refused{"sandbox --fault drop",
                "--fault: \"drop\" is none of drop_before, drop_after, "
                "error_before, error_after, html_before, html_after, "
                "throttle_before, duplicate, disorder; see exarch sandbox --help"},
        Refused{"sandbox --latency 9",
                "--latency: \"9\" is not a duration; write it like 250ms, 90s, 15m, 24h "
                "or 30d; see exarch sandbox --help"},
        Refused{"worker --drian",
                "no option \"--drian\", did you mean --drain?; see exarch worker --help"},
        Refused{"worker --watch=3", "no option \"--watch\"; see exarch worker --help"},
        Refused{"status -x", "no option \"-x\"; see exarch status --help"},
        Refused{"worker now", "worker: takes no argument \"now\"; see exarch worker --help"},
        Refused{"status --watch=3", "--watch: takes no value; see exarch status --help"},
        Refused{"status a b", "status: \"b\" is one task too many; name one, or none for "
                              "everything; see exarch status --help"},
        Refused{"status --output xml",
                "--output: \"xml\" is none of text, json; see exarch status --help"},
        Refused{"--output", "--output: its value is missing; see exarch --help"},
        Refused{"status --output", "--output: its value is missing; see exarch status --help"},
        Refused{"doctor --account", "--account: its value is missing; see exarch doctor --help"},
        Refused{"--log-level loud worker", "--log-level: \"loud\" is none of trace, debug, info, "
                                           "warn, error, off; see exarch worker --help"},
        Refused{"worker --drain-timeout 15",
                "--drain-timeout: \"15\" is no duration from 1 s to 365 d; write it like 90s, "
                "15m, 24h or 30d; see exarch worker --help"},
        Refused{"submit", "submit: no tasks; give files, or --account, --distribution and "
                          "--path; see exarch submit --help"},
        Refused{"submit --path /a", "submit: --account, --distribution and --path belong "
                                    "together; give all three; see exarch submit --help"},
        Refused{"submit --path /a /b\xc4.html", "--path: byte 0xc4 after \"/b\" is not UTF-8; "
                                                "percent-encode it, or write it in UTF-8; see "
                                                "exarch submit --help"},
        Refused{"plan --distribution \xff", "--distribution: byte 0xff after \"\" is not UTF-8; "
                                            "percent-encode it, or write it in UTF-8; see exarch "
                                            "plan --help"},
        Refused{"submit a.json --path /a", "submit: give files, or --account, --distribution and "
                                           "--path, not both; see exarch submit --help"},
        Refused{"submit --account 12345", "--account: \"12345\" is no account id, which has "
                                          "exactly 12 digits; see exarch submit --help"},
        Refused{"submit a.json --wait=soon",
                "--wait: \"soon\" is none of accepted, completed; see exarch submit --help"},
        Refused{"redrive", "redrive: nothing is chosen; give --operation, --task, --account or "
                           "--error, or --all; see exarch redrive --help"},
        Refused{"redrive --all --task a",
                "redrive: give --all, or what to choose by, not both; see exarch redrive --help"},
        Refused{"completion",
                "completion: name a shell: bash, zsh or fish; see exarch completion --help"},
        Refused{"completion tcsh", "completion: \"tcsh\" is none of bash, zsh, fish; see exarch "
                                   "completion --help"}));

TEST(CommandLine, what_is_not_printable_is_not_printed) {
    const std::vector<std::string> words = {"sta\ntus\x1b[31m"};
    const auto result = parse_command_line(words);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().text.find('\n'), result.error().text.size() - 1);
    EXPECT_FALSE(result.error().text.contains('\x1b'));
}

class Completion : public testing::TestWithParam<Shell> {};

TEST_P(Completion, knows_every_verb_option_and_choice) {
    const std::string script = completion_script(GetParam());
    for (const char* word : {"worker", "status", "submit", "completion", "drain-timeout", "listen",
                             "watch", "distribution", "wait-timeout", "log-level", "config",
                             "text json", "trace debug info warn error off", "bash zsh fish"}) {
        EXPECT_TRUE(script.contains(word)) << word;
    }
    EXPECT_TRUE(script.ends_with('\n'));
}

INSTANTIATE_TEST_SUITE_P(CommandLine, Completion,
                         testing::Values(Shell::bash, Shell::zsh, Shell::fish));

} // namespace
} // namespace exarch::cli
