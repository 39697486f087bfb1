#pragma once

#include "aws/caller.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/credentials/sso/config.hpp"
#include "aws/credentials/sso/token.hpp"
#include "aws/endpoint.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>

namespace exarch::aws {

/// Where IAM Identity Center is reached, and where the token is kept.
struct SsoPlaces {
    Endpoint portal;
    Endpoint oidc;
    std::string token_file;
};

/// Credentials of a role of IAM Identity Center, for the token that `aws sso login` left behind.
/// The token is read anew at each get(), so that a new login mends a running process; one of a
/// session that is about to end is refreshed and written back. Never fails as not_found.
/// Source: "IAM Identity Center credential provider" of the AWS SDKs and tools reference guide.
class SsoProvider final : public CredentialsProvider {
public:
    /// `caller` and `clock` must outlive it.
    SsoProvider(Caller& caller, const base::Clock& clock, SsoConfig config, SsoPlaces places);

    boost::asio::awaitable<base::Result<sigv4::Credentials>> get() override;

private:
    [[nodiscard]] base::Result<SsoToken> stored_token() const;
    [[nodiscard]] boost::asio::awaitable<base::Result<SsoToken>> token();
    [[nodiscard]] boost::asio::awaitable<Outcome<SsoToken>> refreshed(SsoRefresh refresh);
    [[nodiscard]] base::Error needs_login(std::string_view why) const;

    Caller& caller_;
    const base::Clock& clock_;
    SsoConfig config_;
    SsoPlaces places_;
    /// The last one that was refreshed here: where its file can't be written, this is all there is
    /// of it.
    std::optional<SsoToken> refreshed_;
};

/// GetRoleCredentials, and the credentials in its reply.
[[nodiscard]] ServiceRequest role_credentials_request(const Endpoint& portal,
                                                      const SsoConfig& config,
                                                      const base::Secret& token);
[[nodiscard]] Outcome<sigv4::Credentials> parse_role_credentials(const Reply& reply);

} // namespace exarch::aws
