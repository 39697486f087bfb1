#include "base/json.hpp"
#include "sandbox/sqs/model/policy_quotas.hpp"
#include "sandbox/sqs/operations/operation.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::size_t label_characters_max = 80;

// What may be shared; all else is the owner's alone.
constexpr std::array<std::string_view, 9> shared_actions{
    "*",           "ChangeMessageVisibility",    "DeleteMessage", "GetQueueAttributes",
    "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",    "ReceiveMessage",
    "SendMessage"};

Fallible<std::string> read_label(const Parameters& parameters) {
    EXARCH_TRY(std::string label, parameters.required_text("Label"));
    if (label.size() > label_characters_max || !is_word_of(label, "-")) {
        return invalid_value(label, "Label",
                             "Must be 1 to 80 letters, digits, hyphens and underscores.");
    }
    return label;
}

Fallible<json::array> read_principals(const Parameters& parameters) {
    EXARCH_TRY(const auto accounts, parameters.texts("AWSAccountIds"));
    if (accounts.empty()) {
        return missing_parameter("AWSAccountIds");
    }
    json::array principals;
    for (const std::string& account : accounts) {
        if (!base::is_account_id(account)) {
            return invalid_value(account, "PrincipalId", "Unable to verify.");
        }
        principals.emplace_back(fmt::format("arn:aws:iam::{}:root", account));
    }
    return principals;
}

Fallible<json::array> read_actions(const Parameters& parameters) {
    EXARCH_TRY(const auto names, parameters.texts("Actions"));
    if (names.empty()) {
        return missing_parameter("Actions");
    }
    if (names.size() > policy_actions_max) {
        return refuse("OverLimit", fmt::format("{} Actions were found, maximum allowed is {}.",
                                               names.size(), policy_actions_max));
    }
    json::array actions;
    for (const std::string& name : names) {
        if (std::ranges::find(shared_actions, name) == shared_actions.end()) {
            return invalid_value("SQS:" + name, "ActionName",
                                 "Only the queue owner is allowed to invoke this action.");
        }
        actions.emplace_back("SQS:" + name);
    }
    return actions;
}

/// The queue's policy, or an empty one. What was set has been read before, and so is well-formed.
json::object policy_of(const Queue& queue) {
    auto parsed = base::parse_json(queue.attributes().policy);
    if (parsed.has_value() && parsed->is_object()) {
        return std::move(parsed->as_object());
    }
    return {{"Version", "2008-10-17"},
            {"Id", queue.arn() + "/SQSDefaultPolicy"},
            {"Statement", json::array()}};
}

/// Its statements as an array, which a single one needs not be in.
json::array& statements_of(json::object& policy) {
    json::value& statements = policy["Statement"];
    if (!statements.is_array()) {
        statements = json::array{statements};
    }
    return statements.as_array();
}

/// One is written by itself, several as an array.
json::value one_or_all(json::array values) {
    return values.size() == 1 ? std::move(values.front()) : json::value(std::move(values));
}

bool has_label(const json::value& statement, std::string_view label) {
    const json::value* const sid =
        statement.is_object() ? statement.as_object().if_contains("Sid") : nullptr;
    return sid != nullptr && sid->is_string() && std::string_view(sid->as_string()) == label;
}

void set_policy(Work& work, Queue& queue, const json::object& policy) {
    QueueAttributes attributes = queue.attributes();
    attributes.policy = policy.at("Statement").as_array().empty() ? "" : json::serialize(policy);
    queue.set_attributes(std::move(attributes), work.call.now.wall);
}

} // namespace

Fallible<Outcome> add_permission(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("AddPermission"));
    EXARCH_TRY(const std::string label, read_label(work.parameters));
    EXARCH_TRY(json::array principals, read_principals(work.parameters));
    EXARCH_TRY(json::array actions, read_actions(work.parameters));
    json::object policy = policy_of(*queue);
    json::array& statements = statements_of(policy);
    const auto is_taken = [&](const json::value& each) { return has_label(each, label); };
    if (std::ranges::any_of(statements, is_taken)) {
        return invalid_value(label, "Label", "Already exists.");
    }
    statements.push_back(json::object{{"Sid", label},
                                      {"Effect", "Allow"},
                                      {"Principal", {{"AWS", one_or_all(std::move(principals))}}},
                                      {"Action", one_or_all(std::move(actions))},
                                      {"Resource", queue->arn()}});
    if (!is_within_policy_quotas(policy, json::serialize(policy).size())) {
        return refuse("OverLimit", "The policy of the queue would be longer than 8192 bytes, or "
                                   "have more than 20 statements, 50 principals or 10 conditions.");
    }
    set_policy(work, *queue, policy);
    return json::object();
}

Fallible<Outcome> remove_permission(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("RemovePermission"));
    EXARCH_TRY(const std::string label, read_label(work.parameters));
    json::object policy = policy_of(*queue);
    json::array& statements = statements_of(policy);
    auto* const found = std::ranges::find_if(
        statements, [&](const json::value& each) { return has_label(each, label); });
    if (found == statements.end()) {
        return invalid_value(label, "Label", "can't find label.");
    }
    statements.erase(found);
    set_policy(work, *queue, policy);
    return json::object();
}

} // namespace exarch::sandbox::sqs
