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

} // namespace

base::Result<PolicyScope> policy_scope(const config::Config& config, const base::Region& region) {
    PolicyScope scope{.config = config,
                      .partition = std::string(aws::partition_of(region).name),
                      .queue_arns = {},
                      .central_account = {}};
    for (const std::string& url : config.queues) {
        const aws::QueueUrl queue(url);
        const auto identity = aws::identity_of(queue);
        if (!identity) {
            return std::unexpected(base::Error(
                base::ErrorKind::invalid,
                fmt::format("the queue {} is not named as SQS's are; its URL ends in "
                            "/ACCOUNT/NAME, like "
                            "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks",
                            url)));
        }
        scope.queue_arns.push_back(fmt::format("arn:{}:sqs:{}:{}:{}", scope.partition,
                                               aws::region_of(queue).value_or(region).value(),
                                               identity->account.value(), identity->name));
        scope.central_account = identity->account;
    }
    return scope;
}

json::object controller_policy(const PolicyScope& scope,
                               const std::vector<std::string>& dead_letters) {
    const std::vector<std::string> take{"sqs:ReceiveMessage", "sqs:DeleteMessage",
                                        "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"};
    json::object policy = document({allow("TakeTasks", take, scope.queue_arns),
                                    allow("EnterTargets", {"sts:AssumeRole"}, role_arns(scope))});
    if (!dead_letters.empty()) {
        policy["Statement"].as_array().push_back(allow("TakeDeadLetters", take, dead_letters));
    }
    return policy;
}

json::object producer_policy(const PolicyScope& scope) {
    return document({allow("SendTasks", {"sqs:SendMessage"}, scope.queue_arns)});
}

json::object target_policy(const PolicyScope& scope, const base::AccountId& account) {
    json::array statements;
    for (const actions::Action* action : actions::all()) {
        // A Sid takes letters and digits only.
        std::string sid(action->name());
        std::erase_if(sid, [](char c) { return c == '.' || c == '-'; });
        const auto permissions = action->permissions();
        statements.push_back(allow(sid, {permissions.begin(), permissions.end()},
                                   {action->resource_arn(scope.partition, account, "*")}));
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
