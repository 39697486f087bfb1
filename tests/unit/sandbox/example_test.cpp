#include "sandbox/control/example.hpp"
#include "unit/sandbox/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace exarch::sandbox {
namespace {

class ExampleTest : public testing::Test {
protected:
    ExampleTest() : sandbox_({.accounts = example_.accounts}, start_of_test()) {}

    http::Response serve(const http::Request& request) {
        const auto exchange = sandbox_.open(request, start_of_test());
        return std::get<http::Response>(sandbox_.step(*exchange, start_of_test()));
    }

    http::Response ask_sqs(const sigv4::Credentials& keys, std::string_view action,
                           std::string_view more) {
        http::Request request{.method = "POST", .origin = {}};
        request.headers = {{"Host", "127.0.0.1:4600"},
                           {"Content-Type", "application/x-www-form-urlencoded"}};
        request.body = fmt::format("Action={}&QueueUrl=/{}/{}{}", action, example_controller,
                                   example_queue, more);
        return serve(sign(std::move(request),
                          {.keys = keys, .service = "sqs", .region = std::string(example_region)}));
    }

    Example example_ = make_example();
    Sandbox sandbox_;
};

TEST_F(ExampleTest, producer_may_send_and_only_the_controller_receives) {
    EXPECT_EQ(ask_sqs(example_.producer, "SendMessage", "&MessageBody=a").status, 200);
    EXPECT_EQ(element(ask_sqs(example_.producer, "ReceiveMessage", ""), "Code"), "AccessDenied");
    EXPECT_EQ(element(ask_sqs(example_.controller, "ReceiveMessage", ""), "Body"), "a");
}

TEST_F(ExampleTest, every_account_has_an_administrator_who_may_do_anything_in_it) {
    for (const AccountPlan& plan : example_.accounts) {
        http::Request request{.method = "GET",
                              .origin = {},
                              .target = "/2020-05-31/distribution",
                              .headers = {{"Host", "x"}}};
        const auto listed = serve(sign(
            std::move(request),
            {.keys =
                 sigv4::Credentials{.access_key_id = sigv4::AccessKeyId(
                                        fmt::format("AKIA{}ADMN", plan.account.value())),
                                    .secret_access_key = base::Secret(fmt::format(
                                        "administrator/of/{}/EXAMPLEKEY", plan.account.value())),
                                    .session_token = {},
                                    .expires_at = {}},
             .service = "cloudfront"}));
        EXPECT_EQ(listed.status, 200) << listed.body;
    }
}

TEST_F(ExampleTest, controller_may_invalidate_in_every_target_account_and_do_no_more_there) {
    std::size_t targets = 0;
    for (const AccountPlan& plan : example_.accounts) {
        for (const std::string& distribution : plan.distributions) {
            const auto assumed = serve(sign(sts_request({{"Action", "AssumeRole"},
                                                         {"RoleArn", plan.roles.front().arn()},
                                                         {"RoleSessionName", "session"}}),
                                            {.keys = example_.controller}));
            ASSERT_EQ(assumed.status, 200) << assumed.body;
            const auto get = [&](std::string path) {
                http::Request request{.method = "GET",
                                      .origin = {},
                                      .target = "/2020-05-31/distribution" + std::move(path),
                                      .headers = {{"Host", "x"}}};
                return serve(sign(std::move(request),
                                  {.keys = World::keys_of(assumed), .service = "cloudfront"}));
            };
            EXPECT_EQ(get(fmt::format("/{}/invalidation", distribution)).status, 200);
            EXPECT_EQ(element(get("/" + distribution), "Code"), "AccessDenied");
            ++targets;
        }
    }
    EXPECT_EQ(targets, 8U);
}

} // namespace
} // namespace exarch::sandbox
