#include "sandbox/cloudfront/distribution_config.hpp"

#include "base/assert.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <array>
#include <span>
#include <sstream>

namespace exarch::sandbox {
namespace {

struct Member {
    const char* name;
    /// The element where nobody asked for it.
    std::string_view otherwise;
};

constexpr std::array config_members = {
    Member{"Aliases", "<Aliases><Quantity>0</Quantity></Aliases>"},
    Member{"DefaultRootObject", "<DefaultRootObject/>"},
    Member{"Origins", ""},
    Member{"OriginGroups", "<OriginGroups><Quantity>0</Quantity></OriginGroups>"},
    Member{"DefaultCacheBehavior", ""},
    Member{"CacheBehaviors", "<CacheBehaviors><Quantity>0</Quantity></CacheBehaviors>"},
    Member{"CustomErrorResponses",
           "<CustomErrorResponses><Quantity>0</Quantity></CustomErrorResponses>"},
    Member{"Comment", "<Comment/>"},
    Member{"Logging", "<Logging><Enabled>false</Enabled><IncludeCookies>false</IncludeCookies>"
                      "<Bucket/><Prefix/></Logging>"},
    Member{"PriceClass", "<PriceClass>PriceClass_All</PriceClass>"},
    Member{"Enabled", "<Enabled>false</Enabled>"},
    Member{"ViewerCertificate",
           "<ViewerCertificate><CloudFrontDefaultCertificate>true</CloudFrontDefaultCertificate>"
           "<SSLSupportMethod>vip</SSLSupportMethod><MinimumProtocolVersion>TLSv1"
           "</MinimumProtocolVersion><CertificateSource>cloudfront</CertificateSource>"
           "</ViewerCertificate>"},
    Member{"Restrictions", "<Restrictions><GeoRestriction><RestrictionType>none</RestrictionType>"
                           "<Quantity>0</Quantity></GeoRestriction></Restrictions>"},
    Member{"WebACLId", "<WebACLId/>"},
    Member{"HttpVersion", "<HttpVersion>http2</HttpVersion>"},
    Member{"IsIPV6Enabled", "<IsIPV6Enabled>false</IsIPV6Enabled>"},
    Member{"ContinuousDeploymentPolicyId", "<ContinuousDeploymentPolicyId/>"},
    Member{"Staging", "<Staging>false</Staging>"},
};

constexpr std::array behavior_members = {
    Member{"TrustedSigners",
           "<TrustedSigners><Enabled>false</Enabled><Quantity>0</Quantity></TrustedSigners>"},
    Member{"TrustedKeyGroups",
           "<TrustedKeyGroups><Enabled>false</Enabled><Quantity>0</Quantity></TrustedKeyGroups>"},
    Member{"ViewerProtocolPolicy", ""},
    Member{"AllowedMethods", "<AllowedMethods><Quantity>2</Quantity><Items><Method>HEAD</Method>"
                             "<Method>GET</Method></Items></AllowedMethods>"},
    Member{"SmoothStreaming", "<SmoothStreaming>false</SmoothStreaming>"},
    Member{"Compress", "<Compress>false</Compress>"},
    Member{"LambdaFunctionAssociations",
           "<LambdaFunctionAssociations><Quantity>0</Quantity></LambdaFunctionAssociations>"},
    Member{"FunctionAssociations",
           "<FunctionAssociations><Quantity>0</Quantity></FunctionAssociations>"},
    Member{"FieldLevelEncryptionId", "<FieldLevelEncryptionId/>"},
};

constexpr std::array custom_members = {
    Member{"OriginReadTimeout", "<OriginReadTimeout>30</OriginReadTimeout>"},
    Member{"OriginKeepaliveTimeout", "<OriginKeepaliveTimeout>5</OriginKeepaliveTimeout>"},
};

constexpr std::array methods_members = {
    Member{"CachedMethods", "<CachedMethods><Quantity>2</Quantity><Items><Method>HEAD</Method>"
                            "<Method>GET</Method></Items></CachedMethods>"},
};

constexpr std::array origin_members = {
    Member{"OriginPath", "<OriginPath/>"},
    Member{"CustomHeaders", "<CustomHeaders><Quantity>0</Quantity></CustomHeaders>"},
    Member{"S3OriginConfig", ""},
    Member{"CustomOriginConfig", ""},
    Member{"ConnectionAttempts", "<ConnectionAttempts>3</ConnectionAttempts>"},
    Member{"ConnectionTimeout", "<ConnectionTimeout>10</ConnectionTimeout>"},
    Member{"OriginShield", "<OriginShield><Enabled>false</Enabled></OriginShield>"},
    Member{"OriginAccessControlId", "<OriginAccessControlId/>"},
};

constexpr std::array summary_members = {"Aliases",        "Origins",
                                        "OriginGroups",   "DefaultCacheBehavior",
                                        "CacheBehaviors", "CustomErrorResponses",
                                        "Comment",        "PriceClass",
                                        "Enabled",        "ViewerCertificate",
                                        "Restrictions",   "WebACLId",
                                        "HttpVersion",    "IsIPV6Enabled",
                                        "Staging"};

/// Brings the members into order, behind those that are not named here.
void complete(pugi::xml_node element, std::span<const Member> members) {
    for (const Member& member : members) {
        if (const pugi::xml_node asked = element.child(member.name)) {
            element.append_move(asked);
        } else {
            element.append_buffer(member.otherwise.data(), member.otherwise.size());
        }
    }
}

void complete_behavior(pugi::xml_node behavior) {
    complete(behavior, behavior_members);
    complete(behavior.child("AllowedMethods"), methods_members);
}

/// Loads `asked` into the document, completes it and returns its root.
pugi::xml_node load_completed(pugi::xml_document& document, std::string_view asked) {
    const auto parsed =
        document.load_buffer(asked.data(), asked.size(), pugi::parse_default, pugi::encoding_utf8);
    EXARCH_ASSERT(parsed);
    const pugi::xml_node config = document.document_element();
    complete(config, config_members);
    complete_behavior(config.child("DefaultCacheBehavior"));
    for (const pugi::xml_node behavior :
         config.child("CacheBehaviors").child("Items").children("CacheBehavior")) {
        complete_behavior(behavior);
    }
    for (const pugi::xml_node origin : config.child("Origins").child("Items").children("Origin")) {
        complete(origin, origin_members);
        if (const pugi::xml_node custom = origin.child("CustomOriginConfig")) {
            complete(custom, custom_members);
        }
    }
    return config;
}

void print(std::ostringstream& out, const pugi::xml_node& element) {
    element.print(out, "", pugi::format_raw | pugi::format_no_declaration);
}

} // namespace

std::string plain_config(std::string_view reference) {
    return fmt::format(
        "<DistributionConfig><CallerReference>{}</CallerReference><Origins><Quantity>1</Quantity>"
        "<Items><Origin><Id>origin</Id><DomainName>origin.example.com</DomainName>"
        "<CustomOriginConfig><HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort>"
        "<OriginProtocolPolicy>https-only</OriginProtocolPolicy></CustomOriginConfig></Origin>"
        "</Items></Origins><DefaultCacheBehavior><TargetOriginId>origin</TargetOriginId>"
        "<ViewerProtocolPolicy>https-only</ViewerProtocolPolicy>"
        "<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId></DefaultCacheBehavior>"
        "<Comment/><Enabled>true</Enabled></DistributionConfig>",
        xml_escaped(reference));
}

std::string complete_config(std::string_view asked) {
    pugi::xml_document document;
    std::ostringstream out;
    print(out, load_completed(document, asked));
    return out.str();
}

std::string summary_of_config(std::string_view asked) {
    pugi::xml_document document;
    const pugi::xml_node config = load_completed(document, asked);
    std::ostringstream out;
    for (const char* const name : summary_members) {
        print(out, config.child(name));
    }
    return out.str();
}

} // namespace exarch::sandbox
