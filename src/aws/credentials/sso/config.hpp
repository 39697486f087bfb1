#pragma once

#include "aws/profile.hpp"
#include "base/identifier.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>

namespace exarch::aws {

/// What a profile says about IAM Identity Center, AWS's single sign-on.
struct SsoConfig {
    /// For messages, and for the command that mends what is wrong.
    std::string profile;
    /// `sso_session`; empty in the older form, in which the profile itself says everything. Tokens
    /// of that form can't be refreshed.
    std::string session;
    std::string start_url;
    base::Region region;
    std::string account_id;
    std::string role_name;

    friend bool operator==(const SsoConfig&, const SsoConfig&) = default;
};

/// None where the profile has neither sso_account_id nor sso_role_name: then it may use sign-on for
/// something else, as in botocore. Fails as invalid where something is missing, the session does
/// not exist, or says something else than the profile.
[[nodiscard]] base::Result<std::optional<SsoConfig>> sso_config(const SharedConfig& config,
                                                                const std::string& profile);

/// `sso/cache/<SHA-1 of the session, else of the start URL>.json` below `~/.aws`: where `aws sso
/// login` puts its token.
[[nodiscard]] std::string sso_token_file(const SsoConfig& config);

} // namespace exarch::aws
