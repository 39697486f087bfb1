#include "config/load.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>

namespace exarch::config {
namespace {

using base::AccountId;

constexpr const char* queue_line =
    "queue: https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks\n";

base::Environment no_variables() {
    return base::Environment({});
}

base::Result<Config> parse(std::string_view text) {
    return parse_config(text, "exarch.yaml", LoadRequest{}, no_variables());
}

Config parsed(std::string_view text) {
    base::Result<Config> config = parse(text);
    EXPECT_TRUE(config.has_value()) << config.error().message();
    return config.has_value() ? *config : Config();
}

TEST(Load, every_key_but_the_queue_has_a_default) {
    const Config config = parsed(queue_line);
    EXPECT_EQ(config.file, "exarch.yaml");
    EXPECT_EQ(config.queues, std::vector<std::string>{
                                 "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks"});
    EXPECT_EQ(config.ledger_path, "exarch.db");
    EXPECT_EQ(config.targets.session_name, "CloudFrontInvalidationSession");
    EXPECT_EQ(config.targets.external_id, std::nullopt);
    EXPECT_EQ(config.targets.scope_session, SessionScope::account);
    EXPECT_FALSE(config.targets.only_listed);
    EXPECT_EQ(config.in_progress.paths, 3000);
    EXPECT_EQ(config.in_progress.wildcards, 15);
    EXPECT_EQ(config.in_progress.scope, InProgressScope::distribution);
    EXPECT_EQ(config.lifetimes.operation_max_age, std::chrono::hours(24));
    EXPECT_EQ(config.lifetimes.settled, std::chrono::days(30));
    EXPECT_EQ(config.lifetimes.duplicates, std::chrono::days(15));
    EXPECT_EQ(config.worker.listen, (ListenAddress{"127.0.0.1", 9464}));
    EXPECT_FALSE(config.worker.listen_is_set);
    EXPECT_EQ(config.worker.pending_max, 1'000'000);
    EXPECT_EQ(config.quotas.at("cloudfront.CreateInvalidation"), (Quota{1, 1}));
    EXPECT_EQ(config.quotas.at("cloudfront.GetInvalidation"), (Quota{2, 2}));
    EXPECT_EQ(config.quotas.at("wafv2.UpdateIPSet"), (Quota{1, 1}));
    EXPECT_EQ(config.quotas.at("sts.AssumeRole"), (Quota{50, 50}));
}

constexpr std::string_view full_file = R"(version: 1
queues:
  - url: https://sqs.eu-west-1.amazonaws.com/999900001111/first
  - {url: "https://sqs.eu-west-1.amazonaws.com/999900001111/second.fifo"}
ledger: sqlite:/var/lib/exarch/ledger ü.db
targets:
  role: arn:{partition}:iam::{account}:role/CloudFrontInvalidationRole
  session_name: Purge@exarch
  external_id: team:42/x
  scope_session: lane
  accounts:
    "111122223333": {}
    "444455556666": {role: "arn:{partition}:iam::{account}:role/other/path/EdgeOps"}
    012345678901:
      external_id: theirs
      region: eu-central-1
      quotas: {cloudfront.CreateInvalidation: {rate: 0.5}}
    777788889999:
  only_listed: true
quotas:
  cloudfront.CreateInvalidation: {rate: 2, burst: 4}
  sts.AssumeRole: {burst: 10}
in_progress: {paths: 1500, wildcards: 10, scope: account}
retry: {max_age: 90m}
retain: {settled: 7d, duplicates: 20d}
worker: {listen: "[::1]:0", pending_max: 5000}
)";

TEST(Load, reads_every_key) {
    const Config config = parsed(full_file);
    EXPECT_EQ(config.queues.size(), 2U);
    EXPECT_EQ(config.queues.at(1), "https://sqs.eu-west-1.amazonaws.com/999900001111/second.fifo");
    EXPECT_EQ(config.ledger_path, "/var/lib/exarch/ledger ü.db");
    EXPECT_EQ(config.targets.session_name, "Purge@exarch");
    EXPECT_EQ(config.targets.external_id, "team:42/x");
    EXPECT_EQ(config.targets.scope_session, SessionScope::lane);
    EXPECT_TRUE(config.targets.only_listed);
    EXPECT_EQ(config.in_progress.paths, 1500);
    EXPECT_EQ(config.in_progress.wildcards, 10);
    EXPECT_EQ(config.in_progress.scope, InProgressScope::account);
    EXPECT_EQ(config.lifetimes.operation_max_age, std::chrono::minutes(90));
    EXPECT_EQ(config.lifetimes.settled, std::chrono::days(7));
    EXPECT_EQ(config.lifetimes.duplicates, std::chrono::days(20));
    EXPECT_EQ(config.worker.listen, (ListenAddress{"::1", 0}));
    EXPECT_TRUE(config.worker.listen_is_set);
    EXPECT_EQ(config.worker.pending_max, 5000);
}

TEST(Load, an_account_differs_only_where_it_says_so) {
    const Config config = parsed(full_file);
    const AccountId plain("111122223333");
    const AccountId other_role("444455556666");
    const AccountId leading_zero("012345678901");
    EXPECT_EQ(config.targets.accounts.size(), 4U);
    EXPECT_EQ(config.role_for(plain, "aws").value(),
              "arn:aws:iam::111122223333:role/CloudFrontInvalidationRole");
    EXPECT_EQ(config.role_for(other_role, "aws-cn").value(),
              "arn:aws-cn:iam::444455556666:role/other/path/EdgeOps");
    EXPECT_EQ(config.external_id_for(plain), "team:42/x");
    EXPECT_EQ(config.external_id_for(leading_zero), "theirs");
    EXPECT_EQ(config.targets.accounts.at(leading_zero).region, base::Region("eu-central-1"));
    EXPECT_EQ(config.quota_for(plain, "cloudfront.CreateInvalidation"), (Quota{2, 4}));
    EXPECT_EQ(config.quota_for(leading_zero, "cloudfront.CreateInvalidation"), (Quota{0.5, 4}));
    EXPECT_EQ(config.quota_for(leading_zero, "cloudfront.GetInvalidation"), (Quota{2, 2}));
    EXPECT_EQ(config.quota_for(plain, "sts.AssumeRole"), (Quota{50, 10}));
}

TEST(Load, only_listed_keeps_all_others_out) {
    const Config config = parsed(full_file);
    EXPECT_TRUE(config.may_touch(AccountId("777788889999")));
    EXPECT_FALSE(config.may_touch(AccountId("777788889998")));
    EXPECT_TRUE(parsed(queue_line).may_touch(AccountId("777788889998")));
}

TEST(Load, nothing_after_a_key_means_its_default) {
    const Config config =
        parsed(std::string(queue_line) + "targets:\nledger:\nquotas: {sts.AssumeRole: }\n"
                                         "worker: {listen: null, pending_max: ~}\n");
    EXPECT_EQ(config.ledger_path, "exarch.db");
    EXPECT_EQ(config.worker.listen, (ListenAddress{"127.0.0.1", 9464}));
    EXPECT_EQ(config.worker.pending_max, 1'000'000);
}

TEST(Load, listening_can_be_turned_off) {
    EXPECT_EQ(parsed(std::string(queue_line) + "worker: {listen: none}\n").worker.listen,
              std::nullopt);
}

struct Refused {
    const char* text;
    const char* message;
};

std::ostream& operator<<(std::ostream& stream, const Refused& refused) {
    return stream << refused.text;
}

class RefusedConfig : public testing::TestWithParam<Refused> {};

TEST_P(RefusedConfig, is_told_in_one_line_with_place_and_mend) {
    const base::Result<Config> config = parse(GetParam().text);
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().kind(), base::ErrorKind::invalid);
    EXPECT_EQ(config.error().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    unknown_keys, RefusedConfig,
    testing::Values(
        Refused{"quue: x\n", "exarch.yaml:1:1: unknown key \"quue\"; did you mean queue?"},
        Refused{"targets:\n  sesion_name: x\n",
                "exarch.yaml:2:3: targets: unknown key \"sesion_name\"; did you mean "
                "session_name?"},
        Refused{"session_name: x\n",
                "exarch.yaml:1:1: unknown key \"session_name\"; it belongs under targets"},
        Refused{"retry: {zzzzzzzzzzz: 1}\n",
                "exarch.yaml:1:9: retry: unknown key \"zzzzzzzzzzz\"; there are max_age"},
        Refused{"quotas: {cloudfront.CreateInvalidations: {rate: 1}}\n",
                "exarch.yaml:1:10: quotas: unknown key \"cloudfront.CreateInvalidations\"; did "
                "you mean cloudfront.CreateInvalidation?"},
        Refused{"quotas: {sts.AssumeRole: {rat: 1}}\n",
                "exarch.yaml:1:27: quotas.sts.AssumeRole: unknown key \"rat\"; did you mean "
                "rate?"},
        Refused{"queues: [{uri: x}]\n",
                "exarch.yaml:1:11: queues.0: unknown key \"uri\"; did you mean url?"},
        Refused{"<<: {queue: x}\n",
                "exarch.yaml:1:1: unknown key \"<<\"; there are version, queue, queues, ledger, "
                "targets, quotas, in_progress, retry, retain, worker"},
        Refused{"\"a\\nb\": 1\n",
                "exarch.yaml:1:1: unknown key \"a\\x0ab\"; there are version, queue, queues, "
                "ledger, targets, quotas, in_progress, retry, retain, worker"}));

INSTANTIATE_TEST_SUITE_P(
    wrong_shapes, RefusedConfig,
    testing::Values(
        Refused{"targets: x\n",
                "exarch.yaml:1:10: targets: this is one value; it must be a map of keys"},
        Refused{"queue: [x]\n", "exarch.yaml:1:8: queue: this is a list; it must be one value"},
        Refused{"queues: {url: x}\n",
                "exarch.yaml:1:9: queues: this is a map of keys; it must be a list"},
        Refused{"queues: [https://host/1/q]\n",
                "exarch.yaml:1:10: queues.0: this is one value; it must be a map of keys"},
        Refused{"worker: {pending_max: \"5\"}\n",
                "exarch.yaml:1:23: worker.pending_max: \"5\" is text; write it without quotes"},
        Refused{"targets:\n  only_listed:\n",
                "exarch.yaml:2:3: targets.only_listed: there is no value; write one, or leave the "
                "key out for its default"},
        Refused{"targets: {only_listed: yes}\n",
                "exarch.yaml:1:24: targets.only_listed: \"yes\" is neither true nor false"},
        Refused{"in_progress: {paths: many}\n",
                "exarch.yaml:1:22: in_progress.paths: \"many\" is no whole number from 1 to "
                "1000000"}));

INSTANTIATE_TEST_SUITE_P(
    wrong_values, RefusedConfig,
    testing::Values(
        Refused{"%YAML 1.2\r\r--\nqueue: >",
                "exarch.yaml:1:1: \"bad YAML version: 1.2\\x0d\\x0d--\""},
        Refused{"version: 2\n", "exarch.yaml:1:10: version: \"2\" is a format that this exarch "
                                "does not read; it reads 1"},
        Refused{"ledger: exarch.db\n", "exarch.yaml:1:9: ledger: \"exarch.db\" is no ledger; use "
                                       "sqlite:FILE, like sqlite:exarch.db, or dynamodb:TABLE"},
        Refused{"ledger: 'sqlite::memory:'\n",
                "exarch.yaml:1:9: ledger: \"sqlite::memory:\" names no file that lasts; use "
                "sqlite:FILE, like sqlite:exarch.db, or dynamodb:TABLE"},
        Refused{"quotas:\n  sts.AssumeRole:\n    rate: 0\n",
                "exarch.yaml:3:11: quotas.sts.AssumeRole.rate: \"0\" is no number from 0.0001 "
                "to 10000"},
        Refused{"quotas: {sts.AssumeRole: {burst: 0.5}}\n",
                "exarch.yaml:1:34: quotas.sts.AssumeRole.burst: \"0.5\" is no whole number from 1 "
                "to 10000"},
        Refused{"retry: {max_age: 24}\n",
                "exarch.yaml:1:18: retry.max_age: \"24\" is no duration from 1 s to 365 d; write "
                "it like 90s, 15m, 24h or 30d"},
        Refused{"retain: {duplicates: 14d}\n",
                "exarch.yaml:1:22: retain.duplicates: \"14d\" is no duration from 15 d to 3650 d; "
                "write it like 90s, 15m, 24h or 30d"},
        Refused{"targets: {scope_session: role}\n",
                "exarch.yaml:1:26: targets.scope_session: \"role\" is none of account, lane, "
                "none"},
        Refused{"targets: {session_name: a b}\n",
                "exarch.yaml:1:25: targets.session_name: \"a b\" does not fit AWS's rule: 2 to 64 "
                "letters, digits and _=,.@+-"},
        Refused{"targets: {external_id: x}\n",
                "exarch.yaml:1:24: targets.external_id: \"x\" does not fit AWS's rule: 2 to 1224 "
                "letters, digits and _=,.@:/+-"},
        Refused{"targets: {role: 'arn:{partition}:iam::{acount}:role/R'}\n",
                "exarch.yaml:1:17: targets.role: \"{acount}\" is no placeholder, only {partition} "
                "and {account} are; write it like "
                "arn:{partition}:iam::{account}:role/CloudFrontInvalidationRole"},
        Refused{"targets: {role: 'arn:aws:iam::111122223333:role/R'}\n",
                "exarch.yaml:1:17: targets.role: all accounts' work would go to account "
                "111122223333; write {account} in its place, or list that account under "
                "targets.accounts"}));

INSTANTIATE_TEST_SUITE_P(
    accounts, RefusedConfig,
    testing::Values(
        Refused{"targets:\n  accounts:\n    12345678901: {}\n",
                "exarch.yaml:3:5: targets.accounts: unknown key \"12345678901\"; write an account "
                "id: 12 digits, in quotes"},
        Refused{"targets: {accounts: {\"1111-2222-3333\": {}}}\n",
                "exarch.yaml:1:22: targets.accounts: unknown key \"1111-2222-3333\"; write an "
                "account id: 12 digits, in quotes"},
        Refused{"targets: {accounts: {111122223333: {}, '111122223333': {}}}\n",
                "exarch.yaml:1:40: the key \"111122223333\" appears twice; keep one of them"},
        Refused{"targets:\n  accounts:\n    \"111122223333\":\n"
                "      role: arn:aws:iam::444455556666:role/R\n",
                "exarch.yaml:4:13: targets.accounts.111122223333.role: the role is in account "
                "444455556666, not in 111122223333; write {account} in its place"},
        Refused{"targets: {accounts: [\"111122223333\"]}\n",
                "exarch.yaml:1:21: targets.accounts: this is a list; it must be a map of keys"}));

INSTANTIATE_TEST_SUITE_P(
    contradictions, RefusedConfig,
    testing::Values(
        Refused{"queue: https://host/1/a\nqueues: [{url: https://host/1/b}]\n",
                "exarch.yaml:2:16: queues.0.url: both queue and queues are set; keep one of them"},
        Refused{"queues: [{url: https://host/1/b}, {url: https://host/1/b}]\n",
                "exarch.yaml:1:41: queues.1.url: \"https://host/1/b\" is listed already; leave "
                "one of them out"},
        Refused{"queue: https://host/1/a\ntargets: {only_listed: true}\n",
                "exarch.yaml:2:24: targets.only_listed: no account could be touched; list some "
                "under targets.accounts"},
        Refused{"version: 1\n", "exarch.yaml: no queue is set; write `queue: URL` into "
                                "exarch.yaml, or set EXARCH_QUEUE"},
        Refused{"queues: []\n", "exarch.yaml: no queue is set; write `queue: URL` into "
                                "exarch.yaml, or set EXARCH_QUEUE"}));

TEST(load, a_function_may_be_without_a_ledger) {
    const LoadRequest request{.queue_required = false, .ledger_required = false};
    const auto config = parse_config("ledger: none\n", "exarch.yaml", request, no_variables());
    ASSERT_TRUE(config.has_value()) << config.error().message();
    EXPECT_TRUE(config->is_stateless);
    EXPECT_TRUE(config->ledger_is_set);
    EXPECT_FALSE(parse_config("", "exarch.yaml", request, no_variables())->ledger_is_set);
}

TEST(Load, a_ledger_is_in_a_file_or_in_a_table) {
    const std::string queue = "queue: https://sqs.eu-west-1.amazonaws.com/999900001111/q\n";
    EXPECT_EQ(parsed(queue + "ledger: dynamodb:exarch-1.x_y\n").ledger_table, "exarch-1.x_y");
    const Config file = parsed(queue + "ledger: sqlite:other.db\n");
    EXPECT_EQ(file.ledger_table, "");
    EXPECT_EQ(file.ledger_path, "other.db");
}

INSTANTIATE_TEST_SUITE_P(
    later_versions, RefusedConfig,
    testing::Values(
        Refused{
            "worker: {lease: 5s}\n",
            "exarch.yaml:1:17: worker.lease: \"5s\" is no duration from 10 s to 15 min; write it "
            "like 90s, 15m, 24h or 30d"},
        Refused{"ledger: 'dynamodb:a b'\n",
                "exarch.yaml:1:9: ledger: \"dynamodb:a b\" names no DynamoDB table: 3 to 255 of "
                "letters, digits and `_.-`, like dynamodb:exarch"},
        Refused{"ledger: none\n",
                "exarch.yaml:1:9: ledger: `none` is for a Lambda function (exarch lambda), which "
                "keeps nothing; give a ledger here, like sqlite:exarch.db"},
        Refused{"queue: 'ledger:'\n", "exarch.yaml:1:8: queue: the queue `ledger:` comes in a "
                                      "later version; give the URL of an SQS queue"},
        Refused{"targets: {accounts: {\"777788889999\": {via: \"https://x/prod\"}}}\n",
                "exarch.yaml:1:44: targets.accounts.777788889999.via: `via` (the data plane) "
                "comes in a later version; leave it out, and the account's role is assumed"}));

class LoadedFile : public testing::Test {
protected:
    LoadedFile() {
        directory_ = std::filesystem::temp_directory_path() /
                     ("exarch-load-test-" + base::SystemEntropy().hex(8));
        std::filesystem::create_directory(directory_);
    }
    ~LoadedFile() override { std::filesystem::remove_all(directory_); }

    std::string write(const std::string& name, std::string_view text) {
        const std::string path = directory_ / name;
        std::ofstream(path) << text;
        return path;
    }

    std::filesystem::path directory_;
};

TEST_F(LoadedFile, the_flag_names_the_file_before_the_variable) {
    const std::string by_flag = write("flag.yaml", "queue: https://host/1/flag\n");
    const std::string by_variable = write("variable.yaml", "queue: https://host/1/variable\n");
    const base::Environment environment({{"EXARCH_CONFIG", by_variable}});
    EXPECT_EQ(load(LoadRequest{.file = by_flag}, environment)->file, by_flag);
    EXPECT_EQ(load(LoadRequest{}, environment)->queues.at(0), "https://host/1/variable");
}

TEST_F(LoadedFile, a_named_file_that_is_missing_is_an_error) {
    const std::string missing = directory_ / "missing.yaml";
    const auto config = load(LoadRequest{.file = missing}, no_variables());
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().kind(), base::ErrorKind::not_found);
    EXPECT_EQ(config.error().message(), missing + ": cannot be read: No such file or directory");
}

TEST_F(LoadedFile, a_directory_is_no_file) {
    const auto config = load(LoadRequest{.file = directory_}, no_variables());
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().kind(), base::ErrorKind::system);
    EXPECT_TRUE(config.error().message().ends_with("cannot be read: Is a directory"));
}

TEST_F(LoadedFile, a_file_without_end_is_read_to_its_limit_only) {
    const auto config = load(LoadRequest{.file = "/dev/zero"}, no_variables());
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().message(), "/dev/zero: longer than 1 MiB; is this the right file?");
}

} // namespace
} // namespace exarch::config
