#include "aws/endpoint.hpp"

#include "aws/detail/text.hpp"
#include "aws/partition.hpp"
#include "http/url.hpp"

#include <fmt/format.h>

#include <utility>

namespace exarch::aws {
namespace {

constexpr std::string_view cloudfront = "cloudfront";

/// `AWS_ENDPOINT_URL_` and the service's id in capitals.
std::string variable_of(std::string_view service) {
    std::string name = "AWS_ENDPOINT_URL_";
    for (const char letter : service) {
        const bool is_small = letter >= 'a' && letter <= 'z';
        name += letter == '-' || letter == ' ' ? '_'
                : is_small                     ? static_cast<char>(letter - 'a' + 'A')
                                               : letter;
    }
    return name;
}

bool is_true(std::optional<std::string_view> text) {
    return text.has_value() && equal_without_case(*text, "true");
}

std::optional<std::string_view> view(const std::optional<std::string>& text) {
    return text;
}

std::optional<std::string_view> nested_value(const ProfileSection* section, std::string_view group,
                                             std::string_view name) {
    if (section == nullptr) {
        return std::nullopt;
    }
    const auto values = section->nested.find(group);
    if (values == section->nested.end()) {
        return std::nullopt;
    }
    const auto value = values->second.find(name);
    return value == values->second.end() ? std::nullopt
                                         : std::optional<std::string_view>(value->second);
}

constexpr std::string_view fips_variable = "AWS_USE_FIPS_ENDPOINT";
constexpr std::string_view dual_stack_variable = "AWS_USE_DUALSTACK_ENDPOINT";

/// CloudFront has no regions, and hosts that follow no one rule.
std::string cloudfront_host(const Partition& partition, EndpointVariant variant) {
    const std::string_view name = variant.fips ? "cloudfront-fips" : "cloudfront";
    if (variant.dual_stack) {
        return fmt::format("{}{}.{}", name, partition.name == "aws" ? ".global" : "",
                           partition.dual_stack_dns_suffix);
    }
    return partition.name == "aws-cn"
               ? fmt::format("{}.{}.{}", name, partition.global_region, partition.dns_suffix)
               : fmt::format("{}.{}", name, partition.dns_suffix);
}

/// Single sign-on has two services, neither called in its address what it is called elsewhere.
std::string_view host_name_of(std::string_view service) {
    return service == "sso" ? "portal.sso" : service == "sso_oidc" ? "oidc" : service;
}

} // namespace

Endpoint public_endpoint(std::string_view service, const base::Region& region,
                         EndpointVariant variant) {
    const Partition& partition = partition_of(region);
    Endpoint endpoint;
    endpoint.signing_name = service;
    if (service == cloudfront) {
        endpoint.signing_region = base::Region(partition.global_region);
        endpoint.origin.host = cloudfront_host(partition, variant);
        return endpoint;
    }
    // The usual endpoints of GovCloud are validated, but for Lambda's.
    const bool is_validated_anyway =
        partition.name == "aws-us-gov" && !variant.dual_stack && service != "lambda";
    endpoint.signing_region = region;
    endpoint.origin.host =
        fmt::format("{}{}.{}.{}", host_name_of(service),
                    variant.fips && !is_validated_anyway ? "-fips" : "", region.value(),
                    variant.dual_stack ? partition.dual_stack_dns_suffix : partition.dns_suffix);
    return endpoint;
}

bool Endpoints::is_asked_for(std::string_view variable, std::string_view setting) const {
    const std::optional<std::string> value = environment_.get(variable);
    if (value.has_value()) {
        return is_true(view(value));
    }
    const ProfileSection* profile = config_.profile();
    return profile != nullptr && is_true(profile->get(setting));
}

std::optional<Endpoints::ConfiguredUrl> Endpoints::configured_url(std::string_view service) const {
    const ProfileSection* profile = config_.profile();
    const std::optional<std::string> ignored =
        environment_.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    const bool profile_ignores =
        profile != nullptr && is_true(profile->get("ignore_configured_endpoint_urls"));
    if (ignored.has_value() ? is_true(view(ignored)) : profile_ignores) {
        return std::nullopt;
    }
    for (const std::string& variable : {variable_of(service), std::string("AWS_ENDPOINT_URL")}) {
        if (std::optional<std::string> url = environment_.get(variable)) {
            return ConfiguredUrl{std::move(*url), variable};
        }
    }
    if (profile == nullptr) {
        return std::nullopt;
    }
    if (const auto services = profile->get("services")) {
        if (const auto url = nested_value(config_.services(*services), service, "endpoint_url")) {
            return ConfiguredUrl{
                std::string(*url),
                fmt::format("{} in [services {}] of {}", service, *services, config_.files())};
        }
    }
    if (const auto url = profile->get("endpoint_url")) {
        return ConfiguredUrl{std::string(*url),
                             fmt::format("endpoint_url of the profile {} in {}",
                                         config_.profile_name(), config_.files())};
    }
    return std::nullopt;
}

base::Result<Endpoint> Endpoints::resolve(std::string_view service,
                                          const base::Region& region) const {
    if (!is_region_name(region.value())) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid, fmt::format("`{}` is no name of an AWS region",
                                                              printable(region.value(), 64))));
    }
    const EndpointVariant variant{.fips = is_asked_for(fips_variable, "use_fips_endpoint"),
                                  .dual_stack =
                                      is_asked_for(dual_stack_variable, "use_dualstack_endpoint")};
    Endpoint endpoint = public_endpoint(service, region, variant);
    const std::optional<ConfiguredUrl> configured = configured_url(service);
    if (!configured.has_value()) {
        return endpoint;
    }
    if (variant.fips || variant.dual_stack) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid,
            fmt::format("{} chooses among AWS's own endpoints, but {} names another one for {}: "
                        "leave one of them out",
                        variant.fips ? "AWS_USE_FIPS_ENDPOINT (use_fips_endpoint)"
                                     : "AWS_USE_DUALSTACK_ENDPOINT (use_dualstack_endpoint)",
                        configured->source, service)));
    }
    base::Result<http::Url> url = http::parse_url(configured->url);
    if (!url.has_value()) {
        return std::unexpected(url.error().within(configured->source));
    }
    if (url->target.contains('?')) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("{}: an endpoint's address has no query", configured->source)));
    }
    endpoint.origin = std::move(url->origin);
    endpoint.path_prefix = url->target.substr(0, url->target.find_last_not_of('/') + 1);
    return endpoint;
}

} // namespace exarch::aws
