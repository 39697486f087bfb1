#pragma once

#include "aws/credentials/provider.hpp"
#include "aws/sts.hpp"
#include "base/result.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace exarch::aws {

/// Assumes a role with the credentials of another source, anew at each get(). Never fails as
/// not_found: who configures a role means it.
class RoleProvider final : public CredentialsProvider {
public:
    RoleProvider(Sts sts, std::unique_ptr<CredentialsProvider> source, AssumeRoleParams params);

    boost::asio::awaitable<base::Result<sigv4::Credentials>> get() override;
    void invalidate() override { source_->invalidate(); }

private:
    Sts sts_;
    std::unique_ptr<CredentialsProvider> source_;
    AssumeRoleParams params_;
};

struct WebIdentityFile {
    base::RoleArn role;
    std::string session_name;
    /// Read anew at each get(): whoever issues the tokens replaces it.
    std::string token_file;
    std::optional<std::chrono::seconds> duration;
};

/// Assumes a role with the token in a file. Never fails as not_found.
class WebIdentityProvider final : public CredentialsProvider {
public:
    WebIdentityProvider(Sts sts, WebIdentityFile file);

    boost::asio::awaitable<base::Result<sigv4::Credentials>> get() override;

private:
    Sts sts_;
    WebIdentityFile file_;
};

} // namespace exarch::aws
