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

/// Which of AWS's endpoints for a service and region.
struct EndpointVariant {
    /// With cryptography validated by FIPS 140.
    bool fips = false;
    /// Reached by IPv6 as well.
    bool dual_stack = false;
};

/// Everything that says which endpoints to use. Refers to its arguments, which must outlive it.
class Endpoints {
public:
    Endpoints(const base::Environment& environment, const SharedConfig& config)
        : environment_(environment), config_(config) {}

    /// `service` is `sqs`, `sts`, `cloudfront`, …; CloudFront is signed for its partition's own
    /// region whatever `region` says. First of: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the
    /// profile's services section, the profile's endpoint_url, AWS's own endpoint for `region`.
    /// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leaves only the last, of which
    /// AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, else the profile's use_fips_endpoint
    /// and use_dualstack_endpoint, choose the variant.
    /// Fails as invalid on a URL that can't be read, naming the variable or profile that has it,
    /// and on a variant asked for beside a URL: AWS's rules allow neither.
    [[nodiscard]] base::Result<Endpoint> resolve(std::string_view service,
                                                 const base::Region& region) const;

private:
    struct ConfiguredUrl {
        std::string url;
        std::string source;
    };
    [[nodiscard]] std::optional<ConfiguredUrl> configured_url(std::string_view service) const;
    [[nodiscard]] bool is_asked_for(std::string_view variable, std::string_view setting) const;

    const base::Environment& environment_;
    const SharedConfig& config_;
};

/// AWS's own endpoint, without regard to configuration. Not every variant is there in every region:
/// such a name then can't be resolved.
/// Source: botocore's endpoint rule sets of each service.
[[nodiscard]] Endpoint public_endpoint(std::string_view service, const base::Region& region,
                                       EndpointVariant variant = {});

} // namespace exarch::aws
