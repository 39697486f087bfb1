#include "aws/endpoint.hpp"
#include "aws/partition.hpp"
#include "base/json.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace exarch::aws {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

SharedConfig config_of(std::string text, std::string profile = "default") {
    return SharedConfig::parse({"config", std::move(text)}, {"credentials", ""}, std::move(profile))
        .value();
}

base::Result<Endpoint> resolve(const Variables& variables, const SharedConfig& config,
                               std::string_view service = "sqs",
                               std::string_view region = "eu-west-1") {
    const base::Environment environment(variables);
    return Endpoints(environment, config).resolve(service, base::Region(region));
}

TEST(PartitionTest, nothing_crosses_from_one_to_another) {
    const base::Region home("eu-west-1");
    EXPECT_TRUE(require_same_partition(base::Region("us-east-2"), home, "x").has_value());
    const auto refused = require_same_partition(base::Region("cn-north-1"), home, "x.region");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind(), base::ErrorKind::invalid);
    EXPECT_TRUE(refused.error().message().starts_with(
        "x.region is cn-north-1, in the partition aws-cn, but this process works from eu-west-1"))
        << refused.error().message();
}

TEST(PartitionTest, follows_from_the_region) {
    const std::map<std::string, std::string> cases = {
        {"eu-west-1", "aws"},
        {"us-east-1", "aws"},
        {"mx-central-1", "aws"},
        {"xx-new-9", "aws"},
        {"cn-north-1", "aws-cn"},
        {"cn-northwest-1", "aws-cn"},
        {"us-gov-west-1", "aws-us-gov"},
        {"us-gov-east-1", "aws-us-gov"},
        {"eusc-de-east-1", "aws-eusc"},
        {"us-iso-west-1", "aws-iso"},
        {"us-isob-east-1", "aws-iso-b"},
        {"eu-isoe-west-1", "aws-iso-e"},
        {"us-isof-south-1", "aws-iso-f"},
    };
    for (const auto& [region, partition] : cases) {
        EXPECT_EQ(partition_of(base::Region(region)).name, partition) << region;
    }
}

TEST(PartitionTest, names_that_could_change_a_host_are_no_regions) {
    for (const std::string_view text :
         {"", "-", "eu-", "EU-WEST-1", "eu west", "eu.west", "a/b", "a@b", "1eu", "evil.com#",
          "abcdefghijklmnopqrstuvwxyz-1234567"}) {
        EXPECT_FALSE(is_region_name(text)) << text;
    }
    EXPECT_TRUE(is_region_name("eusc-de-east-1"));
    EXPECT_TRUE(is_region_name("local"));
}

TEST(EndpointTest, aws_s_own_endpoints) {
    struct Case {
        std::string_view service;
        std::string_view region;
        std::string_view host;
        std::string_view signing_region;
    };
    const std::vector<Case> cases = {
        {"sqs", "eu-west-1", "sqs.eu-west-1.amazonaws.com", "eu-west-1"},
        {"sqs", "cn-north-1", "sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"sts", "eu-west-1", "sts.eu-west-1.amazonaws.com", "eu-west-1"},
        {"sts", "us-gov-west-1", "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
        {"sts", "eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
        {"sts", "cn-northwest-1", "sts.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"},
        {"cloudfront", "eu-west-1", "cloudfront.amazonaws.com", "us-east-1"},
        {"cloudfront", "us-east-1", "cloudfront.amazonaws.com", "us-east-1"},
        {"cloudfront", "cn-north-1", "cloudfront.cn-northwest-1.amazonaws.com.cn",
         "cn-northwest-1"},
        {"cloudfront", "eusc-de-east-1", "cloudfront.amazonaws.eu", "eusc-de-east-1"},
        {"cloudfront", "us-iso-east-1", "cloudfront.c2s.ic.gov", "us-iso-east-1"},
        {"wafv2", "eu-west-1", "wafv2.eu-west-1.amazonaws.com", "eu-west-1"},
    };
    for (const Case& each : cases) {
        const Endpoint endpoint = resolve({}, {}, each.service, each.region).value();
        EXPECT_EQ(endpoint.origin, (http::Origin{true, std::string(each.host), 443}));
        EXPECT_EQ(endpoint.signing_region.value(), each.signing_region) << each.host;
        EXPECT_EQ(endpoint.signing_name, each.service);
        EXPECT_EQ(endpoint.path_prefix, "");
    }
}

TEST(EndpointTest, the_first_source_that_says_something_decides) {
    const SharedConfig config =
        config_of("[profile p]\nservices = s\nendpoint_url = http://profile\n"
                  "[services s]\nsqs =\n  endpoint_url = http://services\n",
                  "p");
    const auto host = [&config](const Variables& variables, std::string_view service = "sqs") {
        return resolve(variables, config, service).value().origin.host;
    };
    EXPECT_EQ(host({{"AWS_ENDPOINT_URL_SQS", "http://own"}, {"AWS_ENDPOINT_URL", "http://all"}}),
              "own");
    EXPECT_EQ(host({{"AWS_ENDPOINT_URL_STS", "http://own"}, {"AWS_ENDPOINT_URL", "http://all"}}),
              "all");
    EXPECT_EQ(host({}), "services");
    EXPECT_EQ(host({}, "sts"), "profile");
    EXPECT_EQ(
        host({{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"}, {"AWS_ENDPOINT_URL", "http://all"}}),
        "sqs.eu-west-1.amazonaws.com");
    EXPECT_EQ(host({{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"}}), "services");
}

TEST(EndpointTest, both_services_of_single_sign_on_go_by_their_own_names) {
    const SharedConfig config =
        config_of("[default]\nservices = s\n[services s]\nsso =\n  endpoint_url = http://portal\n"
                  "sso_oidc =\n  endpoint_url = http://tokens\n");
    EXPECT_EQ(resolve({}, config, "sso").value().origin.host, "portal");
    EXPECT_EQ(resolve({}, config, "sso_oidc").value().origin.host, "tokens");
    EXPECT_EQ(resolve({{"AWS_ENDPOINT_URL_SSO_OIDC", "http://own"}}, config, "sso_oidc")
                  .value()
                  .origin.host,
              "own");
    EXPECT_EQ(resolve({{"AWS_ENDPOINT_URL_SSO", "http://own"}}, config, "sso").value().origin.host,
              "own");
}

TEST(EndpointTest, profile_may_ignore_configured_addresses) {
    const SharedConfig config =
        config_of("[default]\nignore_configured_endpoint_urls = true\nendpoint_url = http://p\n");
    EXPECT_EQ(resolve({}, config).value().origin.host, "sqs.eu-west-1.amazonaws.com");
}

TEST(EndpointTest, configured_address_keeps_the_signing_region) {
    const Endpoint endpoint =
        resolve({{"AWS_ENDPOINT_URL", "http://[::1]:4600/cloud/"}}, {}, "cloudfront").value();
    EXPECT_EQ(endpoint.origin, (http::Origin{false, "::1", 4600}));
    EXPECT_EQ(endpoint.path_prefix, "/cloud");
    EXPECT_EQ(endpoint.signing_region.value(), "us-east-1");
    EXPECT_EQ(resolve({{"AWS_ENDPOINT_URL", "http://h"}}, {}).value().path_prefix, "");
}

TEST(EndpointTest, bad_address_is_refused_by_the_name_of_its_source) {
    for (const std::string_view url :
         {"localhost:4600", "ftp://h", "http://", "http://h:99999", "http://u:p@h", "http://h/?q=1",
          "http://h h", "http://h/#f"}) {
        const auto result = resolve({{"AWS_ENDPOINT_URL_SQS", std::string(url)}}, {});
        ASSERT_FALSE(result.has_value()) << url;
        EXPECT_EQ(result.error().kind(), base::ErrorKind::invalid);
        EXPECT_TRUE(result.error().message().contains("AWS_ENDPOINT_URL_SQS"))
            << result.error().message();
    }
}

TEST(EndpointTest, region_that_is_none_is_refused) {
    EXPECT_FALSE(resolve({}, {}, "sqs", "").has_value());
    EXPECT_FALSE(resolve({}, {}, "sqs", "evil.com/").has_value());
}

TEST(EndpointTest, variants_are_those_of_aws_s_rules) {
    std::ifstream file(std::string(EXARCH_SOURCE_DIR) + "/tests/data/aws/endpoints.json");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const boost::json::value rows = base::parse_json(text).value();
    ASSERT_FALSE(rows.as_array().empty());
    constexpr std::array<EndpointVariant, 4> variants = {
        {{}, {.fips = true}, {.dual_stack = true}, {.fips = true, .dual_stack = true}}};
    for (const boost::json::value& row : rows.as_array()) {
        const std::string service(row.at(0).as_string());
        const std::string region(row.at(1).as_string());
        for (std::size_t i = 0; i < variants.size(); ++i) {
            const Variables asked = {
                {"AWS_USE_FIPS_ENDPOINT", variants.at(i).fips ? "true" : "false"},
                {"AWS_USE_DUALSTACK_ENDPOINT", variants.at(i).dual_stack ? "True" : ""}};
            const Endpoint endpoint = resolve(asked, {}, service, region).value();
            const std::string host(row.at(2).at(i).as_string());
            EXPECT_EQ(endpoint.origin, (http::Origin{true, host, 443}));
            EXPECT_EQ(endpoint.signing_region.value(), std::string(row.at(3).as_string())) << host;
        }
    }
}

TEST(EndpointTest, profile_asks_for_variants_where_the_environment_is_silent) {
    const SharedConfig config =
        config_of("[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = TRUE\n");
    EXPECT_EQ(resolve({}, config).value().origin.host, "sqs-fips.eu-west-1.api.aws");
    EXPECT_EQ(resolve({{"AWS_USE_FIPS_ENDPOINT", "false"}}, config).value().origin.host,
              "sqs.eu-west-1.api.aws");
    EXPECT_EQ(resolve({}, config_of("[default]\nuse_fips_endpoint = false\n")).value().origin.host,
              "sqs.eu-west-1.amazonaws.com");
}

/// AWS's endpoint rules: "FIPS and custom endpoint are not supported", and the same of dual-stack.
TEST(EndpointTest, variants_beside_an_address_of_one_s_own_are_refused) {
    for (const std::string_view variable :
         {"AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"}) {
        Variables variables = {{std::string(variable), "true"},
                               {"AWS_ENDPOINT_URL_SQS", "https://f"}};
        const auto result = resolve(variables, {});
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().kind(), base::ErrorKind::invalid);
        EXPECT_TRUE(result.error().message().contains(variable)) << result.error().message();
        EXPECT_TRUE(result.error().message().contains("AWS_ENDPOINT_URL_SQS"));
        EXPECT_TRUE(resolve(variables, {}, "sts").has_value()) << "which has no address of its own";
        variables.emplace("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        EXPECT_TRUE(resolve(variables, {}).has_value());
    }
}

} // namespace
} // namespace exarch::aws
