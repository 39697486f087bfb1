#pragma once

#include "aws/credentials/default_chain.hpp"
#include "aws/credentials/direct_http.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/credentials/sso/config.hpp"
#include "aws/sts.hpp"
#include "base/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::aws {

/// Makes providers of what the environment and the shared files say about roles and keys. Each
/// fails as not_found where nothing is said, as invalid where it can't be followed, naming the
/// profile and the setting.
class ProfileProviders {
public:
    using Made = base::Result<std::unique_ptr<CredentialsProvider>>;

    ProfileProviders(const CredentialSources& sources, std::shared_ptr<DirectHttp> http);

    /// role_arn of the profile, with source_profile, credential_source or web_identity_token_file.
    [[nodiscard]] Made role(const std::string& profile) const;
    /// $AWS_WEB_IDENTITY_TOKEN_FILE, $AWS_ROLE_ARN and $AWS_ROLE_SESSION_NAME.
    [[nodiscard]] Made web_identity() const;
    /// What the profile gives without a role. First of: single sign-on, keys of the credentials
    /// file, credential_process, keys of the config file. login_session, which comes in a later
    /// version, is refused instead of passed over.
    [[nodiscard]] Made own(const std::string& profile) const;

private:
    [[nodiscard]] Made role(const std::string& profile, std::vector<std::string> visited) const;
    [[nodiscard]] Made source(const ProfileSection& section, const std::string& profile,
                              std::vector<std::string> visited) const;
    [[nodiscard]] Made named_source(std::string_view name, const std::string& profile) const;
    [[nodiscard]] Made sso(SsoConfig config) const;
    [[nodiscard]] base::Result<Sts> sts() const;

    CredentialSources sources_;
    std::shared_ptr<DirectHttp> http_;
};

} // namespace exarch::aws
