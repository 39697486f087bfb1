#include "config/load.hpp"

#include <gtest/gtest.h>

#include <map>
#include <ostream>

namespace exarch::config {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

base::Result<Config> parse(std::string_view text, Variables variables,
                           std::vector<Flag> flags = {}) {
    const LoadRequest request{.file = {}, .flags = std::move(flags), .queue_required = false};
    return parse_config(text, "exarch.yaml", request, base::Environment(std::move(variables)));
}

Config parsed(std::string_view text, Variables variables, std::vector<Flag> flags = {}) {
    base::Result<Config> config = parse(text, std::move(variables), std::move(flags));
    EXPECT_TRUE(config.has_value()) << config.error().message();
    return config.has_value() ? *config : Config();
}

TEST(Environment, sets_any_scalar_key) {
    const Config config = parsed(
        "", {{"EXARCH_VERSION", "1"},
             {"EXARCH_QUEUE", "https://host/1/q"},
             {"EXARCH_LEDGER", "sqlite:other.db"},
             {"EXARCH_TARGETS__SESSION_NAME", "Session"},
             {"EXARCH_TARGETS__EXTERNAL_ID", "external"},
             {"EXARCH_TARGETS__SCOPE_SESSION", "none"},
             {"EXARCH_TARGETS__ONLY_LISTED", "true"},
             {"EXARCH_TARGETS__ACCOUNTS__012345678901__REGION", "eu-west-1"},
             {"EXARCH_TARGETS__ACCOUNTS__012345678901__QUOTAS__CLOUDFRONT_CREATEINVALIDATION__RATE",
              "0.25"},
             {"EXARCH_QUOTAS__CLOUDFRONT_CREATEINVALIDATION__BURST", "3"},
             {"EXARCH_IN_PROGRESS__PATHS", "7"},
             {"EXARCH_RETRY__MAX_AGE", "1h"},
             {"EXARCH_RETAIN__SETTLED", "2d"},
             {"EXARCH_WORKER__LISTEN", "127.0.0.1:0"},
             {"EXARCH_WORKER__PENDING_MAX", "10"}});
    const base::AccountId account("012345678901");
    EXPECT_EQ(config.queues, std::vector<std::string>{"https://host/1/q"});
    EXPECT_EQ(config.ledger_path, "other.db");
    EXPECT_EQ(config.targets.session_name, "Session");
    EXPECT_EQ(config.targets.external_id, "external");
    EXPECT_EQ(config.targets.scope_session, SessionScope::none);
    EXPECT_TRUE(config.may_touch(account));
    EXPECT_EQ(config.targets.accounts.at(account).region, base::Region("eu-west-1"));
    EXPECT_EQ(config.quota_for(account, "cloudfront.CreateInvalidation"), (Quota{0.25, 3}));
    EXPECT_EQ(config.in_progress.paths, 7);
    EXPECT_EQ(config.lifetimes.operation_max_age, std::chrono::hours(1));
    EXPECT_EQ(config.lifetimes.settled, std::chrono::hours(48));
    EXPECT_EQ(config.worker.listen, (ListenAddress{"127.0.0.1", 0}));
    EXPECT_EQ(config.worker.pending_max, 10);
}

TEST(Environment, flags_beat_variables_and_variables_beat_the_file) {
    constexpr std::string_view file = "queue: https://host/1/file\nworker: {pending_max: 1}\n"
                                      "ledger: sqlite:file.db\n";
    const Variables variables = {{"EXARCH_QUEUE", "https://host/1/variable"},
                                 {"EXARCH_WORKER__PENDING_MAX", "2"}};
    const Config config =
        parsed(file, variables, {Flag{"--queue", {"queue"}, "https://host/1/flag"}});
    EXPECT_EQ(config.queues, std::vector<std::string>{"https://host/1/flag"});
    EXPECT_EQ(config.worker.pending_max, 2);
    EXPECT_EQ(config.ledger_path, "file.db");
}

TEST(Environment, one_queue_stands_in_for_the_file_s_list) {
    const Config config = parsed("queues: [{url: https://host/1/a}, {url: https://host/1/b}]\n",
                                 {{"EXARCH_QUEUE", "https://host/1/c"}});
    EXPECT_EQ(config.queues, std::vector<std::string>{"https://host/1/c"});
}

TEST(Environment, reserved_and_empty_variables_and_those_of_others_set_nothing) {
    const Config config = parsed("", {{"EXARCH_CONFIG", "somewhere.yaml"},
                                      {"EXARCH_CRASH_AT", "after_commit"},
                                      {"EXARCH_INSTANCES", "3"},
                                      {"EXARCH_LEDGER", ""},
                                      {"EXARCHY", "x"},
                                      {"AWS_REGION", "eu-west-1"},
                                      {"exarch_queue", "x"}});
    EXPECT_EQ(config.ledger_path, "exarch.db");
    EXPECT_TRUE(config.queues.empty());
}

struct Refused {
    const char* name;
    const char* value;
    const char* message;
};

std::ostream& operator<<(std::ostream& stream, const Refused& refused) {
    return stream << refused.name;
}

class RefusedVariable : public testing::TestWithParam<Refused> {};

TEST_P(RefusedVariable, is_named_with_its_mend) {
    const auto config = parse("", {{GetParam().name, GetParam().value}});
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().kind(), base::ErrorKind::invalid);
    EXPECT_EQ(config.error().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    environment, RefusedVariable,
    testing::Values(
        Refused{"EXARCH_QEUE", "x",
                "\"EXARCH_QEUE\": no such variable; did you mean EXARCH_QUEUE?"},
        Refused{"EXARCH_CONFG", "x",
                "\"EXARCH_CONFG\": no such variable; did you mean EXARCH_CONFIG?"},
        Refused{"EXARCH_TARGETS_SESSION_NAME", "x",
                "\"EXARCH_TARGETS_SESSION_NAME\": no such variable; did you mean "
                "EXARCH_TARGETS__SESSION_NAME?"},
        Refused{"EXARCH_TARGETS__ACCOUNTS__444455556666__ROL", "x",
                "\"EXARCH_TARGETS__ACCOUNTS__444455556666__ROL\": no such variable; did you mean "
                "EXARCH_TARGETS__ACCOUNTS__444455556666__ROLE?"},
        Refused{"EXARCH_QUOTAS__CLOUDFRONT_CREATEINVALIDATIONS__RATE", "1",
                "\"EXARCH_QUOTAS__CLOUDFRONT_CREATEINVALIDATIONS__RATE\": no such variable; did "
                "you mean EXARCH_QUOTAS__CLOUDFRONT_CREATEINVALIDATION__RATE?"},
        Refused{"EXARCH_queue", "x",
                "\"EXARCH_queue\": no such variable; did you mean EXARCH_QUEUE?"},
        Refused{"EXARCH_", "x",
                "\"EXARCH_\": no such variable; unset it; the keys of exarch.yaml "
                "tell what can be set"},
        Refused{"EXARCH_QUEUES", "x",
                "EXARCH_QUEUES: queues is a list, which no variable can "
                "hold; write it into the file"},
        Refused{"EXARCH_TARGETS", "{}",
                "EXARCH_TARGETS: targets is a map of keys, which no "
                "variable can hold; write it into the file"},
        Refused{"EXARCH_WORKER__PENDING_MAX", "lots",
                "EXARCH_WORKER__PENDING_MAX: worker.pending_max: \"lots\" is no whole number from "
                "1 to 100000000"},
        Refused{"EXARCH_LEDGER", "none",
                "EXARCH_LEDGER: ledger: `none` is for a Lambda function (exarch lambda), which "
                "keeps nothing; give a ledger here, like sqlite:exarch.db"}));

TEST(Environment, a_bad_flag_is_named_as_it_was_written) {
    const auto config = parse("", {}, {Flag{"--listen", {"worker", "listen"}, "9464"}});
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().message(),
              "--listen: worker.listen: \"9464\" is no IP address and port; write it like "
              "127.0.0.1:9464 or [::1]:9464");
}

TEST(Environment, an_unknown_variable_is_told_though_the_file_is_good) {
    const auto config = parse("queue: https://host/1/q\n", {{"EXARCH_QUEU", ""}});
    ASSERT_FALSE(config.has_value());
    EXPECT_TRUE(config.error().message().contains("EXARCH_QUEUE?"));
}

TEST(Environment, without_file_or_queue_both_mends_are_named) {
    const auto config = parse_config("", "", LoadRequest{}, base::Environment({}));
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().message(), "configuration: no queue is set; write `queue: URL` into "
                                        "exarch.yaml, or set EXARCH_QUEUE");
}

} // namespace
} // namespace exarch::config
