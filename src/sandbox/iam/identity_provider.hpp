#pragma once

#include "base/identifier.hpp"
#include "sandbox/iam/key_set.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace exarch::sandbox {

/// What STS meets when it turns to the provider itself.
enum class ProviderState : std::uint8_t {
    well,
    /// It does not answer.
    unreachable,
    /// It takes back what its token says.
    rejecting,
};

/// An OpenID Connect provider that an account trusts, as IAM keeps it, with the keys that AWS would
/// fetch from it: nothing here leaves the machine.
struct IdentityProvider {
    base::AccountId account;
    /// The URL without `https://`: `oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE`. Policies name
    /// it so.
    std::string name = {};
    /// The audiences that tokens may be meant for.
    std::vector<std::string> client_ids = {};
    KeySet keys = {};
    ProviderState state = ProviderState::well;

    /// `arn:aws:iam::111122223333:oidc-provider/token.example.com`
    [[nodiscard]] std::string arn() const;
};

} // namespace exarch::sandbox
