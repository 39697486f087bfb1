#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "sandbox/call.hpp"
#include "sandbox/iam/directory.hpp"

#include <expected>
#include <set>
#include <string>
#include <string_view>

namespace exarch::sandbox {

/// What an identity provider says of a caller, once its signature has been verified.
struct VouchedIdentity {
    const IdentityProvider* provider = nullptr;
    /// `sub`
    std::string subject;
    /// One of the provider's client ids: `azp` where the token has it, else `aud`.
    std::string audience;
    /// Of the claims that AWS has names for; empty where there are none.
    std::string source_identity;
    Tags tags;
    std::set<std::string> transitive_keys;
};

/// Reads a JSON Web Token and believes it as far as STS does: an OpenID Connect provider of the
/// account has signed it, it is meant for one of that provider's client ids, and its time has come
/// and is not over, give or take five minutes. Refused in STS's words.
[[nodiscard]] std::expected<VouchedIdentity, ServiceError>
verify_identity_token(std::string_view token, const Directory& directory,
                      const base::AccountId& account, base::Timestamp now);

} // namespace exarch::sandbox
