#include "aws/credentials/sso/token.hpp"

#include "aws/credentials/document.hpp"
#include "aws/detail/error_reply.hpp"
#include "aws/detail/json.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace exarch::aws {
namespace {

namespace json = boost::json;

constexpr std::string_view grant_type = "refresh_token";

base::Error not_a_token(std::string what) {
    return base::Error(base::ErrorKind::invalid, std::move(what));
}

/// Older versions of AWS's tools write `UTC` where RFC 3339 has `Z`.
base::Result<base::Timestamp> parse_end(std::string_view text) {
    std::string end(text);
    if (end.ends_with("UTC")) {
        end.replace(end.size() - 3, 3, "Z");
    }
    return base::parse_timestamp(end);
}

/// Into a header goes what can't end it.
bool may_be_sent(std::string_view token) {
    return !token.empty() &&
           std::ranges::all_of(token, [](char each) { return each > ' ' && each != '\x7f'; });
}

std::optional<SsoRefresh> refresh_of(const json::object& object) {
    const base::Result<base::Timestamp> end =
        parse_end(string_member(object, "registrationExpiresAt"));
    SsoRefresh refresh;
    refresh.client_id = string_member(object, "clientId");
    refresh.client_secret = base::Secret(std::string(string_member(object, "clientSecret")));
    refresh.refresh_token = base::Secret(std::string(string_member(object, "refreshToken")));
    if (!end.has_value() || refresh.client_id.empty() || refresh.client_secret.empty() ||
        refresh.refresh_token.empty()) {
        return std::nullopt;
    }
    refresh.registration_expires_at = *end;
    return refresh;
}

std::string format_seconds(base::Timestamp timestamp) {
    return base::format(std::chrono::floor<std::chrono::seconds>(timestamp));
}

} // namespace

base::Result<SsoToken> parse_sso_token(std::string_view text) {
    const base::Result<json::value> document =
        base::parse_json(text, {.bytes_max = document_bytes_max});
    if (!document.has_value() || !document->is_object()) {
        return std::unexpected(not_a_token("it is no JSON object"));
    }
    const json::object& object = document->get_object();
    const base::Result<base::Timestamp> end = parse_end(string_member(object, "expiresAt"));
    const std::string_view access_token = string_member(object, "accessToken");
    if (!end.has_value() || !may_be_sent(access_token)) {
        return std::unexpected(not_a_token("it has no accessToken and expiresAt that can be used"));
    }
    SsoToken token;
    token.access_token = base::Secret(std::string(access_token));
    token.expires_at = *end;
    token.refresh = refresh_of(object);
    return token;
}

base::Secret format_sso_token(const SsoToken& token, std::string_view start_url,
                              const base::Region& region) {
    json::object object{{"startUrl", start_url},
                        {"region", region.value()},
                        {"accessToken", token.access_token.reveal()},
                        {"expiresAt", format_seconds(token.expires_at)}};
    if (token.refresh.has_value()) {
        object["clientId"] = token.refresh->client_id;
        object["clientSecret"] = token.refresh->client_secret.reveal();
        object["registrationExpiresAt"] = format_seconds(token.refresh->registration_expires_at);
        object["refreshToken"] = token.refresh->refresh_token.reveal();
    }
    return base::Secret(json::serialize(object));
}

ServiceRequest create_token_request(const Endpoint& endpoint, const SsoRefresh& refresh) {
    ServiceRequest request;
    request.service = "sso_oidc";
    request.operation = "CreateToken";
    request.signing_name = endpoint.signing_name;
    request.signing_region = endpoint.signing_region;
    request.origin = endpoint.origin;
    request.target = endpoint.path_prefix + "/token";
    request.headers.add("Content-Type", "application/json");
    request.body = json::serialize(json::object{{"clientId", refresh.client_id},
                                                {"clientSecret", refresh.client_secret.reveal()},
                                                {"grantType", grant_type},
                                                {"refreshToken", refresh.refresh_token.reveal()}});
    return request;
}

Outcome<SsoToken> parse_created_token(const Reply& reply, const SsoRefresh& refresh,
                                      base::Timestamp now) {
    const base::Result<json::value> document =
        base::parse_json(reply.body, {.bytes_max = document_bytes_max});
    if (!document.has_value() || !document->is_object()) {
        return std::unexpected(unreadable_reply(reply, true, "the new token is no JSON object"));
    }
    const json::object& object = document->get_object();
    const json::value* const life = object.if_contains("expiresIn");
    const std::string_view access_token = string_member(object, "accessToken");
    if (life == nullptr || !life->is_int64() || !may_be_sent(access_token)) {
        return std::unexpected(
            unreadable_reply(reply, true, "accessToken or expiresIn of the new token is missing"));
    }
    constexpr std::int64_t life_max = 366LL * 24 * 3600;
    const std::int64_t seconds = std::clamp<std::int64_t>(life->get_int64(), 0, life_max);
    SsoToken token;
    token.access_token = base::Secret(std::string(access_token));
    token.expires_at = now + std::chrono::seconds(seconds);
    const std::string_view next = string_member(object, "refreshToken");
    if (!next.empty()) {
        token.refresh = refresh;
        token.refresh->refresh_token = base::Secret(std::string(next));
    }
    return token;
}

} // namespace exarch::aws
