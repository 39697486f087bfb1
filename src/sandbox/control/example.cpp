#include "sandbox/control/example.hpp"

#include "base/assert.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace exarch::sandbox {
namespace {

constexpr std::array<std::string_view, 4> target_accounts = {"111122223333", "444455556666",
                                                             "777788889999", "888899990000"};
constexpr std::string_view role_name = "CloudFrontInvalidationRole";

Policy policy(const std::string& document, PolicyKind kind) {
    auto parsed = parse_policy(document, kind);
    EXARCH_ASSERT(parsed.has_value());
    return std::move(*parsed);
}

Policy allow(std::string_view actions, std::string_view resource) {
    return policy(fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",)"
                              R"("Action":{},"Resource":"{}"}}]}})",
                              actions, resource),
                  PolicyKind::identity);
}

// The keys are those of AWS's own documentation, so that nobody takes them for secrets.
sigv4::Credentials keys(std::string_view id, std::string_view secret) {
    return {.access_key_id = sigv4::AccessKeyId(id),
            .secret_access_key = base::Secret(std::string(secret)),
            .session_token = {},
            .expires_at = {}};
}

AccountPlan::PlannedUser administrator_of(const base::AccountId& account) {
    return {
        .user = {.account = account, .name = "administrator", .policies = {allow(R"("*")", "*")}},
        .key = keys(fmt::format("AKIA{}ADMN", account.value()),
                    fmt::format("administrator/of/{}/EXAMPLEKEY", account.value()))};
}

AccountPlan controller_plan(const Example& example) {
    const base::AccountId account(example_controller);
    const std::string queue =
        fmt::format("arn:aws:sqs:*:{}:{}*", example_controller, example_queue);
    AccountPlan plan{.account = account};
    plan.users.push_back(
        {.user = {.account = account,
                  .name = "exarch-controller",
                  .policies = {allow(R"("sqs:*")", queue),
                               allow(R"("sts:AssumeRole")",
                                     fmt::format("arn:aws:iam::*:role/{}", role_name))}},
         .key = example.controller});
    plan.users.push_back(
        {.user = {.account = account,
                  .name = "producer",
                  .policies = {allow(R"(["sqs:SendMessage","sqs:GetQueueUrl"])", queue)}},
         .key = example.producer});
    plan.users.push_back(administrator_of(account));
    const base::Region region(example_region);
    const std::string dead_letters = fmt::format("{}-dead", example_queue);
    plan.queues.push_back({.region = region, .name = dead_letters, .attributes = {}});
    plan.queues.push_back(
        {.region = region,
         .name = std::string(example_queue),
         .attributes = {
             {"RedrivePolicy",
              fmt::format(R"({{"deadLetterTargetArn":"arn:aws:sqs:{}:{}:{}","maxReceiveCount":5}})",
                          example_region, example_controller, dead_letters)}}});
    return plan;
}

AccountPlan target_plan(std::size_t index) {
    const base::AccountId account(target_accounts[index]);
    AccountPlan plan{.account = account};
    plan.users.push_back(administrator_of(account));
    plan.roles.push_back(
        {.account = account,
         .name = std::string(role_name),
         .trust = policy(
             fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":)"
                         R"("sts:AssumeRole","Principal":{{"AWS":"arn:aws:iam::{}:user/)"
                         R"(exarch-controller"}}}}]}})",
                         example_controller),
             PolicyKind::trust),
         .policies = {
             allow(R"(["cloudfront:CreateInvalidation","cloudfront:GetInvalidation",)"
                   R"("cloudfront:ListInvalidations"])",
                   fmt::format("arn:aws:cloudfront::{}:distribution/*", account.value()))}});
    for (const std::size_t number : {index + 1, index + 1 + target_accounts.size()}) {
        plan.distributions.push_back(fmt::format("E2EXAMPLE{}", number));
    }
    return plan;
}

} // namespace

Example make_example() {
    Example example{
        .accounts = {},
        .controller = keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        .producer = keys("AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")};
    example.accounts.push_back(controller_plan(example));
    for (std::size_t i = 0; i < target_accounts.size(); ++i) {
        example.accounts.push_back(target_plan(i));
    }
    return example;
}

} // namespace exarch::sandbox
