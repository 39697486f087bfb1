#pragma once

#include "aws/profile.hpp"
#include "base/environment.hpp"
#include "base/identifier.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace exarch::aws {

/// Where a service is reached and how requests to it are signed.
struct Endpoint {
    http::Origin origin;
    /// What an endpoint URL carries after the authority, put before every target; no `/` at the
    /// end.
    std::string path_prefix;
    std::string signing_name;
    base::Region signing_region;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Everything that says which endpoints to use. Refers to its arguments, which must outlive it.
class Endpoints {
public:
    Endpoints(const base::Environment& environment, const SharedConfig& config)
        : environment_(environment), config_(config) {}

    /// `service` is `sqs`, `sts`, `cloudfront`, …; CloudFront is signed for its partition's own
    /// region whatever `region` says. First of: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the
    /// profile's services section, the profile's endpoint_url, AWS's own endpoint for `region`.
    /// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leaves only the last.
    /// Fails as invalid on a URL that can't be read, naming the variable or profile that has it,
    /// and on AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, which come in a later version.
    [[nodiscard]] base::Result<Endpoint> resolve(std::string_view service,
                                                 const base::Region& region) const;

private:
    struct ConfiguredUrl {
        std::string url;
        std::string source;
    };
    [[nodiscard]] std::optional<ConfiguredUrl> configured_url(std::string_view service) const;

    const base::Environment& environment_;
    const SharedConfig& config_;
};

/// AWS's own endpoint, without regard to configuration.
/// Source: botocore's endpoint rule sets of each service.
[[nodiscard]] Endpoint public_endpoint(std::string_view service, const base::Region& region);

} // namespace exarch::aws
