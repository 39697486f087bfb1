#include "aws/endpoint.hpp"

#include "aws/detail/text.hpp"
#include "aws/partition.hpp"
#include "http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

/// FIPS and dual-stack endpoints have rules of their own for each service and partition; whoever
/// asks for them must not be given others in silence.
base::Status refuse_endpoint_variants(const base::Environment& environment,
                                      const ProfileSection* profile) {
    struct Variant {
        std::string_view variable;
        std::string_view setting;
    };
    constexpr std::array<Variant, 2> variants = {
        {{"AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"},
         {"AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"}}};
    for (const auto& [variable, setting] : variants) {
        const std::optional<std::string> value = environment.get(variable);
        const bool asked = value.has_value() ? is_true(view(value))
                                             : profile != nullptr && is_true(profile->get(setting));
        if (asked) {
            return std::unexpected(base::Error(
                base::ErrorKind::invalid,
                fmt::format("{} ({}) comes in a later version: unset it, and name the endpoints to "
                            "use by AWS_ENDPOINT_URL_SQS, _STS and _CLOUDFRONT",
                            variable, setting)));
        }
    }
    return {};
}

} // namespace

Endpoint public_endpoint(std::string_view service, const base::Region& region) {
    const Partition& partition = partition_of(region);
    Endpoint endpoint;
    endpoint.signing_name = service;
    if (service == cloudfront) {
        endpoint.signing_region = base::Region(partition.global_region);
        endpoint.origin.host =
            partition.name == "aws-cn"
                ? fmt::format("cloudfront.{}.{}", partition.global_region, partition.dns_suffix)
                : fmt::format("cloudfront.{}", partition.dns_suffix);
        return endpoint;
    }
    // Single sign-on has two services, neither called in its address what it is called elsewhere.
    const std::string_view name = service == "sso"        ? "portal.sso"
                                  : service == "sso_oidc" ? "oidc"
                                                          : service;
    endpoint.signing_region = region;
    endpoint.origin.host = fmt::format("{}.{}.{}", name, region.value(), partition.dns_suffix);
    return endpoint;
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
    Endpoint endpoint = public_endpoint(service, region);
    // With an address of one's own as well: AWS's rules allow neither beside it.
    EXARCH_CHECK(refuse_endpoint_variants(environment_, config_.profile()));
    const std::optional<ConfiguredUrl> configured = configured_url(service);
    if (!configured.has_value()) {
        return endpoint;
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
