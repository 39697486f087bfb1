#include "sandbox/sts/identity_token.hpp"

#include "base/json.hpp"
#include "sandbox/sts/session_wish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

// What IAM documents for `exp`; its word for the other two is not known.
constexpr seconds tolerance(300);
constexpr std::string_view source_identity_claim = "https://aws.amazon.com/source_identity";
constexpr std::string_view tags_claim = "https://aws.amazon.com/tags";

std::unexpected<ServiceError> invalid(std::string message) {
    return refuse(400, "InvalidIdentityToken", std::move(message));
}

std::unexpected<ServiceError> no_token() {
    return invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent "
                   "an Access Token)");
}

struct Token {
    JsonWebSignature signature;
    json::object claims;
};

std::optional<json::object> parse_part(std::string_view coded) {
    const auto text = decode_base64url(coded);
    auto parsed = text ? base::parse_json(*text) : base::Result<json::value>(json::value());
    if (!parsed.has_value() || !parsed->is_object()) {
        return std::nullopt;
    }
    return std::move(parsed->get_object());
}

/// Empty where it is absent or no string.
std::string text_of(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

std::expected<Token, ServiceError> parse_token(std::string_view text) {
    const std::size_t first = text.find('.');
    const std::size_t last = text.rfind('.');
    if (first == std::string_view::npos || text.find('.', first + 1) != last || first == last) {
        return no_token();
    }
    const auto header = parse_part(text.substr(0, first));
    auto claims = parse_part(text.substr(first + 1, last - first - 1));
    auto signature = decode_base64url(text.substr(last + 1));
    if (!header || !claims || !signature) {
        return no_token();
    }
    return Token{.signature = {.algorithm = text_of(*header, "alg"),
                               .key_id = text_of(*header, "kid"),
                               .text = text.substr(0, last),
                               .signature = std::move(*signature)},
                 .claims = std::move(*claims)};
}

std::expected<std::string, ServiceError> required_text(const json::object& claims,
                                                       std::string_view name) {
    std::string text = text_of(claims, name);
    return text.empty() ? std::expected<std::string, ServiceError>(
                              invalid(fmt::format("Missing a required claim: {}", name)))
                        : std::move(text);
}

/// Seconds since 1970; none where the claim is absent, or no time that a calendar knows.
std::optional<std::int64_t> time_of(const json::object& claims, std::string_view name) {
    constexpr double latest = 1e12;
    const json::value* const value = claims.if_contains(name);
    if (value == nullptr || !value->is_number()) {
        return std::nullopt;
    }
    const auto number = value->to_number<double>();
    return number >= 0 && number < latest ? std::optional(static_cast<std::int64_t>(number))
                                          : std::nullopt;
}

std::expected<void, ServiceError> check_times(const json::object& claims, base::Timestamp now) {
    for (const std::string_view name : {"exp", "iat"}) {
        if (!time_of(claims, name)) {
            return invalid(fmt::format("Missing a required claim: {}", name));
        }
    }
    const std::int64_t current = std::chrono::floor<seconds>(now).time_since_epoch().count();
    const std::int64_t ends_at = *time_of(claims, "exp");
    if (current >= ends_at + tolerance.count()) {
        return refuse(400, "ExpiredTokenException",
                      fmt::format("Token expired: current date/time {} must be before the "
                                  "expiration date/time {}",
                                  current, ends_at));
    }
    for (const std::string_view name : {"iat", "nbf"}) {
        if (!claims.contains(name)) {
            continue;
        }
        const auto begins_at = time_of(claims, name);
        if (!begins_at || *begins_at > current + tolerance.count()) {
            return invalid(fmt::format("Token is not yet valid: current date/time {} must not be "
                                       "before its {}",
                                       current, name));
        }
    }
    return {};
}

std::expected<void, ServiceError> check_signature(const JsonWebSignature& signature,
                                                  const IdentityProvider& provider) {
    switch (provider.state) {
    case ProviderState::unreachable:
        return refuse(400, "IDPCommunicationError",
                      "The identity provider could not be reached to verify the token.");
    case ProviderState::rejecting:
        return std::unexpected(
            ServiceError{.status = 403,
                         .code = "IDPRejectedClaim",
                         .message = "The identity provider has rejected the token."});
    case ProviderState::well:
        break;
    }
    switch (provider.keys.verify(signature)) {
    case SignatureVerdict::no_key:
        return invalid("Couldn't retrieve verification key from your identity provider,  please "
                       "reference AssumeRoleWithWebIdentity documentation for requirements");
    case SignatureVerdict::wrong:
        return invalid("The signature of the token is not that of the identity provider");
    case SignatureVerdict::good:
        break;
    }
    return {};
}

std::expected<std::string, ServiceError> audience_of(const json::object& claims,
                                                     const IdentityProvider& provider) {
    std::vector<std::string> named;
    if (const std::string party = text_of(claims, "azp"); !party.empty()) {
        named.push_back(party);
    } else if (const json::value* const audiences = claims.if_contains("aud")) {
        const json::array one{*audiences};
        for (const json::value& each : audiences->is_array() ? audiences->get_array() : one) {
            named.emplace_back(each.is_string() ? std::string(each.get_string()) : std::string());
        }
    }
    if (named.empty()) {
        return invalid("Missing a required claim: aud");
    }
    const auto known = std::ranges::find_if(named, [&](const std::string& each) {
        return std::ranges::find(provider.client_ids, each) != provider.client_ids.end();
    });
    if (known == named.end()) {
        return invalid("Incorrect token audience");
    }
    return *known;
}

/// `{"principal_tags": {"team": ["shop"]}, "transitive_tag_keys": ["team"]}`
std::expected<void, ServiceError> read_tags(const json::object& claims, VouchedIdentity& identity) {
    const json::value* const given = claims.if_contains(tags_claim);
    if (given == nullptr) {
        return {};
    }
    const auto malformed = [] {
        return invalid(fmt::format("The claim {} must have principal_tags, each a list of one "
                                   "string, and may have a list of transitive_tag_keys",
                                   tags_claim));
    };
    const json::object* const object = given->if_object();
    const json::value* const tags =
        object != nullptr ? object->if_contains("principal_tags") : nullptr;
    if (tags == nullptr || !tags->is_object()) {
        return malformed();
    }
    for (const auto& [key, values] : tags->get_object()) {
        const bool is_one = values.is_array() && values.get_array().size() == 1 &&
                            values.get_array().front().is_string();
        if (!is_one) {
            return malformed();
        }
        EXARCH_CHECK(add_tag(identity.tags, key, values.get_array().front().get_string()));
    }
    const json::value* const transitive = object->if_contains("transitive_tag_keys");
    if (transitive != nullptr && !transitive->is_array()) {
        return malformed();
    }
    for (const json::value& key : transitive != nullptr ? transitive->get_array() : json::array()) {
        identity.transitive_keys.insert(key.is_string() ? std::string(key.get_string())
                                                        : std::string());
    }
    return {};
}

} // namespace

std::expected<VouchedIdentity, ServiceError> verify_identity_token(std::string_view token,
                                                                   const Directory& directory,
                                                                   const base::AccountId& account,
                                                                   base::Timestamp now) {
    EXARCH_TRY(const Token parsed, parse_token(token));
    const json::object& claims = parsed.claims;
    EXARCH_TRY(const std::string issuer, required_text(claims, "iss"));
    VouchedIdentity identity;
    identity.provider = directory.find_provider(account, issuer);
    if (identity.provider == nullptr) {
        return invalid(
            fmt::format("No OpenIDConnect provider found in your account for {}", issuer));
    }
    EXARCH_CHECK(check_signature(parsed.signature, *identity.provider));
    EXARCH_TRY(identity.subject, required_text(claims, "sub"));
    EXARCH_CHECK(check_times(claims, now));
    EXARCH_TRY(identity.audience, audience_of(claims, *identity.provider));
    identity.source_identity = text_of(claims, source_identity_claim);
    EXARCH_CHECK(read_tags(claims, identity));
    return identity;
}

} // namespace exarch::sandbox
