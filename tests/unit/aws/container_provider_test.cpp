#include "aws/credentials/container_provider.hpp"
#include "unit/aws/loopback.hpp"
#include "unit/aws/temporary_file.hpp"

#include <fmt/format.h>

namespace exarch::aws {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

base::Result<http::Url> endpoint(Variables variables) {
    return container_endpoint(base::Environment(std::move(variables)));
}

base::Result<http::Url> full(std::string uri) {
    return endpoint({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", std::move(uri)}});
}

base::Result<base::Secret> token(Variables variables) {
    return container_authorization(base::Environment(std::move(variables)));
}

TEST(ContainerEndpointTest, relative_address_is_that_of_ecs_and_wins) {
    const auto url = endpoint({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x?y=z"},
                               {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://other/"}});
    EXPECT_EQ(url->origin, (http::Origin{false, "169.254.170.2", 80}));
    EXPECT_EQ(url->target, "/v2/credentials/x?y=z");
    for (const std::string relative :
         {"credentials", "@evil.com/", ".evil.com/", ":80@evil.com/"}) {
        EXPECT_EQ(endpoint({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", relative}}).error().kind(),
                  base::ErrorKind::invalid)
            << relative;
    }
    EXPECT_EQ(endpoint({}).error().kind(), base::ErrorKind::not_found);
}

TEST(ContainerEndpointTest, credentials_never_come_in_the_clear_from_elsewhere) {
    for (const std::string uri :
         {"https://anything.example/x", "http://localhost:8080/x", "http://127.0.0.1/x",
          "http://[::1]/x", "http://169.254.170.2/x", "http://169.254.170.23/v1/credentials",
          "http://[fd00:ec2::23]/v1/credentials"}) {
        EXPECT_TRUE(full(uri).has_value()) << uri;
    }
    for (const std::string uri :
         {"http://anything.example/x", "http://169.254.169.254/x", "http://127.0.0.1.evil.com/x",
          "http://localhost.evil.com/x", "http://127.0.0.1@evil.com/x", "ftp://localhost/x", "x"}) {
        const auto url = full(uri);
        ASSERT_FALSE(url.has_value()) << uri;
        EXPECT_EQ(url.error().kind(), base::ErrorKind::invalid);
        EXPECT_TRUE(url.error().message().contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    }
}

TEST(ContainerAuthorizationTest, file_wins_over_variable) {
    const TemporaryFile file("of the file");
    EXPECT_EQ(token({{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.path()},
                     {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "of the variable"}})
                  ->reveal(),
              "of the file");
    EXPECT_EQ(token({{"AWS_CONTAINER_AUTHORIZATION_TOKEN", "of the variable"}})->reveal(),
              "of the variable");
    EXPECT_TRUE(token({})->empty());
}

TEST(ContainerAuthorizationTest, line_breaks_and_missing_files_are_refused) {
    for (const std::string text : {"SECRET\r\nX-Evil: 1", "SECRET\n", "\rSECRET"}) {
        const TemporaryFile file(text);
        for (const Variables& variables :
             {Variables{{"AWS_CONTAINER_AUTHORIZATION_TOKEN", text}},
              Variables{{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.path()}}}) {
            const auto result = token(variables);
            ASSERT_FALSE(result.has_value());
            EXPECT_EQ(result.error().kind(), base::ErrorKind::invalid);
            EXPECT_FALSE(result.error().message().contains("SECRET"));
        }
    }
    EXPECT_EQ(token({{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere/at/all"}}).error().kind(),
              base::ErrorKind::invalid);
}

constexpr std::string_view document =
    R"({"AccessKeyId": "ASIAC", "SecretAccessKey": "s", "Token": "t",
        "Expiration": "2026-11-24T18:00:00Z"})";

class ContainerProviderTest : public testing::Test {
protected:
    base::Result<sigv4::Credentials> ask(Loopback& loopback, Variables variables) {
        variables.emplace("AWS_CONTAINER_CREDENTIALS_FULL_URI", loopback.url() + "/creds?a=b");
        const base::Environment environment(std::move(variables));
        // A proxy that nobody may be led to: credentials must not pass through it.
        const base::Environment with_proxy(
            Variables{{"HTTP_PROXY", "http://127.0.0.1:1"}, {"http_proxy", "http://127.0.0.1:1"}});
        ContainerProvider provider(
            std::make_shared<DirectHttp>(loopback.io.get_executor(), loopback.clock, with_proxy),
            environment);
        return loopback.run(provider.get());
    }
};

TEST_F(ContainerProviderTest, asks_with_its_token_as_it_is_now) {
    Loopback loopback([](const http::Request&) { return response(200, std::string(document)); });
    const TemporaryFile file("one");
    const Variables variables{{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.path()}};
    EXPECT_EQ(ask(loopback, variables)->access_key_id.value(), "ASIAC");
    file.write("two");
    EXPECT_TRUE(ask(loopback, variables).has_value());
    EXPECT_EQ(loopback.requests.at(0).headers.get("Authorization"), "one");
    EXPECT_EQ(loopback.requests.at(1).headers.get("Authorization"), "two");
    EXPECT_EQ(loopback.requests.at(0).target, "/creds?a=b");
    EXPECT_EQ(loopback.requests.at(0).method, "GET");
}

TEST_F(ContainerProviderTest, asks_three_times_before_it_gives_up) {
    int times = 0;
    Loopback loopback([&times](const http::Request&) {
        return ++times < 3 ? response(500) : response(200, std::string(document));
    });
    EXPECT_TRUE(ask(loopback, {}).has_value());
    times = -1;
    const auto result = ask(loopback, {});
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind(), base::ErrorKind::unreachable);
    EXPECT_TRUE(result.error().message().contains("answered 500")) << result.error().message();
    EXPECT_EQ(loopback.requests.size(), 6U);
}

/// EKS's agent as pods in IPv6 clusters reach it, by an address in brackets: gives to whoever shows
/// the service account's token, which the kubelet replaces before it ends.
class PodIdentityTest : public testing::Test {
protected:
    void SetUp() override {
        http::Handler handler = [this](http::Request request) {
            return answer(std::move(request));
        };
        auto listening =
            http::Server::listen(loopback_.io.get_executor(), {.address = "::1"}, handler);
        if (!listening.has_value()) {
            GTEST_SKIP() << "without IPv6: " << listening.error().message();
        }
        agent_ = std::move(*listening);
        host_ = fmt::format("[::1]:{}", agent_->port());
        environment_ = std::make_unique<base::Environment>(Variables{
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI", fmt::format("http://{}/v1/credentials", host_)},
            {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token_file_.path()}});
    }
    boost::asio::awaitable<http::Response> answer(http::Request request) {
        hosts_.emplace_back(request.headers.get("Host").value_or(""));
        const bool is_known = request.target == "/v1/credentials" &&
                              request.headers.get("Authorization") == valid_token_;
        co_return is_known ? response(200, std::string(document)) : response(403, "no");
    }

    Loopback loopback_{[](const http::Request&) { return response(500); }};
    std::string valid_token_ = "first";
    const TemporaryFile token_file_{"first"};
    std::vector<std::string> hosts_;
    std::unique_ptr<http::Server> agent_;
    std::string host_;
    std::unique_ptr<base::Environment> environment_;
};

TEST_F(PodIdentityTest, is_asked_with_the_token_that_the_kubelet_has_put_there_last) {
    ContainerProvider provider(
        std::make_shared<DirectHttp>(loopback_.io.get_executor(), loopback_.clock, *environment_),
        *environment_);
    EXPECT_EQ(loopback_.run(provider.get())->access_key_id.value(), "ASIAC");
    EXPECT_EQ(hosts_, std::vector{host_});
    valid_token_ = "second";
    const auto refused = loopback_.run(provider.get());
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error().message().contains("answered 403")) << refused.error().message();
    token_file_.write("second");
    EXPECT_TRUE(loopback_.run(provider.get()).has_value());
}

} // namespace
} // namespace exarch::aws
