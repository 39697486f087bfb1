#include "unit/sandbox/world.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view queue_url = "http://127.0.0.1:4600/999900001111/tasks";

/// The controller's account with a queue, and a user of another one.
class SqsAccessTest : public testing::Test {
protected:
    SqsAccessTest() {
        Directory& directory = world_.sandbox.directory();
        stranger_ =
            directory.put_key(directory.put_user({.account = base::AccountId(target_account),
                                                  .name = "stranger",
                                                  .policies = {allow(R"("sqs:*")", "*")}}),
                              {});
        EXPECT_EQ(call(world_.controller, "CreateQueue", {{"QueueName", "tasks"}}).status, 200);
    }

    http::Response call(const sigv4::Credentials& keys, std::string_view operation,
                        const json::object& parameters) {
        http::Request request{.method = "POST", .origin = {}};
        request.headers = {{"Host", "127.0.0.1:4600"},
                           {"Content-Type", "application/x-amz-json-1.0"},
                           {"X-Amz-Target", fmt::format("AmazonSQS.{}", operation)}};
        request.body = json::serialize(parameters);
        return world_.serve(
            sign(std::move(request), {.keys = keys, .service = "sqs", .region = "eu-west-1"}));
    }

    http::Response send(const sigv4::Credentials& keys) {
        return call(keys, "SendMessage", {{"QueueUrl", queue_url}, {"MessageBody", "a"}});
    }

    http::Response set_policy(std::string_view policy) {
        return call(world_.controller, "SetQueueAttributes",
                    {{"QueueUrl", queue_url}, {"Attributes", {{"Policy", policy}}}});
    }

    static std::string code_of(const http::Response& response) {
        const std::string header(response.headers.get("x-amzn-query-error").value_or(""));
        return header.substr(0, header.find(';'));
    }

    World world_;
    sigv4::Credentials stranger_;
};

TEST_F(SqsAccessTest, message_goes_in_and_comes_out_under_a_signature_and_into_the_log) {
    EXPECT_EQ(send(world_.controller).status, 200);
    const auto received =
        call(world_.controller, "ReceiveMessage",
             {{"QueueUrl", queue_url}, {"MessageSystemAttributeNames", json::array{"SenderId"}}});
    const json::value message = json::parse(received.body).at("Messages").at(0);
    EXPECT_EQ(message.at("Body"), "a");
    EXPECT_TRUE(message.at("Attributes").at("SenderId").as_string().starts_with("AIDA"));
    const json::array records = world_.sandbox.log().since(2);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].at("service"), "sqs");
    EXPECT_EQ(records[0].at("action"), "ReceiveMessage");
    EXPECT_EQ(records[0].at("queue").as_string(), queue_url);
    EXPECT_EQ(records[0].at("effect"), true);
}

TEST_F(SqsAccessTest, batch_of_which_every_entry_failed_has_no_effect) {
    const auto remove = [&](const json::array& handles) {
        json::array entries;
        for (const json::value& handle : handles) {
            entries.push_back({{"Id", fmt::to_string(entries.size())}, {"ReceiptHandle", handle}});
        }
        EXPECT_EQ(call(world_.controller, "DeleteMessageBatch",
                       {{"QueueUrl", queue_url}, {"Entries", entries}})
                      .status,
                  200);
        return world_.sandbox.log().since(0).back().at("effect").as_bool();
    };
    EXPECT_FALSE(remove({"made-up", "another"}));
    send(world_.controller);
    const auto received = call(world_.controller, "ReceiveMessage", {{"QueueUrl", queue_url}});
    const json::value message = json::parse(received.body).at("Messages").at(0);
    EXPECT_TRUE(remove({"made-up", message.at("ReceiptHandle")}));
}

TEST_F(SqsAccessTest, stranger_needs_the_policy_of_the_queue_too) {
    EXPECT_EQ(code_of(send(stranger_)), "AccessDenied");
    EXPECT_EQ(set_policy(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
                         R"({"AWS":"111122223333"},"Action":"sqs:SendMessage",)"
                         R"("Resource":"arn:aws:sqs:eu-west-1:999900001111:tasks"}]})")
                  .status,
              200);
    EXPECT_EQ(send(stranger_).status, 200);
    const auto refused = call(stranger_, "PurgeQueue", {{"QueueUrl", queue_url}});
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code_of(refused), "AccessDenied");
}

TEST_F(SqsAccessTest, what_is_the_owners_alone_no_policy_of_the_queue_gives_away) {
    EXPECT_EQ(set_policy(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
                         R"({"AWS":"111122223333"},"Action":"sqs:*","Resource":"*"}]})")
                  .status,
              200);
    EXPECT_EQ(call(stranger_, "PurgeQueue", {{"QueueUrl", queue_url}}).status, 200);
    for (const std::string_view operation :
         {"AddPermission", "DeleteQueue", "ListQueueTags", "RemovePermission", "SetQueueAttributes",
          "TagQueue", "UntagQueue"}) {
        EXPECT_EQ(code_of(call(stranger_, operation, {{"QueueUrl", queue_url}})), "AccessDenied")
            << operation;
    }
}

TEST_F(SqsAccessTest, permission_is_a_statement_of_the_policy_until_it_is_removed) {
    const auto add = [&](std::string_view label, json::array accounts, json::array actions) {
        return call(world_.controller, "AddPermission",
                    {{"QueueUrl", queue_url},
                     {"Label", label},
                     {"AWSAccountIds", std::move(accounts)},
                     {"Actions", std::move(actions)}});
    };
    EXPECT_EQ(add("share", {"111122223333"}, {"SendMessage", "GetQueueUrl"}).status, 200);
    EXPECT_EQ(add("other", {"444455556666"}, {"*"}).status, 200);
    const auto policy = [&] {
        return call(world_.controller, "GetQueueAttributes",
                    {{"QueueUrl", queue_url}, {"AttributeNames", json::array{"Policy"}}});
    };
    const std::string arn = "arn:aws:sqs:eu-west-1:999900001111:tasks";
    EXPECT_EQ(json::parse(json::parse(policy().body).at("Attributes").at("Policy").as_string()),
              json::value({{"Version", "2008-10-17"},
                           {"Id", arn + "/SQSDefaultPolicy"},
                           {"Statement",
                            {{{"Sid", "share"},
                              {"Effect", "Allow"},
                              {"Principal", {{"AWS", "arn:aws:iam::111122223333:root"}}},
                              {"Action", {"SQS:SendMessage", "SQS:GetQueueUrl"}},
                              {"Resource", arn}},
                             {{"Sid", "other"},
                              {"Effect", "Allow"},
                              {"Principal", {{"AWS", "arn:aws:iam::444455556666:root"}}},
                              {"Action", "SQS:*"},
                              {"Resource", arn}}}}}));
    EXPECT_EQ(send(stranger_).status, 200);
    EXPECT_EQ(code_of(call(stranger_, "ReceiveMessage", {{"QueueUrl", queue_url}})),
              "AccessDenied");
    EXPECT_NE(add("share", {"111122223333"}, {"*"}).body.find("Already exists."),
              std::string::npos);
    EXPECT_EQ(code_of(add("x y", {"111122223333"}, {"*"})), "InvalidParameterValue");
    EXPECT_EQ(code_of(add("x", {"1"}, {"*"})), "InvalidParameterValue");
    EXPECT_EQ(code_of(add("x", {"111122223333"}, {"SetQueueAttributes"})), "InvalidParameterValue");
    EXPECT_EQ(code_of(add("x", {"111122223333"}, {})), "MissingParameter");
    EXPECT_EQ(code_of(add("x", {"111122223333"}, json::array(8, "*"))), "OverLimit");
    const auto remove = [&](std::string_view label) {
        return call(world_.controller, "RemovePermission",
                    {{"QueueUrl", queue_url}, {"Label", label}});
    };
    EXPECT_EQ(remove("share").status, 200);
    EXPECT_EQ(code_of(send(stranger_)), "AccessDenied");
    EXPECT_NE(remove("share").body.find("can't find label"), std::string::npos);
    EXPECT_EQ(remove("other").status, 200);
    EXPECT_EQ(policy().body, "{}");
}

TEST_F(SqsAccessTest, permissions_end_where_the_quotas_of_a_policy_do) {
    const auto add = [&](int number, int accounts) {
        json::array ids;
        for (int i = 0; i < accounts; ++i) {
            ids.emplace_back(fmt::format("{:012}", 444455556666 + i));
        }
        return call(world_.controller, "AddPermission",
                    {{"QueueUrl", queue_url},
                     {"Label", fmt::format("share-{}", number)},
                     {"AWSAccountIds", ids},
                     {"Actions", {"SendMessage"}}});
    };
    EXPECT_EQ(code_of(add(0, 51)), "OverLimit");
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(add(i, 1).status, 200);
    }
    const auto refused = add(20, 1);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code_of(refused), "OverLimit");
}

TEST_F(SqsAccessTest, policy_that_aws_refuses_is_refused_in_its_words_alone) {
    constexpr std::string_view allowed =
        R"("Principal":"*","Action":"sqs:SendMessage","Resource":"*")";
    const std::string once = fmt::format(R"({{"Sid":"a","Effect":"Allow",{}}})", allowed);
    for (const std::string& statements :
         {std::string(R"({"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"})"),
          fmt::format(R"({{"Effect":"Permit",{}}})", allowed),
          fmt::format(R"({{"Effect":"Allow","Extra":1,{}}})", allowed),
          fmt::format("{0},{0}", once),
          std::string(R"({"Effect":"Allow","Principal":{"Nobody":"*"},"Action":"sqs:*",)"
                      R"("Resource":"*"})"),
          std::string("{"), std::string()}) {
        const auto refused =
            set_policy(fmt::format(R"({{"Version":"2012-10-17","Statement":[{}]}})", statements));
        EXPECT_EQ(code_of(refused), "InvalidAttributeValue") << statements;
        EXPECT_EQ(json::parse(refused.body).at("message"),
                  "Invalid value for the parameter Policy.")
            << statements;
    }
}

TEST_F(SqsAccessTest, policy_that_cannot_be_judged_is_refused_when_it_is_set) {
    for (const auto& [more, reason] :
         {std::pair<std::string_view, std::string_view>(
              R"("Principal":"*","Action":"sqs:*","Resource":"*","Condition":)"
              R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})",
              "IpAddress is not in this sandbox"),
          {R"("Principal":"*","Action":"sqs:*","Resource":"*","Condition":)"
           R"({"StringEquals":{"aws:SourceIp":"192.0.2.1"}})",
           "the condition key is not in this sandbox"},
          {R"("Principal":"*","Action":"sqs:*","Resource":"*","Condition":)"
           R"({"StringEquals":{"token.example.com:sub":"x"}})",
           "known to trust policies only in this sandbox"},
          {R"("Principal":"*","NotAction":"sqs:*","Resource":"*")",
           "NotAction: is not in this sandbox"},
          {R"("Principal":"*","Action":"sqs:*","Resource":"arn:aws:sqs:::${aws:username}")",
           "are not in this sandbox"},
          {R"("Principal":{"CanonicalUser":"x"},"Action":"sqs:*","Resource":"*")",
           "this kind of principal is not in this sandbox"}}) {
        const auto refused = set_policy(fmt::format(
            R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{}}}]}})", more));
        EXPECT_EQ(code_of(refused), "InvalidAttributeValue") << more;
        EXPECT_NE(refused.body.find(reason), std::string::npos) << refused.body;
    }
}

TEST_F(SqsAccessTest, refusals_before_the_service_are_in_the_protocol_of_the_request) {
    sigv4::Credentials wrong = world_.controller;
    wrong.secret_access_key = base::Secret("another");
    const auto refused = send(wrong);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code_of(refused), "SignatureDoesNotMatch");
    EXPECT_EQ(json::parse(refused.body).at("__type"),
              "com.amazon.coral.service#InvalidSignatureException");
}

TEST_F(SqsAccessTest, poll_of_a_session_whose_role_is_made_anew_is_refused) {
    Directory& directory = world_.sandbox.directory();
    const Role role{.account = base::AccountId(controller_account),
                    .name = "Poller",
                    .trust = trust(controller_account),
                    .policies = {allow(R"("sqs:*")", "*")}};
    const auto assumed = world_.assume({{"RoleArn", directory.put_role(role).arn()}});
    http::Request request{.method = "POST", .origin = {}};
    request.headers = {{"Host", "x"}, {"X-Amz-Target", "AmazonSQS.ReceiveMessage"}};
    request.body = json::serialize(json::object{{"QueueUrl", queue_url}, {"WaitTimeSeconds", 20}});
    const auto exchange = world_.sandbox.open(
        sign(std::move(request),
             {.keys = World::keys_of(assumed), .service = "sqs", .region = "eu-west-1"}),
        start_of_test());
    EXPECT_TRUE(std::holds_alternative<AskAgain>(world_.sandbox.step(*exchange, start_of_test())));
    directory.put_role(role);
    const Answer answer = world_.sandbox.step(*exchange, later(std::chrono::seconds(1)));
    EXPECT_EQ(code_of(std::get<http::Response>(answer)), "InvalidClientTokenId");
}

} // namespace
} // namespace exarch::sandbox
