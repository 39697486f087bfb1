#pragma once

#include "aws/credentials/direct_http.hpp"
#include "aws/credentials/provider.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "http/url.hpp"

#include <memory>
#include <string>

namespace exarch::aws {

/// Credentials of an ECS task or an EKS pod, from the endpoint that the container's environment
/// names. `environment` must outlive it.
class ContainerProvider final : public CredentialsProvider {
public:
    ContainerProvider(std::shared_ptr<DirectHttp> http, const base::Environment& environment);

    boost::asio::awaitable<base::Result<sigv4::Credentials>> get() override;

private:
    std::shared_ptr<DirectHttp> http_;
    const base::Environment& environment_;
};

/// $AWS_CONTAINER_CREDENTIALS_RELATIVE_URI at 169.254.170.2, else
/// $AWS_CONTAINER_CREDENTIALS_FULL_URI: https to any host, http to this machine and the addresses
/// of ECS and EKS alone. Fails as not_found where neither is set, as invalid where one can't be
/// used.
[[nodiscard]] base::Result<http::Url> container_endpoint(const base::Environment& environment);

/// The value of the Authorization header: the content of the file that
/// $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names, else $AWS_CONTAINER_AUTHORIZATION_TOKEN, else
/// empty. Fails as invalid where the file can't be read, and on line breaks, which would let it
/// write headers of its own.
[[nodiscard]] base::Result<base::Secret>
container_authorization(const base::Environment& environment);

} // namespace exarch::aws
