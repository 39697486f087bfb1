#include "lambda/settings.hpp"
#include "lambda/stateless.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace exarch::lambda {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

std::string refusal(Variables variables, const config::Config& config = {}) {
    const auto settings = read_function_settings(base::Environment(std::move(variables)), config);
    return settings.has_value() ? "none" : settings.error().message();
}

TEST(settings, two_instances_unless_told_otherwise) {
    const base::Environment usual(Variables{{"_HANDLER", "exarch.control"}});
    EXPECT_EQ(read_function_settings(usual, {})->instances, 2);
    const base::Environment told(
        Variables{{"_HANDLER", "exarch.control"}, {"EXARCH_INSTANCES", "7"}});
    EXPECT_EQ(read_function_settings(told, {})->instances, 7);
}

TEST(settings, a_handler_that_is_none_is_told_what_would_be_one) {
    EXPECT_EQ(refusal({}), "_HANDLER is not set: set the function's handler to exarch.control");
    EXPECT_EQ(refusal({{"_HANDLER", "index.handler"}}),
              "_HANDLER: there is no handler \"index.handler\"; set the function's handler to "
              "exarch.control, for an SQS event source mapping");
    EXPECT_EQ(refusal({{"_HANDLER", "exarch.dataplane"}}),
              "_HANDLER: exarch.dataplane comes in a later version; there is exarch.control, for "
              "an SQS event source mapping");
}

TEST(settings, instances_are_a_whole_number_above_zero) {
    for (const char* wrong : {"0", "-1", "1001", "two", "2.5"}) {
        const std::string told =
            refusal({{"_HANDLER", "exarch.control"}, {"EXARCH_INSTANCES", wrong}});
        EXPECT_TRUE(told.starts_with("EXARCH_INSTANCES: ")) << told;
        EXPECT_TRUE(told.ends_with("; set it to the maximum concurrency of the event source "
                                   "mapping"))
            << told;
    }
}

TEST(settings, a_ledger_on_a_disk_that_does_not_last_is_refused) {
    config::Config config;
    config.ledger_is_set = true;
    config.ledger_path = "/tmp/exarch.db";
    EXPECT_EQ(refusal({{"_HANDLER", "exarch.control"}}, config),
              "ledger: sqlite:/tmp/exarch.db: a function has no disk that lasts; set "
              "EXARCH_LEDGER to dynamodb:TABLE, or to none");
    config.is_stateless = true;
    EXPECT_EQ(refusal({{"_HANDLER", "exarch.control"}}, config), "none");
}

TEST(settings, a_table_and_a_queue_of_ticks_go_together) {
    const std::string ticks = "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-ticks";
    config::Config config;
    config.ledger_is_set = true;
    config.ledger_table = "exarch";
    const auto told = [&](Variables more) {
        more.emplace("_HANDLER", "exarch.control");
        return refusal(std::move(more), config);
    };
    EXPECT_EQ(told({{"EXARCH_TICKS", ticks}}), "none");
    EXPECT_EQ(told({}), "ledger: dynamodb:exarch: EXARCH_TICKS is not set; set it to the URL of an "
                        "SQS queue of its own, which triggers this function too");
    EXPECT_EQ(told({{"EXARCH_TICKS", "exarch-ticks"}}),
              "EXARCH_TICKS: \"exarch-ticks\" is no URL of an SQS queue, like "
              "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-ticks");
    EXPECT_EQ(
        told({{"EXARCH_TICKS", ticks + ".fifo"}}),
        "EXARCH_TICKS: \"https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-ticks.fifo\" "
        "is a FIFO queue, in which no message can have a delay of its own; set it to the URL "
        "of a standard queue");
    config.queues = {ticks};
    EXPECT_TRUE(told({{"EXARCH_TICKS", ticks}})
                    .starts_with("EXARCH_TICKS and EXARCH_QUEUE are the same queue"));
    config.queues = {"https://eu-west-1.queue.amazonaws.com/999900001111/exarch-ticks"};
    EXPECT_TRUE(told({{"EXARCH_TICKS", ticks}})
                    .starts_with("EXARCH_TICKS and EXARCH_QUEUE are the same queue"));
    config = {};
    config.is_stateless = true;
    EXPECT_TRUE(told({{"EXARCH_TICKS", ticks}})
                    .starts_with("EXARCH_TICKS is set, and EXARCH_LEDGER names no table"));
}

LogSettings log_settings(Variables variables) {
    return read_log_settings(base::Environment(std::move(variables)), base::LogLevel::info);
}

TEST(settings, the_log_is_as_lambda_is_told_to_have_it) {
    EXPECT_FALSE(log_settings({}).params.json);
    EXPECT_EQ(log_settings({}).level, base::LogLevel::info);
    EXPECT_TRUE(log_settings({{"AWS_LAMBDA_LOG_FORMAT", "JSON"}}).params.json);
    EXPECT_FALSE(log_settings({{"AWS_LAMBDA_LOG_FORMAT", "Text"}}).params.json);
    EXPECT_EQ(log_settings({{"AWS_LAMBDA_LOG_LEVEL", "TRACE"}}).level, base::LogLevel::trace);
    EXPECT_EQ(log_settings({{"AWS_LAMBDA_LOG_LEVEL", "FATAL"}}).level, base::LogLevel::error);
    EXPECT_EQ(log_settings({{"AWS_LAMBDA_LOG_LEVEL", "loud"}}).level, base::LogLevel::info);
    EXPECT_FALSE(log_settings({}).params.is_bounded);
}

TEST(share_of, each_instance_keeps_to_its_part) {
    config::Config config;
    config.quotas["cloudfront.CreateInvalidation"] = {.rate = 1, .burst = 6};
    config.targets.accounts[base::AccountId("111122223333")]
        .quotas["cloudfront.CreateInvalidation"] = {.rate = 3, .burst = {}};
    const config::Config share = share_of(config, 4);
    const std::string_view api = "cloudfront.CreateInvalidation";
    EXPECT_EQ(share.quota_for(base::AccountId("444455556666"), api),
              (config::Quota{.rate = 0.25, .burst = 1.5}));
    EXPECT_EQ(share.quota_for(base::AccountId("111122223333"), api),
              (config::Quota{.rate = 0.75, .burst = 1.5}));
    EXPECT_EQ(share.quota_for(base::AccountId("444455556666"), "sts.AssumeRole"),
              (config::Quota{.rate = 12.5, .burst = 12.5}));
    EXPECT_EQ(share.quota_for(base::AccountId("444455556666"), "cloudfront.GetInvalidation"),
              (config::Quota{.rate = 0.5, .burst = 1}));
}

} // namespace
} // namespace exarch::lambda
