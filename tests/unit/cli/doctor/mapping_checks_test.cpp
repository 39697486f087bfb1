#include "cli/doctor/mapping_checks.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::cli {
namespace {

constexpr const char* tasks = "arn:aws:sqs:eu-west-1:999900001111:exarch-tasks";

aws::EventSourceMapping sound_mapping() {
    return {.uuid = "0e6e1c63-7b6b-4a4a-8b4e-6f1a1f9f6d11",
            .source_arn = tasks,
            .state = "Enabled",
            .reports_item_failures = true,
            .concurrency_max = 2};
}

FunctionProbe probe_of(std::vector<aws::EventSourceMapping> mappings) {
    return {.name = "purges",
            .region = base::Region("eu-west-1"),
            .endpoint_url = {},
            .loop = {},
            .configuration = {},
            .queue_arns = {tasks},
            .mappings = std::move(mappings)};
}

Findings checked(const FunctionProbe& probe) {
    return check_mappings(probe, {.exarch = "exarch",
                                  .region = base::Region("eu-west-1"),
                                  .principal = Principal("arn:aws:iam::999900001111:user/exarch")});
}

Finding checked(const aws::EventSourceMapping& mapping) {
    const Findings findings = checked(probe_of({mapping}));
    EXPECT_EQ(findings.size(), 1U);
    return findings.at(0);
}

std::string update_with(const std::string& options) {
    return "aws lambda update-event-source-mapping --uuid 0e6e1c63-7b6b-4a4a-8b4e-6f1a1f9f6d11 " +
           options + " --region eu-west-1    # in account 999900001111";
}

TEST(MappingChecks, one_whose_failures_come_back_is_good) {
    const Finding finding = checked(sound_mapping());
    EXPECT_EQ(finding.grade, Grade::good);
    EXPECT_EQ(finding.subject, "mapping of queue exarch-tasks");
    EXPECT_TRUE(finding.mend.empty());
}

TEST(MappingChecks, without_partial_responses_what_was_not_done_is_lost) {
    aws::EventSourceMapping mapping = sound_mapping();
    mapping.reports_item_failures = false;
    const Finding finding = checked(mapping);
    EXPECT_EQ(finding.grade, Grade::wrong);
    EXPECT_TRUE(finding.what.contains("what it could not do is lost"));
    EXPECT_EQ(finding.mend.text, update_with("--function-response-types ReportBatchItemFailures"));
}

TEST(MappingChecks, a_filter_loses_what_does_not_pass) {
    aws::EventSourceMapping mapping = sound_mapping();
    mapping.has_filter = true;
    const Finding finding = checked(mapping);
    EXPECT_EQ(finding.grade, Grade::warning);
    EXPECT_TRUE(finding.what.contains("Lambda deletes messages that do not pass it"));
    EXPECT_EQ(finding.mend.text, update_with("--filter-criteria '{}'"));
}

TEST(MappingChecks, one_that_is_disabled_may_be_so_on_purpose) {
    aws::EventSourceMapping mapping = sound_mapping();
    for (const char* const state : {"Disabled", "Disabling"}) {
        mapping.state = state;
        EXPECT_EQ(checked(mapping).grade, Grade::warning);
        EXPECT_EQ(checked(mapping).mend.text, update_with("--enabled"));
    }
    // It changes, and not to that.
    for (const char* const state : {"Creating", "Enabling", "Updating"}) {
        mapping.state = state;
        EXPECT_EQ(checked(mapping).grade, Grade::good) << state;
    }
}

TEST(MappingChecks, only_a_table_keeps_many_instances_to_one_quota) {
    aws::EventSourceMapping mapping = sound_mapping();
    mapping.concurrency_max.reset();
    const Finding finding = checked(mapping);
    EXPECT_EQ(finding.grade, Grade::warning);
    EXPECT_TRUE(finding.what.contains("EXARCH_INSTANCES"));
    EXPECT_EQ(finding.mend.text, update_with("--scaling-config MaximumConcurrency=2"));
    FunctionProbe with_table = probe_of({mapping});
    with_table.has_table = true;
    EXPECT_EQ(checked(with_table).at(0).grade, Grade::good);
}

TEST(MappingChecks, all_that_is_wrong_with_one_is_told) {
    aws::EventSourceMapping mapping = sound_mapping();
    mapping.reports_item_failures = false;
    mapping.state = "Disabled";
    const Findings findings = checked(probe_of({mapping}));
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0].grade, Grade::wrong);
    EXPECT_EQ(findings[1].grade, Grade::warning);
}

TEST(MappingChecks, a_queue_that_nobody_takes_from_is_told_with_what_changes_that) {
    FunctionProbe probe = probe_of({});
    Findings findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::warning);
    EXPECT_EQ(findings[0].subject, "mapping of queue exarch-tasks");
    EXPECT_EQ(findings[0].mend.text,
              std::string("aws lambda create-event-source-mapping --function-name purges "
                          "--event-source-arn ") +
                  tasks +
                  " --batch-size 10000 --maximum-batching-window-in-seconds 1 "
                  "--scaling-config MaximumConcurrency=2 "
                  "--function-response-types ReportBatchItemFailures "
                  "--region eu-west-1    # in account 999900001111");
    probe.queue_arns = {std::string(tasks) + ".fifo"};
    findings = checked(probe);
    EXPECT_TRUE(findings.at(0).mend.text.contains("--batch-size 10 --scaling-config"));
}

TEST(MappingChecks, queues_beside_that_of_tasks_count_and_other_sources_do_not) {
    aws::EventSourceMapping ticks = sound_mapping();
    ticks.source_arn = "arn:aws:sqs:eu-west-1:999900001111:exarch-ticks";
    ticks.reports_item_failures = false;
    aws::EventSourceMapping stream = sound_mapping();
    stream.source_arn = "arn:aws:kinesis:eu-west-1:999900001111:stream/clicks";
    stream.reports_item_failures = false;
    const Findings findings = checked(probe_of({sound_mapping(), ticks, stream}));
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0].grade, Grade::good);
    EXPECT_EQ(findings[1].subject, "mapping of queue exarch-ticks");
    EXPECT_EQ(findings[1].grade, Grade::wrong);
}

TEST(MappingChecks, a_right_that_is_missing_is_told_with_what_gives_it) {
    FunctionProbe probe = probe_of({});
    aws::Failure failure;
    failure.remedy = aws::Remedy::denied;
    failure.code = "AccessDeniedException";
    probe.mappings = std::unexpected(failure);
    Findings findings = checked(probe);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].grade, Grade::wrong);
    EXPECT_EQ(findings[0].subject, "mappings of purges");
    EXPECT_TRUE(
        findings[0].what.starts_with("these credentials may not lambda:ListEventSourceMappings: "));
    EXPECT_TRUE(findings[0].mend.text.contains("policy controller --function purges"));
    failure.remedy = aws::Remedy::retry;
    probe.mappings = std::unexpected(failure);
    findings = checked(probe);
    EXPECT_TRUE(findings.at(0).what.starts_with("cannot be examined: ListEventSourceMappings"));
    EXPECT_TRUE(findings.at(0).mend.empty());
}

} // namespace
} // namespace exarch::cli
