#include "cli/doctor/credential_checks.hpp"
#include "cli/doctor/mend.hpp"
#include "cli/doctor/queue_checks.hpp"

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

base::Environment variables(std::map<std::string, std::string, std::less<>> values) {
    return base::Environment(std::move(values));
}

/// The mend of an identity that STS refused, or did not tell.
std::string mend_of(std::string code, aws::Remedy remedy, const base::Environment& environment) {
    aws::Failure failure;
    failure.code = std::move(code);
    failure.remedy = remedy;
    aws::Endpoint sts;
    const bool is_here = environment.get("AWS_ENDPOINT_URL") == "http://127.0.0.1:4600";
    sts.origin.host = is_here ? "127.0.0.1" : "sts.eu-west-1.amazonaws.com";
    sts.origin.port = is_here ? 4600 : 443;
    return check_identity({std::unexpected(failure), sts, environment, "exarch"})[0].mend.text;
}

MendContext mends_for(std::string arn) {
    return {.exarch = "exarch",
            .region = base::Region("eu-west-1"),
            .principal = Principal(std::move(arn))};
}

TEST(Mend, words_of_a_shell_stay_words) {
    EXPECT_EQ(shell_word("no/such.db"), "no/such.db");
    EXPECT_EQ(shell_word("no such"), "'no such'");
    EXPECT_EQ(shell_word("it's; $(reboot)"), "'it'\\''s; $(reboot)'");
    EXPECT_EQ(shell_word(""), "''");
}

TEST(Mend, keys_are_set_where_they_are_set_now) {
    const config::KeyPath place{"targets", "accounts", "111122223333", "quotas",
                                "cloudfront.CreateInvalidation"};
    const Mend in_file = set_keys(variables({}), place, {{"rate", "1"}, {"burst", "1"}});
    EXPECT_EQ(in_file.kind, Mend::Kind::configuration);
    EXPECT_EQ(in_file.text, "targets: {accounts: {\"111122223333\": {quotas: "
                            "{cloudfront.CreateInvalidation: {rate: 1, burst: 1}}}}}");
    const Mend variable = set_keys(variables({{"EXARCH_IN_PROGRESS__PATHS", "5000"}}),
                                   {"in_progress"}, {{"paths", "3000"}, {"wildcards", "15"}});
    EXPECT_EQ(variable, command("export EXARCH_IN_PROGRESS__PATHS=3000 "
                                "EXARCH_IN_PROGRESS__WILDCARDS=15"));
}

TEST(Mend, a_session_is_trusted_by_its_account_and_granted_by_its_role) {
    const Principal session("arn:aws:sts::999900001111:assumed-role/Worker/i-0123456789");
    EXPECT_EQ(session.trusted, "arn:aws:iam::999900001111:root");
    EXPECT_EQ(session.put_policy, "put-role-policy --role-name Worker");
    const Principal user("arn:aws-cn:iam::999900001111:user/team/exarch");
    EXPECT_EQ(user.trusted, user.arn);
    EXPECT_EQ(user.put_policy, "put-user-policy --user-name exarch");
}

TEST(Mend, who_has_no_policies_of_ones_own_is_given_the_document) {
    for (const char* arn :
         {"arn:aws:iam::999900001111:root",
          "arn:aws:sts::999900001111:assumed-role/AWSReservedSSO_Ops_0123/alice"}) {
        EXPECT_EQ(Principal(arn).put_policy, "") << arn;
        EXPECT_TRUE(mends_for(arn).grant_controller().starts_with("exarch policy controller    #"));
    }
}

TEST(Mend, a_key_by_its_alias_is_allowed_by_that_alias) {
    const auto mend_for = [](std::string key) {
        const QueueProbe probe{
            .url = aws::QueueUrl("https://sqs.eu-west-1.amazonaws.com/999900001111/tasks"),
            .region = base::Region("eu-west-1"),
            .endpoint_url = {},
            .attributes = aws::QueueAttributes{{"KmsMasterKeyId", std::move(key)}},
            .deletion = {},
            .change = {}};
        const Findings findings =
            check_queue(probe, mends_for("arn:aws:iam::999900001111:user/exarch"));
        for (const Finding& finding : findings) {
            if (!finding.mend.empty()) {
                return finding.mend.text;
            }
        }
        return std::string();
    };
    EXPECT_TRUE(mend_for("1234").contains("arn:aws:kms:eu-west-1:999900001111:key/1234"));
    const std::string alias = mend_for("alias/exarch");
    EXPECT_TRUE(alias.contains("\"Resource\":\"arn:aws:kms:eu-west-1:999900001111:key/*\""));
    EXPECT_TRUE(alias.contains("{\"kms:ResourceAliases\":\"alias/exarch\"}"));
    EXPECT_EQ(mend_for("alias/aws/sqs"), "");
}

TEST(Mend, a_queue_of_another_account_has_to_let_ours_in) {
    aws::Failure denied;
    denied.remedy = aws::Remedy::denied;
    const QueueProbe probe{
        .url = aws::QueueUrl("https://sqs.eu-west-1.amazonaws.com/999900001111/tasks"),
        .region = base::Region("eu-west-1"),
        .endpoint_url = {},
        .attributes = std::unexpected(denied),
        .deletion = {},
        .change = {}};
    const auto mend_for = [&](const char* arn) {
        return check_queue(probe, mends_for(arn))[0].mend.text;
    };
    EXPECT_FALSE(mend_for("arn:aws:iam::999900001111:user/exarch").contains("add-permission"));
    EXPECT_TRUE(mend_for("arn:aws:iam::222233334444:user/exarch")
                    .contains("--aws-account-ids 222233334444"));
}

TEST(Mend, keys_are_replaced_where_they_come_from) {
    using enum aws::Remedy;
    const auto user = variables({{"AWS_ACCESS_KEY_ID", "AKIA1"}, {"AWS_SECRET_ACCESS_KEY", "s"}});
    EXPECT_EQ(mend_of("SignatureDoesNotMatch", denied, user),
              "export AWS_SECRET_ACCESS_KEY=SECRET    # the one of AKIA1");
    const auto session = variables({{"AWS_ACCESS_KEY_ID", "ASIA1"},
                                    {"AWS_SECRET_ACCESS_KEY", "s"},
                                    {"AWS_SESSION_TOKEN", "t"}});
    EXPECT_EQ(mend_of("ExpiredToken", renew_credentials, session),
              "export AWS_ACCESS_KEY_ID=KEY AWS_SECRET_ACCESS_KEY=SECRET AWS_SESSION_TOKEN=TOKEN");
    EXPECT_TRUE(
        mend_of("InvalidClientTokenId", renew_credentials, variables({{"AWS_PROFILE", "shop"}}))
            .starts_with("aws configure --profile shop "));
}

TEST(Mend, the_way_is_mended_where_it_is_set) {
    using enum aws::Remedy;
    EXPECT_TRUE(mend_of("Unreachable", retry, variables({})).contains("HTTPS_PROXY"));
    EXPECT_TRUE(
        mend_of("Unreachable", retry, variables({{"AWS_ENDPOINT_URL", "https://aws.example"}}))
            .starts_with("unset AWS_ENDPOINT_URL "));
    EXPECT_TRUE(
        mend_of("Unreachable", retry, variables({{"AWS_ENDPOINT_URL", "http://127.0.0.1:4600"}}))
            .starts_with("exarch sandbox --example --listen 127.0.0.1:4600 "));
}

} // namespace
} // namespace exarch::cli
