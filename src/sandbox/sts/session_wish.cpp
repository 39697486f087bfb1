#include "sandbox/sts/session_wish.hpp"

#include "base/identifier.hpp"
#include "base/text.hpp"
#include "sandbox/error_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
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

/// The expression means this to AWS: written with five digits, an escape takes four of them, and
/// nothing beyond U+FFFD is left.
bool is_role_text(std::string_view text) {
    const bool has_four_bytes = std::ranges::any_of(
        text, [](char byte) { return static_cast<unsigned char>(byte) >= 0xf0; });
    return !text.empty() && !has_four_bytes && is_xml_text(text);
}

// It takes nearly every character; what is no ARN is refused after it.
constexpr TextRule role_arn_rule{
    "RoleArn",
    "roleArn",
    20,
    2048,
    R"([\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+)",
    is_role_text};
constexpr TextRule session_name_rule{"RoleSessionName",    "roleSessionName", 2, 64,
                                     session_word_pattern, is_session_word};

std::unexpected<ServiceError> violates(std::string_view value, std::string_view member,
                                       std::string_view rule) {
    return std::unexpected(
        validation_error("ValidationError", std::array{violation(value, member, rule)}));
}

/// An integer of 32 bits, which may have its sign. Whether it is a duration is asked later.
std::expected<seconds, ServiceError> read_duration(const Form& form) {
    const auto given = form.find("DurationSeconds");
    if (given == form.end()) {
        return duration_default;
    }
    std::string_view text = given->second;
    if (text.starts_with('+') && !text.starts_with("+-")) {
        text.remove_prefix(1);
    }
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return refuse(400, "MalformedInput", "");
    }
    return seconds(value);
}

void check_duration(Violations& violations, seconds duration) {
    const std::string value = std::to_string(duration.count());
    if (duration < duration_min) {
        violations.add(value, "durationSeconds", "have value greater than or equal to 900");
    }
    if (duration > duration_max) {
        violations.add(value, "durationSeconds", "have value less than or equal to 43200");
    }
}

std::expected<std::optional<Policy>, ServiceError> read_session_policy(const Form& form) {
    const auto given = form.find("Policy");
    if (given == form.end()) {
        return std::nullopt;
    }
    if (given->second.size() > policy_max) {
        return refuse(400, "PackedPolicyTooLarge",
                      fmt::format("Packed policy consumes {}% of allotted space, please use "
                                  "smaller policy.",
                                  given->second.size() * 100 / policy_max));
    }
    auto policy = parse_policy(given->second, PolicyKind::session);
    if (!policy.has_value()) {
        return refuse(400, "MalformedPolicyDocument", policy.error().message());
    }
    return std::move(*policy);
}

} // namespace

bool is_session_word(std::string_view text) {
    return is_word_of(text, "+=,.@-");
}

void Violations::add(std::string_view value, std::string_view member, std::string_view rule) {
    found_.push_back(violation(value, member, rule));
}

void Violations::check(const Form& form, const TextRule& rule) {
    const auto given = form.find(rule.parameter);
    if (given == form.end()) {
        if (!rule.is_optional) {
            found_.push_back(null_violation(rule.member));
        }
        return;
    }
    const std::string& value = given->second;
    if (rule.matches != nullptr && !rule.matches(value)) {
        add(value, rule.member,
            fmt::format("satisfy regular expression pattern: {}", rule.pattern));
    }
    const std::size_t length = count_characters(value);
    if (length < rule.length_min) {
        add(value, rule.member,
            fmt::format("have length greater than or equal to {}", rule.length_min));
    }
    if (length > rule.length_max) {
        add(value, rule.member,
            fmt::format("have length less than or equal to {}", rule.length_max));
    }
}

std::expected<void, ServiceError> Violations::result() const {
    if (found_.empty()) {
        return {};
    }
    return std::unexpected(validation_error("ValidationError", found_));
}

std::expected<SessionWish, ServiceError> read_session_wish(const Form& form,
                                                           std::span<const TextRule> more) {
    SessionWish wish;
    EXARCH_TRY(wish.duration, read_duration(form));
    Violations violations;
    violations.check(form, role_arn_rule);
    violations.check(form, session_name_rule);
    check_duration(violations, wish.duration);
    for (const TextRule& rule : more) {
        violations.check(form, rule);
    }
    EXARCH_CHECK(violations.result());
    wish.role_arn = value_of(form, "RoleArn");
    wish.session.name = value_of(form, "RoleSessionName");
    EXARCH_TRY(wish.session.policy, read_session_policy(form));
    wish.policy_bytes = value_of(form, "Policy").size();
    return wish;
}

std::expected<void, ServiceError> add_tag(Tags& tags, std::string_view key,
                                          std::string_view value) {
    if (tags.size() >= tags_max) {
        return violates("tags", "tags", "have length less than or equal to 50");
    }
    if (key.empty() || count_characters(key) > 128 || count_characters(value) > 256) {
        return violates(key, fmt::format("tags.{}.member", tags.size() + 1),
                        "have a key of 1 to 128 and a value of at most 256 characters");
    }
    const bool is_twice = std::ranges::any_of(
        tags, [&](const auto& tag) { return base::lowered(tag.first) == base::lowered(key); });
    if (is_twice) {
        return refuse(400, "InvalidParameterValue",
                      "Duplicate tag keys found. Please note that Tag "
                      "keys are case insensitive.");
    }
    tags.emplace(key, value);
    return {};
}

std::expected<void, ServiceError> check_transitive_keys(const Session& session) {
    for (const std::string& key : session.transitive_keys) {
        if (!session.tags.contains(key)) {
            return refuse(400, "InvalidParameterValue",
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
        return refuse(400, "ValidationError",
                      "The requested DurationSeconds exceeds the "
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
