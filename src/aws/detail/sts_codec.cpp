#include "aws/detail/error_reply.hpp"
#include "aws/detail/request.hpp"
#include "aws/detail/text.hpp"
#include "aws/detail/xml.hpp"
#include "aws/sts.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

namespace exarch::aws {
namespace {

/// The body of a request in the query protocol: `Action=…&Version=…&Name=value`.
class Form {
public:
    explicit Form(std::string_view action) {
        body_.append("Action=").append(action).append("&Version=2011-06-15");
    }

    void add(std::string_view name, std::string_view value) {
        body_.append("&").append(name).append("=");
        append_percent_encoded(body_, value);
    }
    void add_unless_empty(std::string_view name, std::string_view value) {
        if (!value.empty()) {
            add(name, value);
        }
    }

    [[nodiscard]] std::string take() { return std::move(body_); }

private:
    std::string body_;
};

ServiceRequest sts_request(const Endpoint& endpoint, std::string operation, Form form) {
    ServiceRequest request = request_at(endpoint, "sts", std::move(operation));
    request.target += '/';
    request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    request.body = form.take();
    request.mutating = false;
    return request;
}

std::optional<int> read_number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc() && end == text.data() + text.size();
    return good ? std::optional(value) : std::nullopt;
}

/// `AssumeRoleResponse` holds an `AssumeRoleResult`, and both operations answer alike.
XmlElement result_of(const XmlDocument& document, std::string_view operation) {
    return document.root().child(fmt::format("{}Result", operation));
}

} // namespace

ServiceRequest assume_role_request(const Endpoint& endpoint, const AssumeRoleParams& params) {
    Form form("AssumeRole");
    form.add("RoleArn", params.role.value());
    form.add("RoleSessionName", params.session_name);
    form.add("DurationSeconds", fmt::format("{}", params.duration.count()));
    form.add_unless_empty("ExternalId", params.external_id);
    form.add_unless_empty("Policy", params.policy);
    form.add_unless_empty("SourceIdentity", params.source_identity);
    for (std::size_t i = 0; i < params.tags.size(); ++i) {
        form.add(fmt::format("Tags.member.{}.Key", i + 1), params.tags[i].first);
        form.add(fmt::format("Tags.member.{}.Value", i + 1), params.tags[i].second);
    }
    for (std::size_t i = 0; i < params.transitive_tags.size(); ++i) {
        form.add(fmt::format("TransitiveTagKeys.member.{}", i + 1), params.transitive_tags[i]);
    }
    return sts_request(endpoint, "AssumeRole", std::move(form));
}

ServiceRequest web_identity_request(const Endpoint& endpoint, const WebIdentityParams& params) {
    Form form("AssumeRoleWithWebIdentity");
    form.add("RoleArn", params.role.value());
    form.add("RoleSessionName", params.session_name);
    form.add("WebIdentityToken", params.token.reveal());
    form.add_unless_empty("Policy", params.policy);
    if (params.duration.has_value()) {
        form.add("DurationSeconds", fmt::format("{}", params.duration->count()));
    }
    return sts_request(endpoint, "AssumeRoleWithWebIdentity", std::move(form));
}

ServiceRequest caller_identity_request(const Endpoint& endpoint) {
    return sts_request(endpoint, "GetCallerIdentity", Form("GetCallerIdentity"));
}

Outcome<AssumedRole> parse_assumed_role(const Reply& reply) {
    const base::Result<XmlDocument> document = XmlDocument::parse(reply.body);
    if (!document.has_value()) {
        return std::unexpected(unreadable_reply(
            reply, false, fmt::format("STS's reply: {}", document.error().message())));
    }
    XmlElement result = result_of(*document, "AssumeRole");
    if (!result) {
        result = result_of(*document, "AssumeRoleWithWebIdentity");
    }
    const XmlElement keys = result.child("Credentials");
    const base::Result<base::Timestamp> end =
        base::parse_timestamp(trimmed(keys.text("Expiration")));
    AssumedRole role;
    role.credentials.access_key_id = sigv4::AccessKeyId(trimmed(keys.text("AccessKeyId")));
    role.credentials.secret_access_key =
        base::Secret(std::string(trimmed(keys.text("SecretAccessKey"))));
    role.credentials.session_token = base::Secret(std::string(trimmed(keys.text("SessionToken"))));
    if (role.credentials.access_key_id.empty() || role.credentials.secret_access_key.empty() ||
        role.credentials.session_token.empty() || !end.has_value()) {
        return std::unexpected(
            unreadable_reply(reply, false, "STS's reply holds no complete credentials"));
    }
    role.credentials.expires_at = *end;
    role.arn = trimmed(result.child("AssumedRoleUser").text("Arn"));
    role.packed_policy_percent = read_number(trimmed(result.text("PackedPolicySize")));
    return role;
}

Outcome<CallerIdentity> parse_caller_identity(const Reply& reply) {
    const base::Result<XmlDocument> document = XmlDocument::parse(reply.body);
    if (!document.has_value() || !result_of(*document, "GetCallerIdentity")) {
        return std::unexpected(
            unreadable_reply(reply, false, "GetCallerIdentity's reply holds no identity"));
    }
    const XmlElement result = result_of(*document, "GetCallerIdentity");
    CallerIdentity identity;
    identity.account = base::AccountId(trimmed(result.text("Account")));
    identity.arn = trimmed(result.text("Arn"));
    identity.user_id = trimmed(result.text("UserId"));
    return identity;
}

} // namespace exarch::aws
