#include "cli/doctor/function_checks.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace exarch::cli {
namespace {

/// One that paces itself by ticks, and may.
FunctionProbe sound_function() {
    return {.name = "purges",
            .region = base::Region("eu-west-1"),
            .endpoint_url = {},
            .has_table = true,
            .loop = aws::RecursiveLoop::allow,
            .configuration = aws::FunctionConfiguration{
                .timeout = std::chrono::seconds(60),
                .variables = {{"EXARCH_LEDGER", "EXARCH_QUEUE", "EXARCH_TICKS"}}}};
}

MendContext context(std::string principal = "arn:aws:iam::999900001111:user/exarch") {
    return {.exarch = "exarch",
            .region = base::Region("eu-west-1"),
            .principal = Principal(std::move(principal))};
}

Finding checked(const FunctionProbe& probe) {
    const Findings findings = check_function(probe, context());
    EXPECT_EQ(findings.size(), 1U);
    return findings.at(0);
}

std::unexpected<aws::Failure> failure(aws::Remedy remedy, std::string code) {
    aws::Failure result;
    result.remedy = remedy;
    result.code = std::move(code);
    return std::unexpected(result);
}

TEST(FunctionChecks, a_function_that_may_feed_its_queue_is_good) {
    const Finding finding = checked(sound_function());
    EXPECT_EQ(finding.grade, Grade::good);
    EXPECT_EQ(finding.subject, "function purges");
    EXPECT_TRUE(finding.what.contains("its RecursiveLoop is Allow"));
}

TEST(FunctionChecks, a_loop_that_lambda_may_end_is_warned_of_with_what_allows_it) {
    FunctionProbe probe = sound_function();
    probe.loop = aws::RecursiveLoop::terminate;
    Finding finding = checked(probe);
    EXPECT_EQ(finding.grade, Grade::warning);
    EXPECT_TRUE(finding.what.contains("after about 16 rounds"));
    EXPECT_TRUE(finding.what.contains("wait then for the next sweep"));
    EXPECT_EQ(finding.mend,
              command("aws lambda put-function-recursion-config --function-name purges "
                      "--recursive-loop Allow --region eu-west-1    # in account 999900001111"));
    probe.endpoint_url = "http://127.0.0.1:4600";
    EXPECT_TRUE(checked(probe).mend.text.contains("--endpoint-url http://127.0.0.1:4600    # in"));
}

TEST(FunctionChecks, without_ticks_there_is_no_loop_that_could_be_ended) {
    FunctionProbe probe = sound_function();
    probe.configuration->variables = {{"EXARCH_QUEUE"}};
    probe.loop = aws::RecursiveLoop::terminate;
    EXPECT_EQ(checked(probe).grade, Grade::good);
    EXPECT_TRUE(checked(probe).mend.empty());
    // Of variables that nobody tells, this configuration does.
    probe.configuration->variables.reset();
    EXPECT_EQ(checked(probe).grade, Grade::warning);
    probe.has_table = false;
    EXPECT_EQ(checked(probe).grade, Grade::good);
}

TEST(FunctionChecks, a_configuration_that_may_not_be_read_is_told_beside_the_loop) {
    FunctionProbe probe = sound_function();
    probe.configuration = failure(aws::Remedy::denied, "AccessDeniedException");
    const Findings findings = check_function(probe, context());
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0].grade, Grade::good);
    EXPECT_EQ(findings[1].grade, Grade::wrong);
    EXPECT_TRUE(
        findings[1].what.starts_with("these credentials may not lambda:GetFunctionConfiguration on "
                                     "arn:aws:lambda:eu-west-1:999900001111:function:purges: "));
    EXPECT_TRUE(findings[1].mend.text.contains("policy controller --function purges"));
}

TEST(FunctionChecks, one_that_is_missing_is_told_with_its_region) {
    FunctionProbe probe = sound_function();
    probe.loop = failure(aws::Remedy::not_found, "ResourceNotFoundException");
    const Finding finding = checked(probe);
    EXPECT_EQ(finding.grade, Grade::wrong);
    EXPECT_TRUE(finding.what.starts_with(
        "does not exist in eu-west-1: GetFunctionRecursionConfig: ResourceNotFoundException"));
    EXPECT_TRUE(finding.mend.empty());
}

TEST(FunctionChecks, a_right_that_is_missing_is_named_with_the_function_s_arn) {
    FunctionProbe probe = sound_function();
    probe.region = base::Region("cn-north-1");
    probe.loop = failure(aws::Remedy::denied, "AccessDeniedException");
    const Finding finding = checked(probe);
    EXPECT_EQ(finding.grade, Grade::wrong);
    EXPECT_TRUE(
        finding.what.starts_with("these credentials may not lambda:GetFunctionRecursionConfig on "
                                 "arn:aws-cn:lambda:cn-north-1:999900001111:function:purges: "));
    EXPECT_EQ(finding.mend.text,
              "aws iam put-user-policy --user-name exarch --policy-name exarch --policy-document "
              "\"$(exarch policy controller --function purges)\" --region eu-west-1"
              "    # in account 999900001111");
    const Findings of_session =
        check_function(probe, context("arn:aws:sts::999900001111:assumed-role/"
                                      "AWSReservedSSO_ops_0123456789abcdef/someone"));
    EXPECT_TRUE(of_session.at(0).mend.text.starts_with(
        "exarch policy controller --function purges    # for whoever"));
}

TEST(FunctionChecks, what_fails_otherwise_is_no_question_of_rights) {
    FunctionProbe probe = sound_function();
    probe.loop = failure(aws::Remedy::retry, "UnreadableReply");
    EXPECT_TRUE(checked(probe).what.starts_with("cannot be examined: GetFunctionRecursionConfig"));
    EXPECT_TRUE(checked(probe).mend.empty());
}

TEST(FunctionChecks, where_none_is_named_a_table_has_one_told_of) {
    const Findings findings = check_unnamed_function("exarch-ledger", context());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::note);
    EXPECT_TRUE(findings[0].what.contains("the table exarch-ledger"));
    EXPECT_EQ(findings[0].mend, command("exarch doctor --function exarch"));
}

} // namespace
} // namespace exarch::cli
