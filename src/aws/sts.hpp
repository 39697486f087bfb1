#pragma once

#include "aws/caller.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "base/identifier.hpp"
#include "base/secret.hpp"
#include "sigv4/credentials.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace exarch::aws {

/// A role to assume, and the limits to put on the session. Empty strings are not sent.
struct AssumeRoleParams {
    base::RoleArn role;
    /// 2 to 64 of `[\w+=,.@-]`; seen in the target account's CloudTrail.
    std::string session_name;
    std::string external_id;
    /// Session policy: at most 2,048 characters.
    std::string policy;
    std::string source_identity;
    /// 15 minutes to the role's own maximum; an hour at most where a role assumes a role.
    std::chrono::seconds duration = std::chrono::hours(1);
    /// Session tags, name and value.
    std::vector<std::pair<std::string, std::string>> tags;
    /// Names of tags that sessions assumed from this one inherit.
    std::vector<std::string> transitive_tags;
};

/// A role to assume with a token of an identity provider instead of credentials.
struct WebIdentityParams {
    base::RoleArn role;
    std::string session_name;
    base::Secret token;
    std::string policy;
    std::optional<std::chrono::seconds> duration;
};

/// A session of a role.
struct AssumedRole {
    /// expires_at is always set.
    sigv4::Credentials credentials;
    /// `arn:aws:sts::111122223333:assumed-role/Role/Session`
    std::string arn;
    /// Percent of the limit that session policy and tags use; none where AWS did not say.
    std::optional<int> packed_policy_percent;
};

struct CallerIdentity {
    base::AccountId account;
    std::string arn;
    std::string user_id;

    friend bool operator==(const CallerIdentity&, const CallerIdentity&) = default;
};

/// AWS Security Token Service (query protocol, 2011-06-15). `caller` must outlive it, and it the
/// coroutines that its functions return.
class Sts {
public:
    Sts(Caller& caller, Endpoint endpoint) : caller_(caller), endpoint_(std::move(endpoint)) {}

    [[nodiscard]] boost::asio::awaitable<Outcome<AssumedRole>>
    assume_role(CredentialsProvider& credentials, AssumeRoleParams params,
                http::OnDeparture on_departure = {}) const;

    [[nodiscard]] boost::asio::awaitable<Outcome<AssumedRole>>
    assume_role_with_web_identity(WebIdentityParams params) const;

    [[nodiscard]] boost::asio::awaitable<Outcome<CallerIdentity>>
    get_caller_identity(CredentialsProvider& credentials) const;

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

private:
    Caller& caller_;
    Endpoint endpoint_;
};

/// The pure halves of Sts, for tests and simulation.
[[nodiscard]] ServiceRequest assume_role_request(const Endpoint& endpoint,
                                                 const AssumeRoleParams& params);
[[nodiscard]] ServiceRequest web_identity_request(const Endpoint& endpoint,
                                                  const WebIdentityParams& params);
[[nodiscard]] ServiceRequest caller_identity_request(const Endpoint& endpoint);
/// Reads the replies of both ways to assume a role.
[[nodiscard]] Outcome<AssumedRole> parse_assumed_role(const Reply& reply);
[[nodiscard]] Outcome<CallerIdentity> parse_caller_identity(const Reply& reply);

} // namespace exarch::aws
