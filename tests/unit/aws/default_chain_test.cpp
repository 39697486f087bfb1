#include "aws/credentials/default_chain.hpp"
#include "unit/aws/loopback.hpp"

namespace exarch::aws {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

class DefaultChainTest : public testing::Test {
protected:
    base::Result<sigv4::Credentials> get(std::string config_text, Variables variables) {
        loopback_ = std::make_unique<Loopback>([](const http::Request& request) {
            return request.target == "/container"
                       ? response(200, R"({"AccessKeyId": "ASIAC", "SecretAccessKey": "s"})")
                       : response(200, assume_role_body());
        });
        variables.emplace("AWS_ENDPOINT_URL_STS", loopback_->url());
        variables.emplace("AWS_EC2_METADATA_DISABLED", "true");
        for (auto& [name, value] : variables) {
            if (value == "CONTAINER") {
                value = loopback_->url() + "/container";
            }
        }
        environment_ = std::make_unique<base::Environment>(std::move(variables));
        config_ = SharedConfig::parse({"C", std::move(config_text)}, {"K", ""}, "default").value();
        const std::unique_ptr<CredentialsProvider> provider =
            default_credentials({loopback_->io.get_executor(), loopback_->client, loopback_->caller,
                                 loopback_->clock, *environment_, config_});
        return loopback_->run(provider->get());
    }
    std::string id(std::string config_text, Variables variables) {
        const auto result = get(std::move(config_text), std::move(variables));
        return result.has_value() ? result->access_key_id.value() : result.error().message();
    }

    std::unique_ptr<Loopback> loopback_;
    std::unique_ptr<base::Environment> environment_;
    SharedConfig config_;
};

constexpr std::string_view role_text =
    "[default]\nrole_arn = arn\nsource_profile = default\naws_access_key_id = AKP\n"
    "aws_secret_access_key = x\n";
constexpr std::string_view keys_text =
    "[default]\naws_access_key_id = AKP\naws_secret_access_key = x\n";

TEST_F(DefaultChainTest, asks_in_botocore_s_order) {
    const Variables container = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "CONTAINER"}};
    Variables all = container;
    all.emplace("AWS_ACCESS_KEY_ID", "AKE");
    all.emplace("AWS_SECRET_ACCESS_KEY", "x");
    EXPECT_EQ(id(std::string(role_text), all), "AKE");
    EXPECT_EQ(id(std::string(role_text), container), "ASIAROLE");
    EXPECT_EQ(id(std::string(keys_text), container), "AKP");
    EXPECT_EQ(id("", container), "ASIAC");
}

TEST_F(DefaultChainTest, finding_nothing_says_where_it_looked_and_why) {
    const auto result = get("", {});
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind(), base::ErrorKind::not_found);
    for (const std::string_view part :
         {"AWS_ACCESS_KEY_ID is not set", "there is no profile default in C and K",
          "AWS_WEB_IDENTITY_TOKEN_FILE is not set", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
          "AWS_EC2_METADATA_DISABLED is true"}) {
        EXPECT_TRUE(result.error().message().contains(part)) << result.error().message();
    }
}

TEST_F(DefaultChainTest, broken_configuration_is_not_passed_over) {
    const auto result =
        get("[default]\nsso_session = s\n", {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "CONTAINER"}});
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind(), base::ErrorKind::invalid);
    EXPECT_TRUE(result.error().message().contains("sso_session")) << result.error().message();
}

} // namespace
} // namespace exarch::aws
