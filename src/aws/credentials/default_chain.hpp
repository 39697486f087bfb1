#pragma once

#include "aws/caller.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/profile.hpp"
#include "base/environment.hpp"
#include "base/identifier.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "http/client.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>

namespace exarch::aws {

/// What the providers of the default chain stand on. All of it must outlive them.
struct CredentialSources {
    boost::asio::any_io_executor executor;
    http::Client& client;
    Caller& caller;
    const base::Clock& clock;
    const base::Environment& environment;
    const SharedConfig& config;
    /// Where STS is asked if neither the environment nor the profile names a region; else
    /// us-east-1.
    std::optional<base::Region> region = std::nullopt;
};

/// Credentials from wherever this machine has them, in botocore's order: environment, role of the
/// profile, web identity, what else the profile has, container, instance metadata. The first that
/// is configured decides; where it then fails, the chain fails and does not go on. Cached,
/// refreshed ahead of their end. Where nothing is found, the error lists what was looked for.
[[nodiscard]] std::unique_ptr<CredentialsProvider> default_credentials(CredentialSources sources);

} // namespace exarch::aws
