#pragma once

#include "aws/credentials/provider.hpp"
#include "aws/profile.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"

#include <string_view>
#include <utility>

namespace exarch::aws {

/// Gives the same answer each time, a failure too: keys that do not change while the process runs.
class StaticProvider final : public CredentialsProvider {
public:
    explicit StaticProvider(base::Result<sigv4::Credentials> answer) : answer_(std::move(answer)) {}

    boost::asio::awaitable<base::Result<sigv4::Credentials>> get() override;

private:
    base::Result<sigv4::Credentials> answer_;
};

/// $AWS_ACCESS_KEY_ID, $AWS_SECRET_ACCESS_KEY and $AWS_SESSION_TOKEN. Fails as not_found without
/// the first, as invalid with the first alone.
[[nodiscard]] base::Result<sigv4::Credentials>
environment_credentials(const base::Environment& environment);

/// The keys that stand in a profile itself. Fails as not_found without aws_access_key_id, as
/// invalid with it alone; `name` is the profile's, for messages.
[[nodiscard]] base::Result<sigv4::Credentials> profile_keys(const ProfileSection& profile,
                                                            std::string_view name);

} // namespace exarch::aws
