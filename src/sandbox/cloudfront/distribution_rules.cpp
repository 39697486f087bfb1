#include "sandbox/cloudfront/distribution_rules.hpp"

#include "sandbox/error_shape.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox {
namespace {

constexpr std::size_t comment_max = 128;

/// The policies that AWS manages, of which there is no call to make others here ("Use managed cache
/// policies" of the CloudFront developer guide).
constexpr std::array<std::string_view, 7> managed_cache_policies = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d", "2e54312d-136d-493c-8eb9-b001f22f67d2",
    "08627262-05a9-4f76-9ded-b50ca2e3a84f", "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe"};

/// What is wrong with single members, as AWS's frameworks word it.
class MemberFaults {
public:
    void require(const pugi::xml_node& parent, std::string_view path, const char* name) {
        if (!parent.child(name)) {
            faults_.push_back(null_violation(member_name(path, name)));
        }
    }

    /// Where it is there at all.
    void one_of(const pugi::xml_node& parent, std::string_view path, const char* name,
                std::initializer_list<std::string_view> values) {
        const pugi::xml_node member = parent.child(name);
        if (member &&
            std::ranges::find(values, std::string_view(member.child_value())) == values.end()) {
            faults_.push_back(
                violation(member.child_value(), member_name(path, name),
                          fmt::format("satisfy enum value set: [{}]", fmt::join(values, ", "))));
        }
    }

    [[nodiscard]] std::expected<void, ServiceError> result() const {
        if (faults_.empty()) {
            return {};
        }
        return std::unexpected(validation_error("MalformedXML", faults_));
    }

private:
    static std::string member_name(std::string_view path, std::string_view element) {
        std::string name = fmt::format("{}.{}", path, element);
        name[path.size() + 1] = static_cast<char>(name[path.size() + 1] | 0x20);
        return name;
    }

    std::vector<std::string> faults_;
};

void check_behavior_members(MemberFaults& faults, const pugi::xml_node& behavior,
                            std::string_view path) {
    faults.require(behavior, path, "TargetOriginId");
    faults.require(behavior, path, "ViewerProtocolPolicy");
    faults.one_of(behavior, path, "ViewerProtocolPolicy",
                  {"allow-all", "https-only", "redirect-to-https"});
}

/// `…items.1.member` and so on.
template <typename Check>
void check_items(const pugi::xml_node& list, std::string_view path, const char* element,
                 Check check) {
    std::size_t number = 0;
    for (const pugi::xml_node item : list.child("Items").children(element)) {
        ++number;
        check(item, fmt::format("{}.items.{}.member", path, number));
    }
}

std::expected<void, ServiceError> check_members(const pugi::xml_node& config) {
    constexpr std::string_view path = "distributionConfig";
    MemberFaults faults;
    for (const char* const name :
         {"CallerReference", "Origins", "DefaultCacheBehavior", "Comment", "Enabled"}) {
        faults.require(config, path, name);
    }
    faults.one_of(config, path, "Enabled", {"true", "false"});
    faults.one_of(config, path, "PriceClass",
                  {"PriceClass_100", "PriceClass_200", "PriceClass_All", "None"});
    faults.one_of(config, path, "HttpVersion", {"http1.1", "http2", "http3", "http2and3"});
    if (const pugi::xml_node behavior = config.child("DefaultCacheBehavior")) {
        check_behavior_members(faults, behavior, "distributionConfig.defaultCacheBehavior");
    }
    check_items(config.child("CacheBehaviors"), "distributionConfig.cacheBehaviors",
                "CacheBehavior", [&](const pugi::xml_node& behavior, std::string_view at) {
                    faults.require(behavior, at, "PathPattern");
                    check_behavior_members(faults, behavior, at);
                });
    check_items(config.child("Origins"), "distributionConfig.origins", "Origin",
                [&](const pugi::xml_node& origin, std::string_view at) {
                    faults.require(origin, at, "Id");
                    faults.require(origin, at, "DomainName");
                });
    return faults.result();
}

std::expected<void, ServiceError> check_quantities(const pugi::xml_node& config) {
    for (const char* const name :
         {"Aliases", "Origins", "CacheBehaviors", "CustomErrorResponses", "OriginGroups"}) {
        const pugi::xml_node list = config.child(name);
        const auto items = list.child("Items").children();
        const auto count = std::distance(items.begin(), items.end());
        if (list && list.child("Quantity").text().as_llong(-1) != count) {
            return refuse(400, "InconsistentQuantities",
                          "The value of Quantity and the size of Items do not match.");
        }
    }
    return {};
}

std::expected<std::set<std::string_view>, ServiceError> origins_of(const pugi::xml_node& config) {
    std::set<std::string_view> ids;
    for (const pugi::xml_node origin : config.child("Origins").child("Items").children("Origin")) {
        const bool is_bucket = !origin.child("S3OriginConfig").empty();
        const bool is_custom = !origin.child("CustomOriginConfig").empty();
        if (is_bucket && is_custom) {
            return invalid_argument("You must specify either a CustomOrigin or an S3Origin. You "
                                    "cannot specify both.");
        }
        if (!is_bucket && !is_custom && !origin.child("VpcOriginConfig")) {
            return refuse(400, "InvalidOrigin",
                          "The specified origin server does not exist or is not valid.");
        }
        ids.emplace(origin.child("Id").child_value());
    }
    // A behaviour may lead to a group of them.
    for (const pugi::xml_node group :
         config.child("OriginGroups").child("Items").children("OriginGroup")) {
        ids.emplace(group.child("Id").child_value());
    }
    if (ids.empty()) {
        return invalid_argument("Your request must contain an origin.");
    }
    return ids;
}

std::expected<void, ServiceError> check_behavior(const pugi::xml_node& behavior,
                                                 const std::set<std::string_view>& origins) {
    if (!origins.contains(behavior.child("TargetOriginId").child_value())) {
        return refuse(404, "NoSuchOrigin", "One or more of your origins do not exist.");
    }
    const std::string_view policy = behavior.child("CachePolicyId").child_value();
    const bool has_values = !behavior.child("ForwardedValues").empty();
    if (policy.empty() && !has_values) {
        return invalid_argument("The parameter ForwardedValues is required.");
    }
    if (!policy.empty() && has_values) {
        return invalid_argument("The parameter ForwardedValues cannot be used when a cache policy "
                                "is associated to the cache behavior.");
    }
    if (!policy.empty() &&
        std::ranges::find(managed_cache_policies, policy) == managed_cache_policies.end()) {
        return refuse(404, "NoSuchCachePolicy", "The cache policy does not exist.");
    }
    return {};
}

std::expected<void, ServiceError> check_names(const pugi::xml_node& config) {
    const pugi::xml_node certificate = config.child("ViewerCertificate");
    const bool is_certified =
        certificate.child("ACMCertificateArn") || certificate.child("IAMCertificateId");
    if (config.child("Aliases").child("Items").child("CNAME") && !is_certified) {
        return refuse(
            400, "InvalidViewerCertificate",
            "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach "
            "a trusted certificate that validates your authorization to use the domain name. For "
            "more details, see: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
            "CNAMEs.html#alternate-domain-names-requirements");
    }
    if (std::string_view(config.child("Comment").child_value()).size() > comment_max) {
        return invalid_argument("The parameter Comment is too long.");
    }
    return {};
}

} // namespace

std::unexpected<ServiceError> invalid_argument(std::string message) {
    return refuse(400, "InvalidArgument", std::move(message));
}

std::expected<void, ServiceError> check_config(const pugi::xml_node& config) {
    EXARCH_CHECK(check_members(config));
    if (std::string_view(config.child("CallerReference").child_value()).empty()) {
        return invalid_argument("The caller reference is missing.");
    }
    EXARCH_CHECK(check_quantities(config));
    EXARCH_TRY(const auto origins, origins_of(config));
    EXARCH_CHECK(check_behavior(config.child("DefaultCacheBehavior"), origins));
    for (const pugi::xml_node behavior :
         config.child("CacheBehaviors").child("Items").children("CacheBehavior")) {
        EXARCH_CHECK(check_behavior(behavior, origins));
    }
    return check_names(config);
}

} // namespace exarch::sandbox
