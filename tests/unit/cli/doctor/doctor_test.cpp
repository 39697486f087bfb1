#include "cli/doctor/credential_checks.hpp"
#include "cli/doctor/doctor_report.hpp"
#include "cli/doctor/local_checks.hpp"
#include "cli/doctor/queue_checks.hpp"
#include "cli/doctor/role_checks.hpp"
#include "unit/cli/support.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace exarch::cli {
namespace {

using std::chrono::minutes;

aws::Failure failure(aws::Remedy remedy, std::string code) {
    aws::Failure result;
    result.remedy = remedy;
    result.code = std::move(code);
    return result;
}

aws::Failure denied() {
    return failure(aws::Remedy::denied, "AccessDenied");
}

MendContext mends_for(std::string arn) {
    return {.exarch = "exarch",
            .region = base::Region("eu-west-1"),
            .principal = Principal(std::move(arn))};
}

const MendContext& mends() {
    static const MendContext context = mends_for("arn:aws:iam::999900001111:user/exarch");
    return context;
}

const base::Environment& nothing_set() {
    static const base::Environment environment({});
    return environment;
}

/// What the answers are like where all is well: allowed, and refused for what was asked.
RoleProbe sound_role() {
    const aws::Failure empty = failure(aws::Remedy::give_up, "InvalidArgument");
    const aws::Failure missing = failure(aws::Remedy::not_found, "NoSuchDistribution");
    return {.account = base::AccountId("111122223333"),
            .role = base::RoleArn("arn:aws:iam::111122223333:role/path/Edge"),
            .assume = {},
            .assume_without_external_id = {},
            .rights = RoleProbe::Rights{empty, missing, missing, denied()}};
}

QueueProbe queue(aws::QueueAttributes attributes) {
    return {.url = aws::QueueUrl("https://sqs.eu-west-1.amazonaws.com/999900001111/tasks"),
            .region = base::Region("eu-west-1"),
            .endpoint_url = {},
            .attributes = std::move(attributes),
            .deletion = std::vector<aws::BatchFailure>{{0, failure(aws::Remedy::give_up,
                                                                   "ReceiptHandleIsInvalid")}},
            .change = std::vector<aws::BatchFailure>{}};
}

TEST(Doctor, a_role_that_may_what_is_needed_is_good) {
    const Findings findings = check_role(sound_role(), mends());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::good);
    EXPECT_TRUE(findings[0].mend.empty());
}

TEST(Doctor, what_could_not_be_tried_is_neither_good_nor_wrong) {
    RoleProbe probe = sound_role();
    probe.rights->create = failure(aws::Remedy::slow_down, "Throttling");
    const Findings findings = check_role(probe, mends());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::warning);
    EXPECT_TRUE(findings[0].what.contains("Throttling"));
}

TEST(Doctor, a_role_that_cannot_be_reached_is_not_told_to_be_made_anew) {
    RoleProbe probe = sound_role();
    probe.rights.reset();
    probe.assume = failure(aws::Remedy::retry, "Unreachable");
    const Findings findings = check_role(probe, mends());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::wrong);
    EXPECT_TRUE(findings[0].mend.empty());
}

TEST(Doctor, mends_name_the_role_without_its_path) {
    RoleProbe probe = sound_role();
    probe.assume = denied();
    const Findings findings = check_role(probe, mends());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_TRUE(findings[0].mend.text.contains("--role-name Edge --path /path/ "));
    EXPECT_TRUE(
        findings[0].mend.text.contains("--principal arn:aws:iam::999900001111:user/exarch"));
}

TEST(Doctor, a_role_s_path_stays_one_word_of_the_command) {
    RoleProbe probe = sound_role();
    probe.role = base::RoleArn("arn:aws:iam::111122223333:role/x$(id>owned)/Edge");
    probe.assume = denied();
    EXPECT_TRUE(check_role(probe, mends()).at(0).mend.text.contains("--path '/x$(id>owned)/' "));
}

TEST(Doctor, of_a_function_it_is_its_role_that_is_let_in) {
    MendContext context = mends();
    EXPECT_FALSE(context.principal.acts_as("arn:aws:iam::999900001111:role/exarch"));
    context.function_role = "arn:aws:iam::999900001111:role/ops/exarch";
    RoleProbe probe = sound_role();
    EXPECT_EQ(check_role(probe, context).at(0).grade, Grade::good);
    EXPECT_TRUE(check_role(probe, context).at(0).what.contains(context.function_role));
    probe.assume = denied();
    const Findings findings = check_role(probe, context);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::note) << "an administrator need not be let in";
    EXPECT_TRUE(findings[0].mend.text.contains("--principal " + context.function_role));
    EXPECT_FALSE(findings[0].mend.text.contains("user/exarch"));
}

TEST(Doctor, a_session_acts_as_its_role) {
    const Principal session("arn:aws:sts::999900001111:assumed-role/exarch/purges");
    EXPECT_TRUE(session.acts_as("arn:aws:iam::999900001111:role/exarch"));
    EXPECT_TRUE(session.acts_as("arn:aws:iam::999900001111:role/ops/exarch"));
    EXPECT_FALSE(session.acts_as("arn:aws:iam::111122223333:role/exarch"));
    EXPECT_FALSE(session.acts_as("arn:aws:iam::999900001111:role/other"));
    EXPECT_FALSE(session.acts_as(""));
}

TEST(Doctor, a_queue_of_four_days_is_good_and_one_of_less_is_not) {
    const auto grades = [](const char* retention) {
        return check_queue(queue({{"MessageRetentionPeriod", retention}}), mends())[0].grade;
    };
    EXPECT_EQ(grades("345600"), Grade::good);
    EXPECT_EQ(grades("345599"), Grade::warning);
    EXPECT_EQ(grades("86399"), Grade::wrong);
}

TEST(Doctor, a_queue_hides_messages_six_times_as_long_as_a_function_may_work) {
    const auto findings = [](const char* visibility) {
        return check_visibility(queue({{"VisibilityTimeout", visibility}}),
                                {.name = "purges", .timeout = minutes(1)}, mends());
    };
    EXPECT_TRUE(findings("360").empty());
    EXPECT_TRUE(findings("").empty());
    ASSERT_EQ(findings("359").size(), 1U);
    const Finding finding = findings("30")[0];
    EXPECT_EQ(finding.grade, Grade::warning);
    EXPECT_EQ(finding.subject, "queue tasks");
    EXPECT_TRUE(finding.what.starts_with(
        "hides messages for 30 s where the function purges may work for 1 min on them"))
        << finding.what;
    EXPECT_EQ(finding.mend.text,
              "aws sqs set-queue-attributes --queue-url "
              "https://sqs.eu-west-1.amazonaws.com/999900001111/tasks --attributes "
              "VisibilityTimeout=360 --region eu-west-1    # in account 999900001111");
    QueueProbe unseen = queue({});
    unseen.attributes = std::unexpected(denied());
    EXPECT_TRUE(
        check_visibility(unseen, {.name = "purges", .timeout = minutes(1)}, mends()).empty());
}

TEST(Doctor, a_redrive_policy_that_cannot_be_read_is_taken_away) {
    const Findings findings = check_queue(queue({{"RedrivePolicy", "{"}}), mends());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::warning);
    EXPECT_TRUE(findings[0].mend.text.contains("'{\"RedrivePolicy\":\"\"}'"));
}

TEST(Doctor, tells_how_the_clock_is_wrong) {
    EXPECT_EQ(check_clock({})[0].grade, Grade::good);
    const Finding slow = check_clock(minutes(10))[0];
    EXPECT_EQ(slow.grade, Grade::warning);
    EXPECT_TRUE(slow.what.starts_with("is 10 min behind AWS's"));
    EXPECT_TRUE(check_clock(-minutes(10))[0].what.starts_with("is 10 min ahead of AWS's"));
}

TEST(Doctor, the_root_user_is_warned_of) {
    const aws::CallerIdentity root{.account = base::AccountId("999900001111"),
                                   .arn = "arn:aws:iam::999900001111:root",
                                   .user_id = "999900001111"};
    const Findings findings = check_identity({root, {}, nothing_set(), "exarch"});
    EXPECT_EQ(findings[0].grade, Grade::warning);
    EXPECT_TRUE(findings[0].mend.text.contains("$(exarch policy controller)"));
}

TEST(Doctor, an_account_that_is_not_listed_is_told_how_to_be) {
    const Finding finding = tell_unlisted(base::AccountId("111122223333"), base::Environment({}));
    EXPECT_EQ(finding.grade, Grade::wrong);
    EXPECT_TRUE(finding.what.starts_with("account 111122223333 is not listed under "
                                         "targets.accounts"));
    EXPECT_EQ(finding.mend.kind, Mend::Kind::configuration);
    EXPECT_EQ(finding.mend.text, R"(targets: {accounts: {"111122223333": {}}})");
}

TEST(Doctor, learned_rates_are_told) {
    ledger::AccountReport report;
    report.account = base::AccountId("111122223333");
    report.quotas.push_back({.account = report.account,
                             .api = "cloudfront.CreateInvalidation",
                             .rate = 0.5,
                             .learned_at = at("2026-11-24T12:00:00Z")});
    const Findings findings = check_learned({report});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_TRUE(findings[0].what.contains("0.5 calls a second since 2026-11-24T12:00:00"));
}

TEST(Doctor, an_accounts_own_quota_is_named_by_its_place) {
    config::Config config;
    config.targets.accounts[base::AccountId("111122223333")]
        .quotas["cloudfront.CreateInvalidation"] = {.rate = 5, .burst = {}};
    const Findings findings = check_limits(config, nothing_set());
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_TRUE(findings[0].what.starts_with("targets.accounts.111122223333.quotas."));
}

TEST(Doctor, findings_are_paragraphs_that_cannot_write_to_the_terminal) {
    const Findings findings = {
        {Grade::good, "clock", "agrees"},
        {Grade::wrong, "queue q", "gone \x1b[2J", command("aws sqs\ntrue")},
        {Grade::warning, "quotas", "high", {Mend::Kind::configuration, "quotas: {}"}}};
    EXPECT_EQ(render_findings(findings, Layout{}), "good    clock: agrees\n"
                                                   "wrong   queue q: gone \\x1b[2J\n"
                                                   "          aws sqs\n"
                                                   "          true\n"
                                                   "warning quotas: high\n"
                                                   "          quotas: {}    # in exarch.yaml\n"
                                                   "\n1 good, 0 to note, 1 warning, 1 wrong\n");
    EXPECT_FALSE(is_healthy(findings));
    const boost::json::object json = to_json(findings);
    EXPECT_EQ(json.at("counts").at("wrong").to_number<int>(), 1);
    EXPECT_TRUE(json.at("findings").at(0).at("mend").is_null());
    EXPECT_EQ(json.at("findings").at(1).at("mend"), "aws sqs\ntrue");
    EXPECT_EQ(json.at("findings").at(1).at("mend_is"), "command");
    EXPECT_EQ(json.at("findings").at(2).at("mend_is"), "configuration");
}

TEST(Doctor, messages_in_a_dead_letter_queue_are_told_with_what_takes_them) {
    QueueProbe probe =
        queue({{"RedrivePolicy",
                R"({"deadLetterTargetArn":"arn:aws:sqs:a:1:d","maxReceiveCount":"9"})"}});
    const auto has_warning = [&] {
        const Findings findings = check_queue(probe, mends());
        return std::ranges::any_of(findings, [](const Finding& finding) {
            return finding.grade == Grade::warning && finding.what.contains("dead-letter queue");
        });
    };
    EXPECT_FALSE(has_warning());
    probe.dead_letters = aws::QueueAttributes{{"ApproximateNumberOfMessages", "0"}};
    EXPECT_FALSE(has_warning());
    probe.dead_letters = aws::QueueAttributes{{"ApproximateNumberOfMessages", "1"}};
    EXPECT_TRUE(has_warning());
}

} // namespace
} // namespace exarch::cli
