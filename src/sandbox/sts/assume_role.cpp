#include "sandbox/sts/assume_role.hpp"

#include "base/text.hpp"
#include "sandbox/error_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace exarch::sandbox {
namespace {

using std::chrono::seconds;

constexpr seconds duration_min(900);
constexpr seconds duration_max(43'200);
constexpr seconds duration_default(3600);
constexpr seconds chained_max(3600);
constexpr std::size_t policy_max = 2048;
constexpr std::size_t tags_max = 50;

std::unexpected<ServiceError> refuse(std::string_view code, std::string message) {
    return std::unexpected(ServiceError{.code = std::string(code), .message = std::move(message)});
}

std::unexpected<ServiceError> violates(std::string_view value, std::string_view name,
                                       std::string_view rule) {
    return refuse("ValidationError",
                  fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                              "constraint: Member must {}",
                              value, name, rule));
}

/// What a parameter may be.
struct TextRule {
    std::string_view parameter;
    /// As error messages call it.
    std::string_view member;
    std::size_t length_min;
    std::size_t length_max;
    std::string_view other_letters;
};

constexpr TextRule role_arn_rule{"RoleArn", "roleArn", 20, 2048, "+=,.@:/-"};
constexpr TextRule session_name_rule{"RoleSessionName", "roleSessionName", 2, 64, "+=,.@-"};
constexpr TextRule external_id_rule{"ExternalId", "externalId", 2, 1224, "+=,.@:/-"};
constexpr TextRule source_identity_rule{"SourceIdentity", "sourceIdentity", 2, 64, "+=,.@-"};

std::expected<std::string, ServiceError> checked_text(const Form& form, const TextRule& rule) {
    const std::string_view value = value_of(form, rule.parameter);
    if (value.size() < rule.length_min) {
        return violates(value, rule.member,
                        fmt::format("have length greater than or equal to {}", rule.length_min));
    }
    if (value.size() > rule.length_max) {
        return violates(value, rule.member,
                        fmt::format("have length less than or equal to {}", rule.length_max));
    }
    if (!is_word_of(value, rule.other_letters)) {
        return violates(
            value, rule.member,
            fmt::format("satisfy regular expression pattern: [\\w{}]*", rule.other_letters));
    }
    return std::string(value);
}

/// Empty where the form doesn't have it.
std::expected<std::string, ServiceError> optional_text(const Form& form, const TextRule& rule) {
    return form.contains(rule.parameter) ? checked_text(form, rule) : std::string();
}

std::expected<seconds, ServiceError> duration_of(const Form& form, bool is_chained) {
    const auto given = form.find("DurationSeconds");
    if (given == form.end()) {
        return duration_default;
    }
    int value = 0;
    const std::string& text = given->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return violates(text, "durationSeconds", "be a whole number");
    }
    if (seconds(value) < duration_min || seconds(value) > duration_max) {
        return violates(text, "durationSeconds",
                        fmt::format("have value {}", seconds(value) < duration_min
                                                         ? "greater than or equal to 900"
                                                         : "less than or equal to 43200"));
    }
    if (is_chained && seconds(value) > chained_max) {
        return refuse("ValidationError", "The requested DurationSeconds exceeds the 1 hour session "
                                         "limit for roles assumed by role chaining.");
    }
    return seconds(value);
}

std::expected<std::optional<Policy>, ServiceError> session_policy_of(const Form& form) {
    const auto given = form.find("Policy");
    if (given == form.end()) {
        return std::nullopt;
    }
    if (given->second.size() > policy_max) {
        return refuse("PackedPolicyTooLarge",
                      fmt::format("Packed policy consumes {}% of allotted space, please use "
                                  "smaller policy.",
                                  given->second.size() * 100 / policy_max));
    }
    auto policy = parse_policy(given->second, PolicyKind::session);
    if (!policy.has_value()) {
        return refuse("MalformedPolicyDocument", policy.error().message());
    }
    return std::move(*policy);
}

std::expected<Tags, ServiceError> tags_of(const Form& form) {
    Tags tags;
    for (std::size_t i = 1;; ++i) {
        const auto key = form.find(fmt::format("Tags.member.{}.Key", i));
        if (key == form.end()) {
            return tags;
        }
        const std::string_view value = value_of(form, fmt::format("Tags.member.{}.Value", i));
        const std::string place = fmt::format("tags.{}.member", i);
        if (i > tags_max) {
            return violates("tags", "tags", "have length less than or equal to 50");
        }
        if (key->second.empty() || key->second.size() > 128 || value.size() > 256) {
            return violates(key->second, place,
                            "have a key of 1 to 128 and a value of at most 256 "
                            "characters");
        }
        const bool is_twice = std::ranges::any_of(tags, [&](const auto& tag) {
            return base::lowered(tag.first) == base::lowered(key->second);
        });
        if (is_twice) {
            return refuse("InvalidParameterValue",
                          "Duplicate tag keys found. Please note that Tag keys are case "
                          "insensitive.");
        }
        tags.emplace(key->second, value);
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
std::expected<void, ServiceError> check_known(const Form& form) {
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
            return refuse("InvalidParameterValue",
                          "One of the specified transitive tag keys can't be set because it "
                          "conflicts with a transitive tag key from the calling session.");
        }
        session.tags[key] = parent->tags.at(key);
        session.transitive_keys.insert(key);
    }
    return {};
}

std::expected<void, ServiceError> authorise(const AssumeRoleCall& wish, const Role& role,
                                            const Session& session,
                                            const std::string& external_id) {
    ConditionKeys keys{{"sts:rolesessionname", session.name}};
    if (!external_id.empty()) {
        keys.emplace("sts:externalid", external_id);
    }
    if (!session.source_identity.empty()) {
        keys.emplace("sts:sourceidentity", session.source_identity);
    }
    for (const auto& [key, value] : session.tags) {
        keys.emplace("aws:requesttag/" + base::lowered(key), value);
    }
    std::vector<std::string_view> actions{"sts:AssumeRole"};
    if (!session.tags.empty()) {
        actions.emplace_back("sts:TagSession");
    }
    if (!session.source_identity.empty()) {
        actions.emplace_back("sts:SetSourceIdentity");
    }
    for (const std::string_view action : actions) {
        auto allowed = wish.evaluation.authorise_assume(wish.call, action, role, keys);
        if (!allowed.has_value()) {
            return allowed;
        }
    }
    return {};
}

std::string render(const Caller& assumed, const sigv4::Credentials& keys, const Form& form) {
    std::string text = fmt::format(
        "<AssumedRoleUser><AssumedRoleId>{}</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser>"
        "<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>"
        "<SessionToken>{}</SessionToken><Expiration>{}</Expiration></Credentials>",
        xml_escaped(assumed.unique_id), xml_escaped(assumed.arn), keys.access_key_id.value(),
        keys.secret_access_key.reveal(), keys.session_token.reveal(),
        base::format(*keys.expires_at));
    const std::size_t policy_size = value_of(form, "Policy").size();
    if (policy_size > 0) {
        text += fmt::format("<PackedPolicySize>{}</PackedPolicySize>",
                            std::max<std::size_t>(policy_size * 100 / policy_max, 1));
    }
    if (!assumed.source_identity.empty()) {
        text += fmt::format("<SourceIdentity>{}</SourceIdentity>", assumed.source_identity);
    }
    return text;
}

/// A wish whose parameters are in order, and whom nobody has allowed anything yet.
struct CheckedWish {
    std::string role_arn;
    std::string external_id;
    seconds duration;
    Session session;
};

std::expected<CheckedWish, ServiceError> check(const Form& form, const Session* parent) {
    EXARCH_CHECK(check_known(form));
    CheckedWish checked;
    EXARCH_TRY(checked.role_arn, checked_text(form, role_arn_rule));
    EXARCH_TRY(checked.session.name, checked_text(form, session_name_rule));
    EXARCH_TRY(checked.duration, duration_of(form, parent != nullptr));
    EXARCH_TRY(checked.external_id, optional_text(form, external_id_rule));
    EXARCH_TRY(checked.session.source_identity, optional_text(form, source_identity_rule));
    EXARCH_TRY(checked.session.policy, session_policy_of(form));
    EXARCH_TRY(checked.session.tags, tags_of(form));
    checked.session.transitive_keys = transitive_keys_of(form);
    for (const std::string& key : checked.session.transitive_keys) {
        if (!checked.session.tags.contains(key)) {
            return refuse("InvalidParameterValue",
                          "The specified transitive tag key must be included in the requested "
                          "tags.");
        }
    }
    EXARCH_CHECK(inherit(checked.session, parent));
    return checked;
}

/// The account of a role's ARN, for the log.
std::string target_of(const std::string& role_arn) {
    constexpr std::string_view before = ":iam::";
    const std::size_t at = role_arn.find(before);
    return at == std::string::npos ? std::string() : role_arn.substr(at + before.size(), 12);
}

} // namespace

std::expected<std::string, ServiceError> assume_role(const AssumeRoleCall& wish) {
    const std::string asked(value_of(wish.form, "RoleArn"));
    wish.record.details["role"] = asked;
    wish.record.details["target"] = target_of(asked);
    if (wish.form.contains("Policy")) {
        wish.record.details["policy"] = value_of(wish.form, "Policy");
    }
    EXARCH_TRY(const Actor actor, wish.directory.actor(wish.call.caller.access_key_id));
    EXARCH_TRY(CheckedWish checked, check(wish.form, actor.session));
    const Role* role = wish.directory.find_role(checked.role_arn);
    if (role == nullptr) {
        return std::unexpected(
            Evaluation::assume_denied(wish.call, "sts:AssumeRole", checked.role_arn));
    }
    EXARCH_CHECK(authorise(wish, *role, checked.session, checked.external_id));
    if (checked.duration > role->session_max) {
        return refuse("ValidationError", "The requested DurationSeconds exceeds the "
                                         "MaxSessionDuration set for this role.");
    }
    checked.session.role_arn = checked.role_arn;
    checked.session.role_unique_id = role->unique_id;
    const base::Timestamp now = wish.call.now.wall;
    const sigv4::Credentials& keys =
        wish.directory.open_session(std::move(checked.session), now, checked.duration);
    const auto opened =
        wish.directory.authenticate(keys.access_key_id.value(), keys.session_token.reveal(), now);
    wish.record.effect = true;
    return render(opened->caller, keys, wish.form);
}

} // namespace exarch::sandbox
