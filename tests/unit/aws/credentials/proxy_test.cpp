#include "aws/credentials/default_chain.hpp"
#include "aws/credentials/sso/config.hpp"
#include "unit/aws/loopback.hpp"
#include "unit/aws/temporary_file.hpp"

#include <fmt/format.h>

namespace exarch::aws {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;
using Asked = std::vector<std::string>;

/// One server is the proxy, for http and for https, and everything near that hands out credentials.
/// What came to it as to a proxy is asked for by CONNECT, or by a whole URL.
class CredentialsProxyTest : public testing::Test {
protected:
    static http::Response answer(const http::Request& request) {
        if (request.method == "CONNECT") {
            return response(403);
        }
        if (request.target.ends_with("/token")) {
            return response(200, "TOKEN");
        }
        return request.target.ends_with("/security-credentials/")
                   ? response(200, "role")
                   : response(200, R"({"AccessKeyId": "ASIAC", "SecretAccessKey": "s"})");
    }
    /// What the default chain asks for.
    Asked asked(std::string config_text, Variables variables) {
        variables.emplace("HTTP_PROXY", loopback_.url());
        variables.emplace("http_proxy", loopback_.url());
        variables.emplace("HTTPS_PROXY", loopback_.url());
        const base::Environment environment(std::move(variables));
        http::Client client(loopback_.io.get_executor(), loopback_.clock, environment);
        Caller caller(client, loopback_.clock);
        const SharedConfig config =
            SharedConfig::parse({"C", std::move(config_text)}, {"K", ""}, "default").value();
        const std::unique_ptr<CredentialsProvider> provider = default_credentials(
            {loopback_.io.get_executor(), client, caller, loopback_.clock, environment, config});
        loopback_.requests.clear();
        std::ignore = loopback_.run(provider->get());
        Asked result;
        for (const http::Request& request : loopback_.requests) {
            result.push_back(request.method + " " + request.target);
        }
        return result;
    }

    Loopback loopback_{answer};
};

TEST_F(CredentialsProxyTest, roles_are_assumed_through_it) {
    const Asked sts = {"CONNECT sts.us-east-1.amazonaws.com:443"};
    EXPECT_EQ(asked("[default]\nrole_arn = arn:r\nsource_profile = default\n"
                    "aws_access_key_id = AK\naws_secret_access_key = x\n",
                    {}),
              sts);
    const TemporaryFile token("one");
    EXPECT_EQ(asked("", {{"AWS_WEB_IDENTITY_TOKEN_FILE", token.path()}, {"AWS_ROLE_ARN", "arn:w"}}),
              sts);
}

TEST_F(CredentialsProxyTest, single_sign_on_goes_through_it) {
    SsoConfig sso;
    sso.session = "s";
    const std::filesystem::path home = testing::TempDir() + "exarch_CredentialsProxyTest_home";
    const std::filesystem::path token = home / ".aws" / sso_token_file(sso);
    std::filesystem::create_directories(token.parent_path());
    const auto asked_until = [&](std::string_view end) {
        std::ofstream(token) << R"({"accessToken": "a", "clientId": "i", "clientSecret": "s",
                                    "refreshToken": "r",
                                    "registrationExpiresAt": "2027-11-24T12:00:00Z",
                                    "expiresAt": ")"
                             << end << "\"}";
        return asked("[default]\nsso_session = s\nsso_account_id = 111122223333\n"
                     "sso_role_name = r\n[sso-session s]\nsso_region = eu-west-1\n"
                     "sso_start_url = https://start\n",
                     {{"HOME", home.string()}});
    };
    EXPECT_EQ(asked_until("2026-11-24T18:00:00Z"),
              Asked{"CONNECT portal.sso.eu-west-1.amazonaws.com:443"});
    EXPECT_EQ(asked_until("2026-11-24T12:00:00Z"),
              Asked{"CONNECT oidc.eu-west-1.amazonaws.com:443"});
    std::filesystem::remove_all(home);
}

/// Whatever is handed out on this very machine must not pass through anyone.
TEST_F(CredentialsProxyTest, container_and_instance_are_asked_directly) {
    EXPECT_EQ(asked("", {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", loopback_.url() + "/container"}}),
              Asked{"GET /container"});
    const std::string keys = "/latest/meta-data/iam/security-credentials/";
    EXPECT_EQ(asked("", {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", loopback_.url()}}),
              (Asked{"PUT /latest/api/token", "GET " + keys, "GET " + keys + "role"}));
}

} // namespace
} // namespace exarch::aws
