#include "cli/policy/policy_documents.hpp"

#include "actions/registry.hpp"
#include "aws/partition.hpp"
#include "aws/sqs_message.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>
#include <utility>

namespace exarch::cli {
namespace {

namespace json = boost::json;

json::array array_of(const std::vector<std::string>& values) {
    return json::array(values.begin(), values.end());
}

json::object allow(std::string_view sid, std::vector<std::string> actions,
                   std::vector<std::string> resources) {
    return {{"Sid", sid},
            {"Effect", "Allow"},
            {"Action", array_of(actions)},
            {"Resource", array_of(resources)}};
}

json::object document(std::initializer_list<json::object> statements) {
    return {{"Version", "2012-10-17"},
            {"Statement", json::array(statements.begin(), statements.end())}};
}

/// For who keeps the ledger in this table.
json::object keep_ledger(const std::string& table_arn) {
    return allow("KeepLedger",
                 {"dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query",
                  "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:PartiQLInsert"},
                 {table_arn, table_arn + "/index/due"});
}

/// The roles of all accounts; with `*` for an account wherever any may be touched.
std::vector<std::string> role_arns(const PolicyScope& scope) {
    std::vector<std::string> arns;
    if (!scope.config.targets.only_listed) {
        arns.push_back(scope.config.role_for(base::AccountId("*"), scope.partition).value());
    }
    for (const auto& [account, settings] : scope.config.targets.accounts) {
        const bool is_in_general = !scope.config.targets.only_listed && !settings.role;
        if (!is_in_general) {
            arns.push_back(scope.config.role_for(account, scope.partition).value());
        }
    }
    return arns;
}

/// Exactly the parameter, or of a table the items of exactly this configuration.
void add_source(json::object& policy, const PolicyScope& scope) {
    if (!scope.source) {
        return;
    }
    const std::string arn =
        source::arn_of(*scope.source, {.partition = scope.partition,
                                       .region = scope.region,
                                       .account = scope.central_account.value()});
    const bool is_parameter = scope.source->kind == source::Place::Kind::parameter;
    json::object statement =
        allow("ReadConfiguration", {is_parameter ? "ssm:GetParameter" : "dynamodb:GetItem"}, {arn});
    if (!is_parameter) {
        statement["Condition"] = {{"ForAllValues:StringEquals",
                                   {{"dynamodb:LeadingKeys", array_of({scope.source->item})}}}};
    }
    policy["Statement"].as_array().push_back(std::move(statement));
}

/// `region` is that of a queue whose address does not tell it.
base::Result<std::string> arn_of_queue(const aws::QueueUrl& queue, const PolicyScope& scope,
                                       const base::Region& region) {
    const auto identity = aws::identity_of(queue);
    if (!identity) {
        return base::invalid(
            fmt::format("the queue {} is not named as SQS's are; its URL ends in "
                        "/ACCOUNT/NAME, like "
                        "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks",
                        queue.value()));
    }
    return fmt::format("arn:{}:sqs:{}:{}:{}", scope.partition,
                       aws::region_of(queue).value_or(region).value(), identity->account.value(),
                       identity->name);
}

} // namespace

base::Result<PolicyScope> policy_scope(const config::Config& config, const base::Region& region) {
    PolicyScope scope{.config = config,
                      .partition = std::string(aws::partition_of(region).name),
                      .queue_arns = {},
                      .region = region,
                      .central_account = {},
                      .source = {}};
    for (const std::string& url : config.queues) {
        const aws::QueueUrl queue(url);
        EXARCH_TRY(scope.queue_arns.emplace_back(), arn_of_queue(queue, scope, region));
        const base::AccountId account = aws::identity_of(queue)->account;
        if (scope.central_account.empty()) {
            scope.region = aws::region_of(queue).value_or(region);
            scope.central_account = account;
        } else if (account != scope.central_account) {
            scope.other_account = account;
        }
    }
    if (!config.ledger_table.empty()) {
        scope.table_arn =
            fmt::format("arn:{}:dynamodb:{}:{}:table/{}", scope.partition, region.value(),
                        scope.central_account.value(), config.ledger_table);
    }
    return scope;
}

base::Result<FunctionParts> with_configured(FunctionParts said, const PolicyScope& scope,
                                            const std::string& ticks_url) {
    if (said.table.empty()) {
        said.table = scope.table_arn;
    }
    if (!said.table.empty() && said.ticks.empty() && !ticks_url.empty()) {
        const auto arn = arn_of_queue(aws::QueueUrl(ticks_url), scope, scope.region);
        if (!arn.has_value()) {
            return std::unexpected(arn.error().within("EXARCH_TICKS"));
        }
        said.ticks = *arn;
    }
    return said;
}

json::object controller_policy(const PolicyScope& scope,
                               const std::vector<std::string>& dead_letters,
                               const std::string& function) {
    const std::vector<std::string> take{"sqs:ReceiveMessage", "sqs:DeleteMessage",
                                        "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"};
    json::object policy = document({allow("TakeTasks", take, scope.queue_arns),
                                    allow("EnterTargets", {"sts:AssumeRole"}, role_arns(scope))});
    if (!dead_letters.empty()) {
        policy["Statement"].as_array().push_back(allow("TakeDeadLetters", take, dead_letters));
    }
    if (!scope.table_arn.empty()) {
        policy["Statement"].as_array().push_back(keep_ledger(scope.table_arn));
        policy["Statement"].as_array().push_back(
            allow("ExamineLedger", {"dynamodb:DescribeTimeToLive"}, {scope.table_arn}));
    }
    if (!function.empty()) {
        const std::string arn =
            fmt::format("arn:{}:lambda:{}:{}:function:{}", scope.partition, scope.region.value(),
                        scope.central_account.value(), function);
        policy["Statement"].as_array().push_back(
            allow("ExamineFunction",
                  {"lambda:GetFunctionRecursionConfig", "lambda:GetFunctionConfiguration"}, {arn}));
        // Lists have no resource that a policy could name. Source: "Actions, resources, and
        // condition keys for AWS Lambda" in the service authorization reference.
        policy["Statement"].as_array().push_back(
            allow("FindMappings", {"lambda:ListEventSourceMappings"}, {"*"}));
    }
    add_source(policy, scope);
    return policy;
}

json::object function_policy(const PolicyScope& scope, const FunctionParts& parts) {
    const std::vector<std::string> take{"sqs:ReceiveMessage", "sqs:DeleteMessage",
                                        "sqs:GetQueueAttributes"};
    const std::string log =
        fmt::format("arn:{}:logs:{}:{}:log-group:/aws/lambda/{}:*", scope.partition,
                    scope.region.value(), scope.central_account.value(), parts.name);
    json::object policy =
        document({allow("TakeTasks", take, scope.queue_arns),
                  allow("EnterTargets", {"sts:AssumeRole"}, role_arns(scope)),
                  allow("WriteLog", {"logs:CreateLogStream", "logs:PutLogEvents"}, {log})});
    json::array& statements = policy["Statement"].as_array();
    if (!parts.table.empty()) {
        statements.push_back(keep_ledger(parts.table));
    }
    if (!parts.ticks.empty()) {
        std::vector<std::string> both = take;
        both.emplace_back("sqs:SendMessage");
        statements.push_back(allow("PaceByTicks", std::move(both), {parts.ticks}));
    }
    add_source(policy, scope);
    return policy;
}

json::object queue_policy(const PolicyScope& scope, const std::vector<std::string>& producers) {
    json::object policy =
        document({{{"Sid", "RefusePlainHttp"},
                   {"Effect", "Deny"},
                   {"Principal", "*"},
                   {"Action", "sqs:*"},
                   {"Resource", array_of(scope.queue_arns)},
                   {"Condition", {{"Bool", {{"aws:SecureTransport", "false"}}}}}}});
    if (!producers.empty()) {
        policy["Statement"].as_array().push_back(
            json::object{{"Sid", "LetProducersSend"},
                         {"Effect", "Allow"},
                         {"Principal", {{"AWS", array_of(producers)}}},
                         {"Action", array_of({"sqs:SendMessage"})},
                         {"Resource", array_of(scope.queue_arns)}});
    }
    return policy;
}

json::object producer_policy(const PolicyScope& scope) {
    return document({allow("SendTasks", {"sqs:SendMessage"}, scope.queue_arns)});
}

json::object target_policy(const PolicyScope& scope, const base::AccountId& account,
                           const std::vector<std::string>& resources) {
    const std::vector<std::string> any{"*"};
    json::array statements;
    for (const actions::Action* action : actions::all()) {
        // A Sid takes letters and digits only.
        std::string sid(action->name());
        std::erase_if(sid, [](char c) { return c == '.' || c == '-'; });
        const auto permissions = action->permissions();
        std::vector<std::string> arns;
        for (const std::string& resource : resources.empty() ? any : resources) {
            arns.push_back(action->resource_arn(scope.partition, account, resource));
        }
        statements.push_back(allow(sid, {permissions.begin(), permissions.end()}, std::move(arns)));
    }
    return {{"Version", "2012-10-17"}, {"Statement", std::move(statements)}};
}

json::object target_trust(const PolicyScope& scope, const base::AccountId& account,
                          const std::string& principal) {
    json::object statement{
        {"Sid", "LetExarchIn"},
        {"Effect", "Allow"},
        {"Principal",
         {{"AWS", principal.empty() ? fmt::format("arn:{}:iam::{}:root", scope.partition,
                                                  scope.central_account.value())
                                    : principal}}},
        {"Action", "sts:AssumeRole"}};
    if (const auto external_id = scope.config.external_id_for(account)) {
        statement["Condition"] = {{"StringEquals", {{"sts:ExternalId", *external_id}}}};
    }
    return document({std::move(statement)});
}

} // namespace exarch::cli
