#include "aws/credentials/instance_provider.hpp"
#include "unit/aws/loopback.hpp"

namespace exarch::aws {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

/// Instance metadata as EC2 answers it.
http::Response metadata(const http::Request& request) {
    if (request.method == "PUT" && request.target == "/latest/api/token") {
        const bool good = request.headers.get("X-aws-ec2-metadata-token-ttl-seconds") == "21600";
        return good ? response(200, "TOKEN") : response(400);
    }
    if (request.headers.get("X-aws-ec2-metadata-token") != "TOKEN") {
        return response(401);
    }
    if (request.target == "/latest/meta-data/iam/security-credentials/") {
        return response(200, "my-role\n");
    }
    if (request.target == "/latest/meta-data/iam/security-credentials/my-role") {
        return response(200, R"({"Code": "Success", "AccessKeyId": "ASIAI", "SecretAccessKey": "s",
                                 "Token": "t", "Expiration": "2026-11-24T18:00:00Z"})");
    }
    return response(404);
}

class InstanceProviderTest : public testing::Test {
protected:
    void begin(Loopback::Answer answer, Variables variables = {}) {
        // What stands on the executor goes before it.
        provider_.reset();
        loopback_ = std::make_unique<Loopback>(std::move(answer));
        variables.emplace("AWS_EC2_METADATA_SERVICE_ENDPOINT", loopback_->url() + "/");
        environment_ = std::make_unique<base::Environment>(std::move(variables));
        provider_ = std::make_unique<InstanceProvider>(
            std::make_shared<DirectHttp>(loopback_->io.get_executor(), loopback_->clock,
                                         *environment_),
            *environment_);
    }
    base::Result<sigv4::Credentials> ask() { return loopback_->run(provider_->get()); }

    std::unique_ptr<Loopback> loopback_;
    std::unique_ptr<base::Environment> environment_;
    std::unique_ptr<InstanceProvider> provider_;
};

TEST_F(InstanceProviderTest, fetches_token_role_and_keys) {
    begin(metadata);
    const auto credentials = ask();
    ASSERT_TRUE(credentials.has_value()) << credentials.error().message();
    EXPECT_EQ(credentials->access_key_id.value(), "ASIAI");
    EXPECT_EQ(credentials->session_token.reveal(), "t");
    EXPECT_EQ(loopback_->requests.size(), 3U);
}

TEST_F(InstanceProviderTest, may_be_turned_off) {
    begin(metadata, {{"AWS_EC2_METADATA_DISABLED", "True"}});
    EXPECT_EQ(ask().error().kind(), base::ErrorKind::not_found);
    EXPECT_TRUE(loopback_->requests.empty());
}

TEST_F(InstanceProviderTest, machine_that_is_no_instance_gives_nothing) {
    begin(metadata);
    loopback_->server.reset();
    EXPECT_EQ(ask().error().kind(), base::ErrorKind::not_found);
}

TEST_F(InstanceProviderTest, silence_after_an_answer_is_an_outage) {
    begin(metadata);
    EXPECT_TRUE(ask().has_value());
    loopback_->answer = [](const http::Request&) { return response(500); };
    const auto result = ask();
    EXPECT_EQ(result.error().kind(), base::ErrorKind::unreachable);
    EXPECT_TRUE(result.error().message().contains("answered 500")) << result.error().message();
}

TEST_F(InstanceProviderTest, a_hiccup_before_the_first_answer_is_an_outage_too) {
    const auto kind_where = [this](std::string_view target, int status) {
        begin([target = std::string(target), status](const http::Request& request) {
            return request.target == target ? response(status) : metadata(request);
        });
        return ask().error().kind();
    };
    const std::string roles = "/latest/meta-data/iam/security-credentials/";
    EXPECT_EQ(kind_where("/latest/api/token", 503), base::ErrorKind::unreachable);
    EXPECT_EQ(kind_where("/latest/api/token", 429), base::ErrorKind::unreachable);
    EXPECT_EQ(kind_where(roles, 500), base::ErrorKind::unreachable);
    EXPECT_EQ(kind_where(roles + "my-role", 404), base::ErrorKind::unreachable)
        << "the role was named a moment ago";
    // What is no metadata service, or will not speak to us; and an instance without a role.
    EXPECT_EQ(kind_where("/latest/api/token", 404), base::ErrorKind::not_found);
    EXPECT_EQ(kind_where("/latest/api/token", 403), base::ErrorKind::not_found);
    EXPECT_EQ(kind_where(roles, 404), base::ErrorKind::not_found);
}

TEST_F(InstanceProviderTest, hostile_answers_are_failures) {
    begin([](const http::Request& request) {
        return request.method == "PUT" ? response(200, "TOKEN\r\nX-Evil: 1") : metadata(request);
    });
    EXPECT_FALSE(ask().has_value());
    EXPECT_EQ(loopback_->requests.size(), 1U);

    const auto with_role = [this](std::string role) {
        begin([role = std::move(role)](const http::Request& request) {
            return request.target.ends_with("credentials/") ? response(200, role)
                                                            : metadata(request);
        });
        return ask();
    };
    EXPECT_EQ(with_role(" \n").error().kind(), base::ErrorKind::not_found);
    EXPECT_FALSE(with_role("../../user-data?x y").has_value());
    EXPECT_EQ(loopback_->requests.back().target,
              "/latest/meta-data/iam/security-credentials/..%2F..%2Fuser-data%3Fx%20y");
}

} // namespace
} // namespace exarch::aws
