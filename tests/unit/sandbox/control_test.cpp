#include "sandbox/control/control.hpp"
#include "unit/sandbox/world.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;

http::Response ask(World& world, std::string method, std::string name, std::string body = "") {
    return world.serve({.method = std::move(method),
                        .origin = {},
                        .target = "/_sandbox/" + std::move(name),
                        .headers = {},
                        .body = std::move(body)});
}

json::value told(World& world, std::string name) {
    return json::parse(ask(world, "GET", std::move(name)).body);
}

const std::string an_account = R"({"accounts": [{"account": "444455556666",
    "users": [{"name": "ada", "access_key_id": "AKIAADA0000000000000", "policies": [
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}]}],
    "roles": [{"name": "EdgeOps", "path": "/other/path/", "max_session_seconds": 7200,
        "trust": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Action": "sts:AssumeRole", "Principal": {"AWS": "999900001111"}}]}}],
    "distributions": ["EMADE"],
    "queues": [{"name": "tasks", "region": "eu-west-1",
        "attributes": {"VisibilityTimeout": "7"}}]}]})";

TEST(ControlTest, account_that_was_put_can_be_used) {
    World world;
    const auto reply = ask(world, "POST", "accounts", an_account);
    ASSERT_EQ(reply.status, 200) << reply.body;
    const json::value made = json::parse(reply.body).at("accounts").at(0);
    const json::value& ada = made.at("users").at(0);
    EXPECT_EQ(ada.at("arn"), "arn:aws:iam::444455556666:user/ada");
    const sigv4::Credentials keys{
        .access_key_id = sigv4::AccessKeyId("AKIAADA0000000000000"),
        .secret_access_key = base::Secret(std::string(ada.at("secret_access_key").as_string())),
        .session_token = {},
        .expires_at = {}};
    EXPECT_EQ(
        world.serve(sign(sts_request({{"Action", "GetCallerIdentity"}}), {.keys = keys})).status,
        200);
    const std::string role = "arn:aws:iam::444455556666:role/other/path/EdgeOps";
    EXPECT_EQ(made.at("roles").at(0), json::value(role));
    EXPECT_EQ(world.assume({{"RoleArn", role}, {"DurationSeconds", "7200"}}).status, 200);
}

TEST(ControlTest, account_that_is_wrong_is_refused_with_its_place_and_changes_nothing) {
    struct Case {
        std::string body;
        std::string_view problem;
    };
    const Case cases[] = {
        {"{", "at column 2"},
        {"[]", "the body: must be an object"},
        {R"({"acounts":[]})", "acounts: is unknown"},
        {R"({"accounts":[{"account":"1"}]})", "accounts[0].account: an account id has"},
        {R"({"accounts":[{"account":"444455556666","users":[{}]}]})",
         "accounts[0].users[0].name: is missing"},
        {R"({"accounts":[{"account":"444455556666","users":[{"name":"a b"}]}]})",
         "accounts[0].users[0].name: must have"},
        {R"({"accounts":[{"account":"444455556666","roles":[{"name":"r"}]}]})",
         "accounts[0].roles[0].trust: is missing"},
        {R"({"accounts":[{"account":"444455556666","users":[{"name":"u","policies":[{)"
         R"("Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"a:b"}]}]}]}]})",
         "accounts[0].users[0].policies[0]: Statement[0].NotAction"},
        {R"({"accounts":[{"account":"444455556666","distributions":["E1","E1"]}]})",
         "the distribution E1 exists already"},
        {R"({"accounts":[{"account":"444455556666","queues":[{"name":"q","region":"r",)"
         R"("attributes":{"DelaySeconds":"x"}}]}]})",
         "the queue q: "},
    };
    for (const Case& each : cases) {
        World world;
        const auto refused = ask(world, "POST", "accounts", each.body);
        EXPECT_TRUE(refused.status == 400 || refused.status == 409) << each.body;
        EXPECT_NE(refused.body.find(each.problem), std::string::npos) << refused.body;
        EXPECT_FALSE(told(world, "state").at("accounts").as_object().contains("444455556666"));
    }
}

TEST(ControlTest, state_tells_what_there_is_and_reset_takes_it_back) {
    SandboxParams params;
    params.accounts = parse_accounts(json::parse(an_account)).value();
    World world(std::move(params));
    const auto both = R"({"faults":[{"fault":"drop_after","service":"sts"}]})";
    EXPECT_EQ(ask(world, "POST", "faults", both).status, 200);
    const json::value state = told(world, "state");
    EXPECT_EQ(state.at("accounts").at("444455556666").at("users").at(0), "ada");
    EXPECT_TRUE(state.at("accounts").as_object().contains(controller_account.data()));
    EXPECT_EQ(state.at("faults").at(0).at("fault"), "drop_after");
    EXPECT_EQ(ask(world, "POST", "reset").status, 200);
    const json::value after = told(world, "state");
    EXPECT_EQ(after.at("accounts").as_object().size(), 1);
    EXPECT_TRUE(after.at("accounts").as_object().contains("444455556666"));
    EXPECT_TRUE(after.at("faults").as_array().empty());
    EXPECT_EQ(after.at("accounts").at("444455556666").at("queues"),
              json::value({{"arn:aws:sqs:eu-west-1:444455556666:tasks",
                            {{"visible", 0}, {"in_flight", 0}, {"delayed", 0}}}}));
}

TEST(ControlTest, call_that_waits_while_the_world_is_reset_ends_without_an_answer) {
    World world({.latency = {std::chrono::seconds(1), std::chrono::seconds(1)}});
    const auto exchange = world.sandbox.open(
        sign(sts_request({{"Action", "GetCallerIdentity"}}), {.keys = world.controller}),
        start_of_test());
    EXPECT_TRUE(std::holds_alternative<AskAgain>(world.sandbox.step(*exchange, start_of_test())));
    world.sandbox.reset(start_of_test());
    const Answer answer = world.sandbox.step(*exchange, later(std::chrono::seconds(1)));
    EXPECT_EQ(std::get<http::Response>(answer).status, 0);
}

TEST(ControlTest, calls_are_told_from_a_number_on) {
    World world;
    for (int i = 0; i < 3; ++i) {
        static_cast<void>(world.call_sts({{"Action", "GetCallerIdentity"}}));
    }
    EXPECT_EQ(told(world, "calls").as_array().size(), 3);
    const json::value last = told(world, "calls?since=2");
    ASSERT_EQ(last.as_array().size(), 1);
    EXPECT_EQ(last.at(0).at("number"), 2);
    EXPECT_EQ(last.at(0).at("time"), "2026-11-24T00:10:00Z");
    EXPECT_EQ(ask(world, "GET", "calls?since=x").status, 400);
}

TEST(ControlTest, log_holds_no_more_than_it_may) {
    CallLog log;
    const auto add = [&log](std::size_t bytes) {
        const auto record = log.open(start_of_test().wall);
        record->details["paths"] = boost::json::array{std::string(bytes, 'x')};
        log.close(*record);
    };
    constexpr std::size_t large = CallLog::details_bytes_max / 4;
    for (int i = 0; i < 6; ++i) {
        add(large);
    }
    const auto kept = log.since(0);
    ASSERT_EQ(kept.size(), 3);
    EXPECT_EQ(kept[0].at("number"), 3);
    EXPECT_EQ(log.total(), 6);
    const auto last = log.open(start_of_test().wall);
    log = CallLog();
    log.close(*last);
    EXPECT_TRUE(log.since(0).empty());
}

TEST(ControlTest, name_of_a_megabyte_is_not_kept) {
    World world;
    const auto refused = world.call_sts({{"Action", std::string(1'000'000, 'A')}});
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(world.sandbox.log().since(0)[0].at("action"), "");
}

TEST(ControlTest, unknown_request_is_told_what_there_is) {
    World world;
    for (const std::string name : {"", "stat", "faults"}) {
        const auto refused = ask(world, "GET", name);
        EXPECT_EQ(refused.status, 404);
        EXPECT_NE(refused.body.find("GET state"), std::string::npos);
    }
    EXPECT_EQ(ask(world, "DELETE", "reset").status, 404);
}

} // namespace
} // namespace exarch::sandbox
