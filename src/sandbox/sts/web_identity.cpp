#include "sandbox/sts/web_identity.hpp"

#include "base/text.hpp"
#include "sandbox/error_shape.hpp"
#include "sandbox/iam/evaluation.hpp"
#include "sandbox/sts/identity_token.hpp"
#include "sandbox/sts/session_wish.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace exarch::sandbox {
namespace {

constexpr std::string_view action_name = "sts:AssumeRoleWithWebIdentity";

// Whatever the token is made of, something else will judge it.
constexpr std::array<TextRule, 1> web_identity_rules{
    {{"WebIdentityToken", "webIdentityToken", 4, 20'000, ""}}};
constexpr TextRule source_identity_rule{"SourceIdentity",     "sourceIdentity", 2, 64,
                                        session_word_pattern, is_session_word};

/// Parameters that would change what the call means, and that nothing here understands.
std::expected<void, ServiceError> check_known_of_web_identity(const Form& form) {
    for (const auto& [name, value] : form) {
        if (name == "ProviderId" || name.starts_with("PolicyArns.")) {
            return std::unexpected(not_in_this_sandbox(
                fmt::format("{} of AssumeRoleWithWebIdentity", name),
                "RoleArn, RoleSessionName, WebIdentityToken, DurationSeconds, Policy"));
        }
    }
    return {};
}

/// What the token adds to the session that is asked for.
std::expected<void, ServiceError> take_over(Session& session, VouchedIdentity& identity) {
    session.provider = identity.provider->arn();
    session.tags = std::move(identity.tags);
    session.transitive_keys = std::move(identity.transitive_keys);
    EXARCH_CHECK(check_transitive_keys(session));
    if (!identity.source_identity.empty()) {
        Violations violations;
        violations.check({{"SourceIdentity", identity.source_identity}}, source_identity_rule);
        EXARCH_CHECK(violations.result());
        session.source_identity = identity.source_identity;
    }
    return {};
}

std::expected<void, ServiceError> authorise(const Role& role, const Session& session,
                                            const VouchedIdentity& identity) {
    const std::string provider = base::lowered(identity.provider->name);
    ConditionKeys keys = request_keys(session);
    keys.emplace(provider + ":aud", identity.audience);
    keys.emplace(provider + ":sub", identity.subject);
    for (const std::string_view action : actions_to_assume(action_name, session)) {
        EXARCH_CHECK(Evaluation::authorise_federated(action, role, session.provider, keys));
    }
    return {};
}

} // namespace

std::expected<std::string, ServiceError>
assume_role_with_web_identity(const WebIdentityCall& call) {
    const base::AccountId& account = call.request.caller.account;
    const base::Timestamp now = call.request.now.wall;
    call.record.details["role"] = value_of(call.form, "RoleArn");
    call.record.details["target"] = account.value();
    if (call.form.contains("Policy")) {
        call.record.details["policy"] = value_of(call.form, "Policy");
    }
    EXARCH_CHECK(check_known_of_web_identity(call.form));
    EXARCH_TRY(SessionWish wish, read_session_wish(call.form, web_identity_rules));
    if (!is_arn(wish.role_arn)) {
        return std::unexpected(
            ServiceError{.code = "ValidationError", .message = "Request ARN is invalid"});
    }
    EXARCH_TRY(VouchedIdentity identity,
               verify_identity_token(value_of(call.form, "WebIdentityToken"), call.directory,
                                     account, now));
    // As CloudTrail names it.
    call.record.caller =
        fmt::format("{}:{}:{}", identity.provider->arn(), identity.audience, identity.subject);
    EXARCH_CHECK(take_over(wish.session, identity));
    const Role* role = call.directory.find_role(wish.role_arn);
    if (role == nullptr) {
        return std::unexpected(Evaluation::federated_denied(action_name));
    }
    EXARCH_CHECK(authorise(*role, wish.session, identity));
    EXARCH_TRY(std::string opened, open_session(call.directory, *role, std::move(wish), now));
    call.record.effect = true;
    return fmt::format("<SubjectFromWebIdentityToken>{}</SubjectFromWebIdentityToken>"
                       "<Audience>{}</Audience>{}<Provider>{}</Provider>",
                       xml_escaped(identity.subject), xml_escaped(identity.audience), opened,
                       xml_escaped(identity.provider->arn()));
}

} // namespace exarch::sandbox
