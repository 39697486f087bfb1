#include "cli/policy/policy_documents.hpp"
#include "cli/terminal/json_text.hpp"
#include "config/load.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

namespace json = boost::json;

const std::string queue = "queue: https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks\n";

config::Config configured(const std::string& text) {
    auto config = config::parse_config(text, "exarch.yaml", {}, base::Environment({}));
    EXPECT_TRUE(config.has_value()) << config.error().message();
    return std::move(config).value_or(config::Config());
}

PolicyScope scope_of(const config::Config& config, const char* region = "eu-west-1") {
    auto scope = policy_scope(config, base::Region(region));
    EXPECT_TRUE(scope.has_value()) << scope.error().message();
    return *std::move(scope);
}

std::string statement(const json::object& document, std::size_t index = 0) {
    return json::serialize(document.at("Statement").at(index));
}

TEST(Policy, lets_the_controller_take_tasks_and_enter_targets) {
    const config::Config config = configured(queue);
    const json::object document = controller_policy(scope_of(config));
    EXPECT_EQ(document.at("Version").as_string(), "2012-10-17");
    EXPECT_EQ(statement(document),
              R"({"Sid":"TakeTasks","Effect":"Allow","Action":["sqs:ReceiveMessage",)"
              R"("sqs:DeleteMessage","sqs:ChangeMessageVisibility","sqs:GetQueueAttributes"],)"
              R"("Resource":["arn:aws:sqs:eu-west-1:999900001111:exarch-tasks"]})");
    EXPECT_EQ(statement(document, 1),
              R"({"Sid":"EnterTargets","Effect":"Allow","Action":["sts:AssumeRole"],)"
              R"("Resource":["arn:aws:iam::*:role/CloudFrontInvalidationRole"]})");
}

TEST(Policy, lets_the_controller_keep_its_ledger_in_a_table) {
    const config::Config config = configured(queue + "ledger: dynamodb:exarch\n");
    EXPECT_EQ(statement(controller_policy(scope_of(config)), 2),
              R"({"Sid":"KeepLedger","Effect":"Allow","Action":["dynamodb:DescribeTable",)"
              R"("dynamodb:GetItem","dynamodb:Query","dynamodb:PutItem","dynamodb:UpdateItem",)"
              R"("dynamodb:PartiQLInsert"],)"
              R"("Resource":["arn:aws:dynamodb:eu-west-1:999900001111:table/exarch",)"
              R"("arn:aws:dynamodb:eu-west-1:999900001111:table/exarch/index/due"]})");
    EXPECT_EQ(statement(controller_policy(scope_of(config)), 3),
              R"({"Sid":"ExamineLedger","Effect":"Allow","Action":["dynamodb:DescribeTimeToLive"],)"
              R"("Resource":["arn:aws:dynamodb:eu-west-1:999900001111:table/exarch"]})");
}

TEST(Policy, names_the_listed_accounts_alone_where_no_other_is_touched) {
    const config::Config config = configured(
        queue + "targets: {only_listed: true, accounts: {'111122223333': {}, "
                "'444455556666': {role: 'arn:{partition}:iam::{account}:role/other/EdgeOps'}}}\n");
    EXPECT_EQ(
        json::serialize(controller_policy(scope_of(config)).at("Statement").at(1).at("Resource")),
        R"(["arn:aws:iam::111122223333:role/CloudFrontInvalidationRole",)"
        R"("arn:aws:iam::444455556666:role/other/EdgeOps"])");
}

TEST(Policy, adds_the_roles_that_are_others_where_any_account_may_be_touched) {
    const config::Config config = configured(
        queue + "targets: {accounts: {'111122223333': {}, "
                "'444455556666': {role: 'arn:{partition}:iam::{account}:role/EdgeOps'}}}\n");
    EXPECT_EQ(
        json::serialize(controller_policy(scope_of(config)).at("Statement").at(1).at("Resource")),
        R"(["arn:aws:iam::*:role/CloudFrontInvalidationRole",)"
        R"("arn:aws:iam::444455556666:role/EdgeOps"])");
}

TEST(Policy, lets_a_target_do_what_its_actions_declare) {
    const config::Config config = configured(queue);
    const PolicyScope scope = scope_of(config);
    EXPECT_EQ(statement(target_policy(scope, base::AccountId("111122223333"))),
              R"({"Sid":"cloudfrontinvalidate","Effect":"Allow","Action":[)"
              R"("cloudfront:CreateInvalidation","cloudfront:GetInvalidation",)"
              R"("cloudfront:ListInvalidations"],)"
              R"("Resource":["arn:aws:cloudfront::111122223333:distribution/*"]})");
    EXPECT_TRUE(statement(target_policy(scope, base::AccountId("*")))
                    .contains("arn:aws:cloudfront::*:distribution/*"));
}

TEST(Policy, a_role_trusts_the_central_account_or_whom_it_is_told) {
    const config::Config plain = configured(queue);
    const base::AccountId any("*");
    EXPECT_EQ(statement(target_trust(scope_of(plain), any, "")),
              R"({"Sid":"LetExarchIn","Effect":"Allow","Principal":)"
              R"({"AWS":"arn:aws:iam::999900001111:root"},"Action":"sts:AssumeRole"})");
    const config::Config secret =
        configured(queue + "targets: {external_id: all-of-us, accounts: {'444455556666': "
                           "{external_id: only-us}}}\n");
    const std::string worker = "arn:aws:iam::999900001111:role/exarch";
    const std::string trust = statement(target_trust(scope_of(secret), any, worker));
    EXPECT_TRUE(trust.contains(R"("AWS":"arn:aws:iam::999900001111:role/exarch")"));
    EXPECT_TRUE(trust.contains(R"({"StringEquals":{"sts:ExternalId":"all-of-us"}})"));
    EXPECT_TRUE(statement(target_trust(scope_of(secret), base::AccountId("444455556666"), worker))
                    .contains("only-us"));
}

TEST(Policy, arns_carry_the_partition) {
    const config::Config config =
        configured("queue: https://sqs.cn-north-1.amazonaws.com.cn/999900001111/exarch-tasks\n");
    const PolicyScope scope = scope_of(config, "cn-north-1");
    EXPECT_TRUE(statement(producer_policy(scope))
                    .contains("arn:aws-cn:sqs:cn-north-1:999900001111:exarch-tasks"));
    EXPECT_TRUE(statement(controller_policy(scope), 1).contains("arn:aws-cn:iam::*:role/"));
    EXPECT_TRUE(statement(target_policy(scope, base::AccountId("*"))).contains("arn:aws-cn:"));
    EXPECT_TRUE(statement(target_trust(scope, base::AccountId("*"), "")).contains("arn:aws-cn:"));
}

TEST(Policy, a_queue_elsewhere_is_named_by_the_region_of_the_caller) {
    const config::Config config = configured("queue: http://127.0.0.1:4600/999900001111/tasks\n");
    EXPECT_TRUE(statement(producer_policy(scope_of(config, "eu-central-1")))
                    .contains("arn:aws:sqs:eu-central-1:999900001111:tasks"));
    const config::Config odd = configured("queue: http://127.0.0.1:4600/tasks\n");
    const auto refused = policy_scope(odd, base::Region("eu-central-1"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error().message().contains("/ACCOUNT/NAME"));
}

TEST(Policy, a_function_without_state_needs_its_queue_its_targets_and_its_log) {
    const config::Config config = configured(queue);
    const json::object document = function_policy(scope_of(config), {.name = "purges"});
    ASSERT_EQ(document.at("Statement").as_array().size(), 3U);
    EXPECT_EQ(statement(document),
              R"({"Sid":"TakeTasks","Effect":"Allow","Action":["sqs:ReceiveMessage",)"
              R"("sqs:DeleteMessage","sqs:GetQueueAttributes"],)"
              R"("Resource":["arn:aws:sqs:eu-west-1:999900001111:exarch-tasks"]})");
    EXPECT_EQ(statement(document, 1), statement(controller_policy(scope_of(config)), 1));
    EXPECT_EQ(statement(document, 2),
              R"({"Sid":"WriteLog","Effect":"Allow","Action":["logs:CreateLogStream",)"
              R"("logs:PutLogEvents"],"Resource":[)"
              R"("arn:aws:logs:eu-west-1:999900001111:log-group:/aws/lambda/purges:*"]})");
}

TEST(Policy, a_function_that_is_named_may_be_looked_at) {
    const config::Config config = configured(queue);
    const json::object document = controller_policy(scope_of(config), {}, "purges");
    ASSERT_EQ(document.at("Statement").as_array().size(), 4U);
    EXPECT_EQ(statement(document, 3), R"({"Sid":"FindMappings","Effect":"Allow",)"
                                      R"("Action":["lambda:ListEventSourceMappings"],)"
                                      R"("Resource":["*"]})");
    EXPECT_EQ(statement(document, 2),
              R"({"Sid":"ExamineFunction","Effect":"Allow",)"
              R"("Action":["lambda:GetFunctionRecursionConfig","lambda:GetFunctionConfiguration"],)"
              R"("Resource":["arn:aws:lambda:eu-west-1:999900001111:function:purges"]})");
}

TEST(Policy, a_function_with_state_has_its_table_and_its_ticks_too) {
    const config::Config config = configured(queue);
    const json::object document = function_policy(
        scope_of(config), {.name = "exarch",
                           .table = "arn:aws:dynamodb:eu-west-1:999900001111:table/exarch",
                           .ticks = "arn:aws:sqs:eu-west-1:999900001111:exarch-ticks"});
    ASSERT_EQ(document.at("Statement").as_array().size(), 5U);
    EXPECT_EQ(json::serialize(document.at("Statement").at(3).at("Resource")),
              R"(["arn:aws:dynamodb:eu-west-1:999900001111:table/exarch",)"
              R"("arn:aws:dynamodb:eu-west-1:999900001111:table/exarch/index/due"])");
    EXPECT_EQ(statement(document, 4),
              R"({"Sid":"PaceByTicks","Effect":"Allow","Action":["sqs:ReceiveMessage",)"
              R"("sqs:DeleteMessage","sqs:GetQueueAttributes","sqs:SendMessage"],)"
              R"("Resource":["arn:aws:sqs:eu-west-1:999900001111:exarch-ticks"]})");
}

TEST(Policy, a_function_has_the_table_and_the_ticks_that_it_is_configured_with) {
    const config::Config config = configured(queue + "ledger: dynamodb:exarch\n");
    const PolicyScope scope = scope_of(config);
    const std::string url = "https://sqs.eu-west-1.amazonaws.com/999900001111/ticks";
    const auto configured_parts = with_configured({}, scope, url);
    ASSERT_TRUE(configured_parts.has_value());
    EXPECT_EQ(configured_parts->table, "arn:aws:dynamodb:eu-west-1:999900001111:table/exarch");
    EXPECT_EQ(configured_parts->ticks, "arn:aws:sqs:eu-west-1:999900001111:ticks");
    const auto said = with_configured({.table = "arn:t", .ticks = "arn:q"}, scope, "no URL");
    ASSERT_TRUE(said.has_value());
    EXPECT_EQ(said->table, "arn:t");
    EXPECT_EQ(said->ticks, "arn:q");
    const auto wrong = with_configured({}, scope, "ticks");
    ASSERT_FALSE(wrong.has_value());
    EXPECT_TRUE(wrong.error().message().starts_with("EXARCH_TICKS: the queue ticks is not named"));
    const config::Config stateless = configured(queue);
    EXPECT_EQ(with_configured({}, scope_of(stateless), url)->ticks, "");
}

TEST(Policy, a_configuration_in_aws_may_be_read_and_nothing_beside_it) {
    const config::Config config = configured(queue);
    PolicyScope scope = scope_of(config);
    scope.source = source::parse_place("ssm:/exarch/config:3").value();
    const std::string of_parameter =
        R"({"Sid":"ReadConfiguration","Effect":"Allow","Action":["ssm:GetParameter"],)"
        R"("Resource":["arn:aws:ssm:eu-west-1:999900001111:parameter/exarch/config"]})";
    EXPECT_EQ(statement(function_policy(scope, {}), 3), of_parameter);
    EXPECT_EQ(statement(controller_policy(scope), 2), of_parameter);
    scope.source = source::parse_place("dynamodb:exarch#config").value();
    EXPECT_EQ(statement(function_policy(scope, {}), 3),
              R"({"Sid":"ReadConfiguration","Effect":"Allow","Action":["dynamodb:GetItem"],)"
              R"("Resource":["arn:aws:dynamodb:eu-west-1:999900001111:table/exarch"],)"
              R"("Condition":{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["config"]}}})");
}

TEST(Policy, a_queue_is_spoken_to_by_tls_alone_and_lets_named_producers_send) {
    const config::Config config = configured(queue);
    const json::object closed = queue_policy(scope_of(config), {});
    ASSERT_EQ(closed.at("Statement").as_array().size(), 1U);
    EXPECT_EQ(statement(closed),
              R"({"Sid":"RefusePlainHttp","Effect":"Deny","Principal":"*","Action":"sqs:*",)"
              R"("Resource":["arn:aws:sqs:eu-west-1:999900001111:exarch-tasks"],)"
              R"("Condition":{"Bool":{"aws:SecureTransport":"false"}}})");
    const json::object open =
        queue_policy(scope_of(config), {"222233334444", "arn:aws:iam::333344445555:role/shop"});
    EXPECT_EQ(statement(open, 0), statement(closed));
    EXPECT_EQ(statement(open, 1),
              R"({"Sid":"LetProducersSend","Effect":"Allow","Principal":{"AWS":["222233334444",)"
              R"("arn:aws:iam::333344445555:role/shop"]},"Action":["sqs:SendMessage"],)"
              R"("Resource":["arn:aws:sqs:eu-west-1:999900001111:exarch-tasks"]})");
}

TEST(Policy, a_target_may_be_narrowed_to_the_distributions_that_are_named) {
    const config::Config config = configured(queue);
    const json::object document = target_policy(scope_of(config), base::AccountId("111122223333"),
                                                {"E2EXAMPLE1", "E2EXAMPLE2"});
    EXPECT_EQ(json::serialize(document.at("Statement").at(0).at("Resource")),
              R"(["arn:aws:cloudfront::111122223333:distribution/E2EXAMPLE1",)"
              R"("arn:aws:cloudfront::111122223333:distribution/E2EXAMPLE2"])");
}

TEST(JsonText, is_indented_and_keeps_short_lists_together) {
    EXPECT_EQ(render_json(json::parse(R"({"a":{"b":["x","y"],"c":[{"d":1}]},"e":[],"f":{}})")),
              "{\n  \"a\": {\n    \"b\": [\"x\",\"y\"],\n    \"c\": [\n      {\n"
              "        \"d\": 1\n      }\n    ]\n  },\n  \"e\": [],\n  \"f\": {}\n}\n");
}

TEST(Policy, dead_letter_queues_are_in_it_where_they_are_named) {
    const config::Config config = configured(queue);
    const std::vector<std::string> arns{"arn:aws:sqs:eu-west-1:999900001111:dead"};
    const json::object document = controller_policy(scope_of(config), arns);
    ASSERT_EQ(document.at("Statement").as_array().size(), 3U);
    EXPECT_EQ(json::serialize(document.at("Statement").at(2)),
              R"({"Sid":"TakeDeadLetters","Effect":"Allow","Action":["sqs:ReceiveMessage",)"
              R"("sqs:DeleteMessage","sqs:ChangeMessageVisibility","sqs:GetQueueAttributes"],)"
              R"("Resource":["arn:aws:sqs:eu-west-1:999900001111:dead"]})");
}

} // namespace
} // namespace exarch::cli
