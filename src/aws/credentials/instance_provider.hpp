#pragma once

#include "aws/credentials/direct_http.hpp"
#include "aws/credentials/provider.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

#include <memory>
#include <string>

namespace exarch::aws {

/// Credentials of an EC2 instance's role, from its metadata service, version 2 only: version 1
/// needs no token and so can be asked through any careless proxy on the machine.
/// $AWS_EC2_METADATA_DISABLED=true turns it off; $AWS_EC2_METADATA_SERVICE_ENDPOINT and
/// $AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE say where it is.
class InstanceProvider final : public CredentialsProvider {
public:
    /// `environment` must outlive it.
    InstanceProvider(std::shared_ptr<DirectHttp> http, const base::Environment& environment);

    /// Where nobody answers, or with a refusal, this is no EC2 instance, or one without a role
    /// (not_found): until a role was named, or the service had trouble of its own (unreachable).
    boost::asio::awaitable<base::Result<sigv4::Credentials>> get() override;

private:
    struct Question;
    [[nodiscard]] boost::asio::awaitable<base::Result<std::string>> ask(Question question);
    [[nodiscard]] base::Error no_answer(std::string text) const;

    std::shared_ptr<DirectHttp> http_;
    const base::Environment& environment_;
    bool is_instance_ = false;
};

} // namespace exarch::aws
