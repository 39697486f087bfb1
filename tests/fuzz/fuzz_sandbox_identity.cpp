#include "base/assert.hpp"
#include "base/text.hpp"
#include "kind_of_input.hpp"
#include "sandbox/iam/evaluation.hpp"
#include "sandbox/iam/key_set.hpp"
#include "sandbox/iam/policy.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/sts/identity_token.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace exarch;

namespace {

const base::AccountId account("111122223333");
const base::AccountId stranger("444455556666");

void check_policy(std::string_view text) {
    for (const auto kind : {sandbox::PolicyKind::identity, sandbox::PolicyKind::session,
                            sandbox::PolicyKind::trust, sandbox::PolicyKind::resource}) {
        const auto policy = sandbox::parse_policy(text, kind);
        EXARCH_ASSERT(policy.has_value() ? !policy->statements.empty()
                                         : !policy.error().message().empty());
    }
}

sandbox::Policy for_all_accesses(bool allows) {
    sandbox::Statement statement;
    statement.allows = allows;
    statement.actions = {"*"};
    statement.resources = {"*"};
    return {.statements = {statement}};
}

bool has_statement(const sandbox::Policy& policy, bool that_allows) {
    return std::ranges::any_of(policy.statements, [&](const sandbox::Statement& statement) {
        return statement.allows == that_allows;
    });
}

// Whether a session of a role with these policies, opened with that one, may do it.
bool is_allowed(const std::vector<sandbox::Policy>& of_role,
                const std::optional<sandbox::Policy>& of_session, const sandbox::Access& access) {
    sandbox::Dice dice(0);
    sandbox::Directory directory(dice);
    const auto& role =
        directory.put_role({.account = account, .name = "role", .policies = of_role});
    const auto& keys = directory.open_session({.role_arn = role.arn(),
                                               .role_unique_id = role.unique_id,
                                               .name = "name",
                                               .policy = of_session},
                                              {}, std::chrono::hours(1));
    const auto authenticated =
        directory.authenticate(keys.access_key_id.value(), keys.session_token.reveal(), {});
    EXARCH_ASSERT(authenticated.has_value());
    const http::Request request;
    const sandbox::ServiceCall call{.request = request,
                                    .caller = authenticated->caller,
                                    .region = base::Region("eu-west-1"),
                                    .request_id = {},
                                    .now = {},
                                    .arrived_at = {}};
    return sandbox::Evaluation(directory).authorise(call, access).has_value();
}

void check_identity_policy(const sandbox::Policy& policy, sandbox::Access access) {
    const bool allowed = is_allowed({policy}, std::nullopt, access);
    EXARCH_ASSERT(!allowed || has_statement(policy, true));
    EXARCH_ASSERT(!is_allowed({policy, for_all_accesses(false)}, std::nullopt, access));
    // What limits a session is judged as what allows its role.
    EXARCH_ASSERT(is_allowed({for_all_accesses(true)}, policy, access) == allowed);
    access.owner = stranger;
    EXARCH_ASSERT(!is_allowed({policy}, std::nullopt, access));
}

void check_resource_policy(const sandbox::Policy& policy, sandbox::Access access) {
    EXARCH_ASSERT(is_allowed({for_all_accesses(true)}, std::nullopt, access) ||
                  has_statement(policy, false));
    EXARCH_ASSERT(!is_allowed({for_all_accesses(false)}, std::nullopt, access));
    EXARCH_ASSERT(!is_allowed({}, std::nullopt, access) || has_statement(policy, true));
    access.owner = stranger;
    EXARCH_ASSERT(!is_allowed({}, std::nullopt, access));
}

// A line like `sqs:SendMessage arn:aws:sqs:…`, and the policy that is to judge it.
void check_access(std::string_view text) {
    constexpr std::size_t arn_length_max = 2048;
    const std::string_view line = base::beginning(take_line(text), arn_length_max);
    const std::size_t space = std::min(line.find(' '), line.size());
    const sandbox::Access access{.action = std::string(line.substr(0, space)),
                                 .resource =
                                     std::string(line.substr(std::min(space + 1, line.size()))),
                                 .owner = account,
                                 .resource_policy = {}};
    if (const auto policy = sandbox::parse_policy(text, sandbox::PolicyKind::identity)) {
        check_identity_policy(*policy, access);
    }
    if (const auto policy = sandbox::parse_policy(text, sandbox::PolicyKind::resource)) {
        sandbox::Access judged_by_both = access;
        judged_by_both.resource_policy = text;
        check_resource_policy(*policy, judged_by_both);
    }
    if (const auto policy = sandbox::parse_policy(text, sandbox::PolicyKind::trust)) {
        const sandbox::Role role{.account = account, .name = "role", .trust = *policy};
        EXARCH_ASSERT(!sandbox::Evaluation::trusts_service(role, access.resource) ||
                      has_statement(*policy, true));
    }
}

void check_key_set(std::string_view text) {
    boost::system::error_code error;
    const boost::json::value jwks = boost::json::parse(text, error);
    if (error) {
        return;
    }
    if (const auto keys = sandbox::KeySet::parse(jwks, "jwks"); keys.has_value()) {
        const sandbox::JsonWebSignature signature{
            .algorithm = "ES256", .key_id = "", .text = text, .signature = std::string(64, 'x')};
        EXARCH_ASSERT(keys->verify(signature) != sandbox::SignatureVerdict::good);
    }
}

// Nobody has signed it with a key that is known here.
void check_token(std::string_view text) {
    sandbox::Dice dice(0);
    sandbox::Directory directory(dice);
    directory.put_provider({.account = account, .name = "token.example.com"});
    EXARCH_ASSERT(!sandbox::verify_identity_token(text, directory, account, {}).has_value());
}

void check_target(std::string_view target) {
    sandbox::Sandbox cloud({}, {});
    http::Request request;
    request.target = "/?" + std::string(target);
    const auto exchange = cloud.open(request, {});
    const auto answer = cloud.step(*exchange, {});
    const int status = std::get<http::Response>(answer).status;
    EXARCH_ASSERT(status >= 400 && status < 500);
}

} // namespace

// What comes from outside before anybody is known: the first line tells what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [kind, rest] = KindOfInput(data, size);
    if (kind == "policy") {
        check_policy(rest);
    } else if (kind == "access") {
        check_access(rest);
    } else if (kind == "jwks") {
        check_key_set(rest);
    } else if (kind == "token") {
        check_token(rest);
    } else if (kind == "target") {
        check_target(rest);
    }
    return 0;
}
