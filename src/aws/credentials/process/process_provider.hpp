#pragma once

#include "aws/credentials/process/command.hpp"
#include "aws/credentials/provider.hpp"
#include "base/environment.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <string>

namespace exarch::aws {

/// Credentials that a program of the user's prints: `credential_process` of a profile. Runs it anew
/// at each get(). Never fails as not_found: who configures a program means it.
/// Source: "Process credential provider" of the AWS SDKs and tools reference guide.
class ProcessProvider final : public CredentialsProvider {
public:
    /// `profile` is for messages. `environment` must outlive it.
    ProcessProvider(boost::asio::any_io_executor executor, const base::Environment& environment,
                    std::string profile, std::string command, CommandLimits limits = {});

    boost::asio::awaitable<base::Result<sigv4::Credentials>> get() override;

private:
    boost::asio::any_io_executor executor_;
    const base::Environment& environment_;
    std::string source_;
    std::string command_;
    CommandLimits limits_;
};

} // namespace exarch::aws
