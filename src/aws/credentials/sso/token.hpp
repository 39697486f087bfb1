#pragma once

#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "aws/service_request.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace exarch::aws {

/// What a token is refreshed with: the registration of the client that had it, and its own.
struct SsoRefresh {
    std::string client_id;
    base::Secret client_secret;
    base::Secret refresh_token;
    base::Timestamp registration_expires_at;

    friend bool operator==(const SsoRefresh&, const SsoRefresh&) = default;
};

/// A token of IAM Identity Center, as it stands in the cache of AWS's tools.
struct SsoToken {
    base::Secret access_token;
    base::Timestamp expires_at;
    /// None where something is missing for it.
    std::optional<SsoRefresh> refresh;

    friend bool operator==(const SsoToken&, const SsoToken&) = default;
};

/// Reads a file of the cache. Fails as invalid, quoting nothing of it.
[[nodiscard]] base::Result<SsoToken> parse_sso_token(std::string_view text);

/// The file that AWS's tools would write.
[[nodiscard]] base::Secret format_sso_token(const SsoToken& token, std::string_view start_url,
                                            const base::Region& region);

/// CreateToken of the OIDC service, and the token that its reply at `now` means.
[[nodiscard]] ServiceRequest create_token_request(const Endpoint& endpoint,
                                                  const SsoRefresh& refresh);
[[nodiscard]] Outcome<SsoToken> parse_created_token(const Reply& reply, const SsoRefresh& refresh,
                                                    base::Timestamp now);

} // namespace exarch::aws
