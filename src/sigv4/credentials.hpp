#pragma once

#include "base/identifier.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <optional>

namespace exarch::sigv4 {

/// The public half of a key pair: `AKIA…` for a user, `ASIA…` for a session.
using AccessKeyId = base::Identifier<struct AccessKeyIdTag>;

/// What a request is signed with.
struct Credentials {
    AccessKeyId access_key_id;
    base::Secret secret_access_key;
    /// Empty for long-lived keys.
    base::Secret session_token;
    /// None for keys that do not expire. By the clock of AWS, not of this machine.
    std::optional<base::Timestamp> expires_at;

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

} // namespace exarch::sigv4
