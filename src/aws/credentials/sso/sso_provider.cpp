#include "aws/credentials/sso/sso_provider.hpp"

#include "aws/credentials/document.hpp"
#include "aws/detail/error_reply.hpp"
#include "aws/detail/file.hpp"
#include "aws/detail/json.hpp"
#include "aws/detail/text.hpp"
#include "base/json.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <tuple>
#include <utility>

namespace exarch::aws {
namespace {

constexpr int status_unauthorized = 401;
/// As botocore has it.
constexpr std::chrono::minutes refresh_lead(15);

base::Result<SsoToken> read_token(const std::string& path) {
    EXARCH_TRY(std::string text, read_file(path, document_bytes_max));
    const base::Secret content(std::move(text));
    base::Result<SsoToken> token = parse_sso_token(content.reveal());
    return token.has_value() ? token : std::unexpected(token.error().within(path));
}

/// Whether AWS has judged the request and will not change its mind.
bool is_final(const Failure& failure) {
    return failure.remedy == Remedy::denied || failure.remedy == Remedy::give_up ||
           failure.remedy == Remedy::not_found || failure.remedy == Remedy::renew_credentials;
}

} // namespace

SsoProvider::SsoProvider(Caller& caller, const base::Clock& clock, SsoConfig config,
                         SsoPlaces places)
    : caller_(caller), clock_(clock), config_(std::move(config)), places_(std::move(places)) {}

base::Error SsoProvider::needs_login(std::string_view why) const {
    return base::Error(base::ErrorKind::denied,
                       fmt::format("{}: run `aws sso login --profile {}`", why, config_.profile));
}

base::Result<SsoToken> SsoProvider::stored_token() const {
    base::Result<SsoToken> token = read_token(places_.token_file);
    // That of another login has a later end.
    if (refreshed_.has_value() &&
        (!token.has_value() || token->expires_at < refreshed_->expires_at)) {
        return *refreshed_;
    }
    if (!token.has_value()) {
        return std::unexpected(
            needs_login(fmt::format("the single sign-on token: {}", token.error().message())));
    }
    return token;
}

boost::asio::awaitable<Outcome<SsoToken>> SsoProvider::refreshed(SsoRefresh refresh) {
    ServiceRequest request = create_token_request(places_.oidc, refresh);
    const Outcome<Reply> reply = co_await caller_.call_unsigned(std::move(request));
    if (!reply.has_value()) {
        co_return std::unexpected(reply.error());
    }
    Outcome<SsoToken> token = parse_created_token(*reply, refresh, clock_.now().wall);
    if (token.has_value()) {
        refreshed_ = *token;
        const base::Secret text = format_sso_token(*token, config_.start_url, config_.region);
        // A cache that can't be written to costs others the new token, not us.
        std::ignore = replace_private_file(places_.token_file, text.reveal());
    }
    co_return token;
}

boost::asio::awaitable<base::Result<SsoToken>> SsoProvider::token() {
    EXARCH_CO_TRY(SsoToken stored, stored_token());
    const base::Timestamp now = clock_.now().wall;
    const bool is_over = stored.expires_at <= now;
    const std::string end = base::format(stored.expires_at);
    const bool may_refresh = !config_.session.empty() && stored.refresh.has_value() &&
                             now < stored.refresh->registration_expires_at;
    if (stored.expires_at - now >= refresh_lead || (!is_over && !may_refresh)) {
        co_return stored;
    }
    if (!may_refresh) {
        co_return std::unexpected(
            needs_login(fmt::format("the single sign-on token has ended at {}", end)));
    }
    Outcome<SsoToken> fresh = co_await refreshed(std::move(*stored.refresh));
    if (fresh.has_value()) {
        co_return std::move(*fresh);
    }
    if (!is_over) {
        co_return stored;
    }
    const base::Error why = to_error(fresh.error(), "CreateToken");
    if (is_final(fresh.error())) {
        co_return std::unexpected(needs_login(
            fmt::format("the single sign-on token has ended at {}, and can't be refreshed ({})",
                        end, why.message())));
    }
    co_return std::unexpected(why.within(
        fmt::format("the single sign-on token has ended at {}, and was not refreshed", end)));
}

boost::asio::awaitable<base::Result<sigv4::Credentials>> SsoProvider::get() {
    EXARCH_CO_TRY(const SsoToken current, co_await token());
    ServiceRequest request =
        role_credentials_request(places_.portal, config_, current.access_token);
    const Outcome<Reply> reply = co_await caller_.call_unsigned(std::move(request));
    if (!reply.has_value() && reply.error().http_status == status_unauthorized) {
        refreshed_.reset();
        co_return std::unexpected(
            needs_login("AWS does not take the single sign-on token (any more)"));
    }
    Outcome<sigv4::Credentials> credentials = and_then(reply, parse_role_credentials);
    if (!credentials.has_value()) {
        co_return std::unexpected(configured(
            to_error(credentials.error(), fmt::format("GetRoleCredentials of {} in account {}",
                                                      config_.role_name, config_.account_id))));
    }
    co_return std::move(*credentials);
}

ServiceRequest role_credentials_request(const Endpoint& portal, const SsoConfig& config,
                                        const base::Secret& token) {
    ServiceRequest request;
    request.service = "sso";
    request.operation = "GetRoleCredentials";
    request.signing_name = portal.signing_name;
    request.signing_region = portal.signing_region;
    request.origin = portal.origin;
    request.method = "GET";
    request.mutating = false;
    request.target = portal.path_prefix + "/federation/credentials?role_name=";
    append_percent_encoded(request.target, config.role_name);
    request.target += "&account_id=";
    append_percent_encoded(request.target, config.account_id);
    request.headers.add("x-amz-sso_bearer_token", token.reveal());
    return request;
}

Outcome<sigv4::Credentials> parse_role_credentials(const Reply& reply) {
    const base::Result<boost::json::value> document =
        base::parse_json(reply.body, {.bytes_max = document_bytes_max});
    const boost::json::object* keys = document.has_value() && document->is_object()
                                          ? object_member(document->get_object(), "roleCredentials")
                                          : nullptr;
    if (keys == nullptr) {
        return std::unexpected(unreadable_reply(reply, false, "there are no roleCredentials"));
    }
    sigv4::Credentials credentials;
    credentials.access_key_id = sigv4::AccessKeyId(string_member(*keys, "accessKeyId"));
    credentials.secret_access_key =
        base::Secret(std::string(string_member(*keys, "secretAccessKey")));
    credentials.session_token = base::Secret(std::string(string_member(*keys, "sessionToken")));
    const boost::json::value* const end = keys->if_contains("expiration");
    if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() ||
        end == nullptr || !end->is_int64()) {
        return std::unexpected(unreadable_reply(
            reply, false, "accessKeyId, secretAccessKey or expiration is missing"));
    }
    credentials.expires_at = base::Timestamp(std::chrono::milliseconds(end->get_int64()));
    return credentials;
}

} // namespace exarch::aws
