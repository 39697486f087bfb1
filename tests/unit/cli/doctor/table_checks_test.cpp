#include "cli/doctor/table_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace exarch::cli {
namespace {

/// One that a ledger can be kept in, and that may be used.
TableProbe sound_table() {
    const aws::TableDescription description{
        .arn = "arn:aws:dynamodb:eu-west-1:999900001111:table/exarch",
        .status = "ACTIVE",
        .key = {{.name = "pk", .type = "S"}, {.name = "sk", .type = "S", .is_sort_key = true}},
        .indexes = {{.name = "due",
                     .status = "ACTIVE",
                     .key = {{.name = "kind", .type = "S"},
                             {.name = "due", .type = "N", .is_sort_key = true}}}}};
    return {.name = "exarch",
            .region = base::Region("eu-west-1"),
            .endpoint_url = {},
            .description = description,
            .rights = {{.action = "dynamodb:GetItem", .attempt = {}},
                       {.action = "dynamodb:Query", .is_of_index = true, .attempt = {}}},
            .time_to_live = aws::TimeToLive{.status = "ENABLED", .attribute = "expires"}};
}

Findings checked(const TableProbe& probe) {
    return check_table(probe, {.exarch = "exarch",
                               .region = base::Region("eu-west-1"),
                               .principal = Principal("arn:aws:iam::999900001111:user/exarch")});
}

aws::Failure failure(aws::Remedy remedy, std::string code) {
    aws::Failure result;
    result.remedy = remedy;
    result.code = std::move(code);
    return result;
}

TEST(TableChecks, a_sound_table_is_good) {
    const Findings findings = checked(sound_table());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::good);
    EXPECT_EQ(findings[0].subject, "table exarch");
}

TEST(TableChecks, one_that_is_missing_can_be_made) {
    TableProbe probe = sound_table();
    probe.description =
        std::unexpected(failure(aws::Remedy::not_found, "ResourceNotFoundException"));
    const Findings findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::wrong);
    EXPECT_TRUE(findings[0].what.starts_with("does not exist in eu-west-1: DescribeTable"));
    const std::string& mend = findings[0].mend.text;
    EXPECT_TRUE(mend.starts_with("aws dynamodb create-table --table-name exarch "));
    EXPECT_TRUE(mend.contains("\naws dynamodb update-time-to-live --table-name exarch "));
    EXPECT_EQ(std::ranges::count(mend, '\n'), 2);
}

TEST(TableChecks, an_index_that_is_missing_can_be_added_and_another_key_cannot) {
    TableProbe probe = sound_table();
    probe.description->indexes.clear();
    probe.endpoint_url = "http://127.0.0.1:1";
    Findings findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_TRUE(findings[0].what.contains("has no global secondary index `due`"));
    EXPECT_EQ(findings[0].mend.text,
              "aws dynamodb update-table --table-name exarch --attribute-definitions "
              "AttributeName=kind,AttributeType=S AttributeName=due,AttributeType=N "
              R"(--global-secondary-index-updates '[{"Create":{"IndexName":"due",)"
              R"("KeySchema":[{"AttributeName":"kind","KeyType":"HASH"},)"
              R"({"AttributeName":"due","KeyType":"RANGE"}],)"
              R"("Projection":{"ProjectionType":"KEYS_ONLY"}}}]' --region eu-west-1 )"
              "--endpoint-url http://127.0.0.1:1    # in account 999900001111");
    probe.description->key.pop_back();
    findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_TRUE(findings[0].what.contains("has another key"));
    EXPECT_TRUE(findings[0].mend.empty());
}

TEST(TableChecks, a_right_that_is_missing_is_named_with_its_resource) {
    TableProbe probe = sound_table();
    probe.rights[1].attempt = failure(aws::Remedy::denied, "AccessDeniedException");
    Findings findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_TRUE(findings[0].what.starts_with(
        "these credentials may not dynamodb:Query on "
        "arn:aws:dynamodb:eu-west-1:999900001111:table/exarch/index/due: "));
    EXPECT_TRUE(findings[0].mend.text.contains("exarch policy controller"));
    probe.description = std::unexpected(failure(aws::Remedy::denied, "AccessDeniedException"));
    findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_TRUE(
        findings[0].what.starts_with("these credentials may not dynamodb:DescribeTable on "
                                     "arn:aws:dynamodb:eu-west-1:999900001111:table/exarch: "));
}

TEST(TableChecks, whoever_may_not_insert_is_slower_and_nothing_is_wrong) {
    TableProbe probe = sound_table();
    probe.insertion = failure(aws::Remedy::denied, "AccessDenied");
    Findings findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::warning);
    EXPECT_TRUE(findings[0].what.starts_with(
        "these credentials may not dynamodb:PartiQLInsert on "
        "arn:aws:dynamodb:eu-west-1:999900001111:table/exarch, so messages are claimed one by "
        "one"));
    EXPECT_TRUE(findings[0].mend.text.contains("exarch policy controller"));
    probe.insertion = failure(aws::Remedy::give_up, "UnknownOperationException");
    findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::good) << "an emulator may not know statements";
}

TEST(TableChecks, a_table_that_loses_nothing_works_and_grows) {
    TableProbe probe = sound_table();
    const auto told = [&](std::string status, std::string attribute) {
        probe.time_to_live =
            aws::TimeToLive{.status = std::move(status), .attribute = std::move(attribute)};
        const Findings findings = checked(probe);
        EXPECT_EQ(findings.size(), 1U);
        return findings.at(0);
    };
    const std::string update =
        "aws dynamodb update-time-to-live --table-name exarch --time-to-live-specification ";
    const Finding disabled = told("DISABLED", "");
    EXPECT_EQ(disabled.grade, Grade::warning);
    EXPECT_TRUE(disabled.what.starts_with("has no time to live: nothing that has expired"));
    EXPECT_TRUE(disabled.mend.text.starts_with(update + "Enabled=true,AttributeName=expires "));
    const Finding other = told("ENABLED", "due by");
    EXPECT_EQ(other.grade, Grade::warning);
    EXPECT_TRUE(other.mend.text.starts_with(update + "'Enabled=false,AttributeName=due by' "));
    const Finding ending = told("DISABLING", "expires");
    EXPECT_EQ(ending.grade, Grade::warning);
    EXPECT_TRUE(ending.mend.empty());
    EXPECT_EQ(told("ENABLING", "expires").grade, Grade::good);
}

TEST(TableChecks, a_time_to_live_that_is_not_told_is_nothing_wrong) {
    TableProbe probe = sound_table();
    probe.time_to_live = std::unexpected(failure(aws::Remedy::denied, "AccessDeniedException"));
    Findings findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::note);
    EXPECT_TRUE(
        findings[0].what.starts_with("these credentials may not dynamodb:DescribeTimeToLive on "
                                     "arn:aws:dynamodb:eu-west-1:999900001111:table/exarch, "));
    EXPECT_TRUE(findings[0].mend.text.contains("exarch policy controller"));
    probe.time_to_live =
        std::unexpected(failure(aws::Remedy::give_up, "UnknownOperationException"));
    findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::note);
    EXPECT_TRUE(findings[0].mend.empty());
}

TEST(TableChecks, what_fails_otherwise_is_no_question_of_rights) {
    TableProbe probe = sound_table();
    probe.rights[0].attempt = failure(aws::Remedy::retry, "InternalServerError");
    EXPECT_TRUE(checked(probe).at(0).what.starts_with("cannot be used: dynamodb:GetItem"));
    probe.description = std::unexpected(failure(aws::Remedy::outcome_unknown, "NoAnswer"));
    EXPECT_TRUE(checked(probe).at(0).what.starts_with("cannot be examined: DescribeTable"));
}

} // namespace
} // namespace exarch::cli
