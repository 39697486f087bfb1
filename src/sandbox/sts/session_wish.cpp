#include "sandbox/sts/session_wish.hpp"

#include "base/identifier.hpp"
#include "base/text.hpp"

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
constexpr std::size_t policy_max = 2048;
constexpr std::size_t tags_max = 50;

// AssumeRole's pattern takes nearly every character; what is no ARN is refused after it.
constexpr TextRule role_arn_rule{"RoleArn", "roleArn", 20, 2048, "", true};
constexpr TextRule session_name_rule{"RoleSessionName", "roleSessionName", 2, 64, "+=,.@-"};

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

std::expected<seconds, ServiceError> read_duration(const Form& form) {
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
    return seconds(value);
}

std::expected<std::optional<Policy>, ServiceError> read_session_policy(const Form& form) {
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

} // namespace

std::expected<std::string, ServiceError> read_text(const Form& form, const TextRule& rule) {
    const auto given = form.find(rule.parameter);
    if (given == form.end()) {
        return refuse("ValidationError",
                      fmt::format("1 validation error detected: Value null at '{}' failed to "
                                  "satisfy constraint: Member must not be null",
                                  rule.member));
    }
    const std::string& value = given->second;
    if (value.size() < rule.length_min) {
        return violates(value, rule.member,
                        fmt::format("have length greater than or equal to {}", rule.length_min));
    }
    if (value.size() > rule.length_max) {
        return violates(value, rule.member,
                        fmt::format("have length less than or equal to {}", rule.length_max));
    }
    if (!rule.has_any_letters && !is_word_of(value, rule.other_letters)) {
        return violates(
            value, rule.member,
            fmt::format("satisfy regular expression pattern: [\\w{}]*", rule.other_letters));
    }
    return value;
}

std::expected<std::string, ServiceError> read_optional_text(const Form& form,
                                                            const TextRule& rule) {
    return form.contains(rule.parameter) ? read_text(form, rule) : std::string();
}

std::expected<SessionWish, ServiceError> read_session_wish(const Form& form) {
    SessionWish wish;
    EXARCH_TRY(wish.role_arn, read_text(form, role_arn_rule));
    EXARCH_TRY(wish.session.name, read_text(form, session_name_rule));
    EXARCH_TRY(wish.duration, read_duration(form));
    EXARCH_TRY(wish.session.policy, read_session_policy(form));
    wish.policy_bytes = value_of(form, "Policy").size();
    return wish;
}

std::expected<void, ServiceError> add_tag(Tags& tags, std::string_view key,
                                          std::string_view value) {
    if (tags.size() >= tags_max) {
        return violates("tags", "tags", "have length less than or equal to 50");
    }
    if (key.empty() || key.size() > 128 || value.size() > 256) {
        return violates(key, fmt::format("tags.{}.member", tags.size() + 1),
                        "have a key of 1 to 128 and a value of at most 256 characters");
    }
    const bool is_twice = std::ranges::any_of(
        tags, [&](const auto& tag) { return base::lowered(tag.first) == base::lowered(key); });
    if (is_twice) {
        return refuse("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag "
                                               "keys are case insensitive.");
    }
    tags.emplace(key, value);
    return {};
}

std::expected<void, ServiceError> check_transitive_keys(const Session& session) {
    for (const std::string& key : session.transitive_keys) {
        if (!session.tags.contains(key)) {
            return refuse("InvalidParameterValue",
                          "The specified transitive tag key must be included in the requested "
                          "tags.");
        }
    }
    return {};
}

std::vector<std::string_view> actions_to_assume(std::string_view first, const Session& session) {
    std::vector<std::string_view> actions{first};
    if (!session.tags.empty()) {
        actions.emplace_back("sts:TagSession");
    }
    if (!session.source_identity.empty()) {
        actions.emplace_back("sts:SetSourceIdentity");
    }
    return actions;
}

ConditionKeys request_keys(const Session& session) {
    ConditionKeys keys{{"sts:rolesessionname", session.name}};
    if (!session.source_identity.empty()) {
        keys.emplace("sts:sourceidentity", session.source_identity);
    }
    for (const auto& [key, value] : session.tags) {
        keys.emplace("aws:requesttag/" + base::lowered(key), value);
    }
    return keys;
}

std::expected<std::string, ServiceError> open_session(Directory& directory, const Role& role,
                                                      SessionWish wish, base::Timestamp now) {
    if (wish.duration > role.session_max) {
        return refuse("ValidationError", "The requested DurationSeconds exceeds the "
                                         "MaxSessionDuration set for this role.");
    }
    wish.session.role_arn = role.arn();
    wish.session.role_unique_id = role.unique_id;
    const sigv4::Credentials& keys =
        directory.open_session(std::move(wish.session), now, wish.duration);
    const auto opened =
        directory.authenticate(keys.access_key_id.value(), keys.session_token.reveal(), now);
    const Caller& assumed = opened->caller;
    std::string text = fmt::format(
        "<AssumedRoleUser><AssumedRoleId>{}</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser>"
        "<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>"
        "<SessionToken>{}</SessionToken><Expiration>{}</Expiration></Credentials>",
        xml_escaped(assumed.unique_id), xml_escaped(assumed.arn), keys.access_key_id.value(),
        keys.secret_access_key.reveal(), keys.session_token.reveal(),
        base::format(*keys.expires_at));
    if (wish.policy_bytes > 0) {
        text += fmt::format("<PackedPolicySize>{}</PackedPolicySize>",
                            std::max<std::size_t>(wish.policy_bytes * 100 / policy_max, 1));
    }
    if (!assumed.source_identity.empty()) {
        text += fmt::format("<SourceIdentity>{}</SourceIdentity>",
                            xml_escaped(assumed.source_identity));
    }
    return text;
}

bool is_arn(std::string_view text) {
    std::array<std::string_view, 6> parts;
    for (std::string_view& part : parts) {
        const bool is_last = &part == &parts.back();
        const std::size_t end = is_last ? text.size() : text.find(':');
        if (end == std::string_view::npos) {
            return false;
        }
        part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts[0] == "arn" && !parts[1].empty() && !parts[2].empty() && !parts[5].empty();
}

std::string account_of_role(std::string_view role_arn) {
    constexpr std::string_view before = ":iam::";
    constexpr std::size_t account_length = 12;
    const std::size_t at = role_arn.find(before);
    const std::string_view account = at == std::string_view::npos
                                         ? std::string_view()
                                         : role_arn.substr(at + before.size(), account_length);
    return base::is_account_id(account) ? std::string(account) : std::string();
}

} // namespace exarch::sandbox
