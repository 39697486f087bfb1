#include "sandbox/sts/assume_role.hpp"

#include "sandbox/error_shape.hpp"
#include "sandbox/sts/session_wish.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace exarch::sandbox {
namespace {

constexpr std::chrono::seconds chained_max(3600);

bool is_external_id(std::string_view text) {
    return is_word_of(text, "+=,.@:/-");
}

constexpr std::array<TextRule, 2> assume_role_rules{
    {{"ExternalId", "externalId", 2, 1224, R"([\w+=,.@:\/-]*)", is_external_id, true},
     {"SourceIdentity", "sourceIdentity", 2, 64, session_word_pattern, is_session_word, true}}};

std::expected<Tags, ServiceError> tags_of(const Form& form) {
    Tags tags;
    for (std::size_t i = 1;; ++i) {
        const auto key = form.find(fmt::format("Tags.member.{}.Key", i));
        if (key == form.end()) {
            return tags;
        }
        EXARCH_CHECK(
            add_tag(tags, key->second, value_of(form, fmt::format("Tags.member.{}.Value", i))));
    }
}

std::set<std::string> transitive_keys_of(const Form& form) {
    std::set<std::string> keys;
    for (std::size_t i = 1;; ++i) {
        const auto key = form.find(fmt::format("TransitiveTagKeys.member.{}", i));
        if (key == form.end()) {
            return keys;
        }
        keys.insert(key->second);
    }
}

/// Parameters that would change what the call means, and that nothing here understands.
std::expected<void, ServiceError> check_known_of_role(const Form& form) {
    constexpr std::array<std::string_view, 4> lacking = {"PolicyArns.", "ProvidedContexts.",
                                                         "SerialNumber", "TokenCode"};
    for (const auto& [name, value] : form) {
        for (const std::string_view each : lacking) {
            if (name.starts_with(each)) {
                return std::unexpected(not_in_this_sandbox(
                    fmt::format("{} of AssumeRole", name),
                    "RoleArn, RoleSessionName, DurationSeconds, ExternalId, Policy, "
                    "SourceIdentity, Tags, TransitiveTagKeys"));
            }
        }
    }
    return {};
}

/// What the next session in a chain takes over from the one before it.
std::expected<void, ServiceError> inherit(Session& session, const Session* parent) {
    if (parent == nullptr) {
        return {};
    }
    if (!session.source_identity.empty() && !parent->source_identity.empty() &&
        session.source_identity != parent->source_identity) {
        return std::unexpected(
            ServiceError{.status = 403,
                         .code = "AccessDenied",
                         .message = "The SourceIdentity of a session cannot be changed."});
    }
    if (session.source_identity.empty()) {
        session.source_identity = parent->source_identity;
    }
    for (const std::string& key : parent->transitive_keys) {
        if (session.tags.contains(key)) {
            return refuse(400, "InvalidParameterValue",
                          "One of the specified transitive tag keys can't be set because it "
                          "conflicts with a transitive tag key from the calling session.");
        }
        session.tags[key] = parent->tags.at(key);
        session.transitive_keys.insert(key);
    }
    return {};
}

/// A role that lasts no longer by itself has its own words for it.
std::expected<void, ServiceError> check_chain(const Role& role, std::chrono::seconds duration) {
    if (role.session_max > chained_max && duration > chained_max) {
        return refuse(400, "ValidationError",
                      "The requested DurationSeconds exceeds the 1 hour session "
                      "limit for roles assumed by role chaining.");
    }
    return {};
}

std::expected<SessionWish, ServiceError> read_wish(const Form& form, const Session* parent) {
    EXARCH_CHECK(check_known_of_role(form));
    EXARCH_TRY(SessionWish wish, read_session_wish(form, assume_role_rules));
    if (!is_arn(wish.role_arn)) {
        return refuse(400, "ValidationError", fmt::format("{} is invalid", wish.role_arn));
    }
    wish.session.source_identity = value_of(form, "SourceIdentity");
    EXARCH_TRY(wish.session.tags, tags_of(form));
    wish.session.transitive_keys = transitive_keys_of(form);
    EXARCH_CHECK(check_transitive_keys(wish.session));
    EXARCH_CHECK(inherit(wish.session, parent));
    return wish;
}

} // namespace

std::expected<std::string, ServiceError> assume_role(const AssumeRoleCall& call) {
    const ServiceCall& request = call.request;
    const std::string asked(value_of(call.form, "RoleArn"));
    call.record.details["role"] = asked;
    call.record.details["target"] = account_of_role(asked);
    if (call.form.contains("Policy")) {
        call.record.details["policy"] = value_of(call.form, "Policy");
    }
    EXARCH_TRY(const Actor actor, call.directory.actor(request.caller.access_key_id));
    EXARCH_TRY(SessionWish wish, read_wish(call.form, actor.session));
    const Role* role = call.directory.find_role(wish.role_arn);
    if (role == nullptr) {
        return std::unexpected(Evaluation::assume_denied(request, "sts:AssumeRole", wish.role_arn));
    }
    ConditionKeys keys = request_keys(wish.session);
    if (const auto given = call.form.find("ExternalId"); given != call.form.end()) {
        keys.emplace("sts:externalid", given->second);
    }
    for (const std::string_view action : actions_to_assume("sts:AssumeRole", wish.session)) {
        EXARCH_CHECK(call.evaluation.authorise_assume(request, action, *role, keys));
    }
    if (actor.session != nullptr) {
        EXARCH_CHECK(check_chain(*role, wish.duration));
    }
    auto opened = open_session(call.directory, *role, std::move(wish), request.now.wall);
    call.record.effect = opened.has_value();
    return opened;
}

} // namespace exarch::sandbox
