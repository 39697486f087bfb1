#include "sandbox/sts/sts.hpp"
#include "sandbox/text.hpp"
#include "unit/sandbox/world.hpp"

#include <gtest/gtest.h>

#include <array>

namespace exarch::sandbox {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const std::map<std::string, std::string> who_am_i{{"Action", "GetCallerIdentity"}};

http::Response as(World& world, const sigv4::Credentials& keys,
                  const std::map<std::string, std::string>& form,
                  base::Moment at = start_of_test()) {
    return world.serve(sign(sts_request(form), {.keys = keys, .at = at}), at);
}

TEST(StsTest, session_acts_in_the_target_account) {
    World world;
    const auto opened = world.assume();
    ASSERT_EQ(opened.status, 200) << opened.body;
    EXPECT_EQ(element(opened, "Expiration"), "2026-11-24T01:10:00Z");
    EXPECT_EQ(element(opened, "Arn"),
              "arn:aws:sts::111122223333:assumed-role/CloudFrontInvalidationRole/session");
    EXPECT_TRUE(element(opened, "AssumedRoleId").starts_with("AROA"));
    const auto who = as(world, World::keys_of(opened), who_am_i);
    EXPECT_EQ(element(who, "Account"), target_account);
    EXPECT_EQ(element(who, "UserId"), element(opened, "AssumedRoleId"));
}

TEST(StsTest, session_ends_when_its_time_is_over) {
    World world;
    const auto keys = World::keys_of(world.assume({{"DurationSeconds", "900"}}));
    EXPECT_EQ(as(world, keys, who_am_i, later(seconds(899))).status, 200);
    const auto over = as(world, keys, who_am_i, later(seconds(900)));
    EXPECT_EQ(over.status, 403);
    EXPECT_EQ(element(over, "Code"), "ExpiredToken");
}

TEST(StsTest, session_ends_when_its_role_is_made_anew) {
    World world;
    const auto keys = World::keys_of(world.assume());
    world.sandbox.directory().put_role({.account = base::AccountId(target_account),
                                        .name = "CloudFrontInvalidationRole",
                                        .trust = trust(controller_account)});
    EXPECT_EQ(element(as(world, keys, who_am_i), "Code"), "InvalidClientTokenId");
}

TEST(StsTest, role_that_denies_and_role_that_is_missing_look_the_same) {
    World world;
    world.sandbox.directory().put_role({.account = base::AccountId(target_account),
                                        .name = "Closed",
                                        .trust = trust("444455556666")});
    for (const std::string name : {"Closed", "Missing"}) {
        const std::string arn = "arn:aws:iam::111122223333:role/" + name;
        const auto refused = world.assume({{"RoleArn", arn}});
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(element(refused, "Code"), "AccessDenied");
        EXPECT_EQ(element(refused, "Message"),
                  "User: arn:aws:iam::999900001111:user/exarch-controller is not authorized to "
                  "perform: sts:AssumeRole on resource: " +
                      arn);
    }
}

TEST(StsTest, external_id_must_match) {
    World world;
    world.sandbox.directory().put_role(
        {.account = base::AccountId(target_account),
         .name = "Asking",
         .trust = trust(controller_account,
                        R"(,"Condition":{"StringEquals":{"sts:ExternalId":"secret/1"}})")});
    const std::string arn = "arn:aws:iam::111122223333:role/Asking";
    EXPECT_EQ(world.assume({{"RoleArn", arn}, {"ExternalId", "secret/1"}}).status, 200);
    EXPECT_EQ(world.assume({{"RoleArn", arn}, {"ExternalId", "secret/2"}}).status, 403);
    EXPECT_EQ(world.assume({{"RoleArn", arn}}).status, 403);
}

TEST(StsTest, parameters_outside_their_limits_are_refused) {
    World world;
    struct Case {
        std::map<std::string, std::string> extra;
        std::string_view code;
    };
    const Case cases[] = {
        {{{"DurationSeconds", "899"}}, "ValidationError"},
        {{{"DurationSeconds", "43201"}}, "ValidationError"},
        {{{"DurationSeconds", "1e3"}}, "MalformedInput"},
        {{{"DurationSeconds", "3601"}}, "ValidationError"},
        {{{"RoleSessionName", "with space"}}, "ValidationError"},
        {{{"RoleSessionName", "x"}}, "ValidationError"},
        {{{"RoleArn", "short"}}, "ValidationError"},
        {{{"ExternalId", "x"}}, "ValidationError"},
        {{{"SourceIdentity", "with/slash"}}, "ValidationError"},
        {{{"Policy", "{"}}, "MalformedPolicyDocument"},
        {{{"Policy", R"({"Version":"2012-10-17","Statement":[]})"}}, "MalformedPolicyDocument"},
        {{{"Policy", std::string(2049, ' ')}}, "PackedPolicyTooLarge"},
        {{{"TransitiveTagKeys.member.1", "none"}}, "InvalidParameterValue"},
        {{{"Tags.member.1.Key", "a"}, {"Tags.member.2.Key", "A"}}, "InvalidParameterValue"},
        {{{"PolicyArns.member.1.arn", "x"}}, "NotInThisSandbox"},
    };
    for (const Case& each : cases) {
        const auto refused = world.assume(each.extra);
        EXPECT_EQ(element(refused, "Code"), each.code) << each.extra.begin()->second;
    }
}

TEST(StsTest, chained_session_lasts_an_hour_at_most_whatever_the_role_allows) {
    World world;
    world.sandbox.directory().put_role({.account = base::AccountId("444455556666"),
                                        .name = "Long",
                                        .trust = trust("*"),
                                        .session_max = hours(12)});
    const std::string arn = "arn:aws:iam::444455556666:role/Long";
    EXPECT_EQ(world.assume({{"RoleArn", arn}, {"DurationSeconds", "43200"}}).status, 200);
    auto& directory = world.sandbox.directory();
    directory.put_role({.account = base::AccountId(target_account),
                        .name = "CloudFrontInvalidationRole",
                        .trust = trust(controller_account),
                        .policies = {allow(R"("sts:AssumeRole")", "*")}});
    const auto keys = World::keys_of(world.assume());
    std::map<std::string, std::string> chained{
        {"Action", "AssumeRole"}, {"RoleArn", arn}, {"RoleSessionName", "chained"}};
    EXPECT_EQ(as(world, keys, chained).status, 200);
    chained["DurationSeconds"] = "3601";
    const auto refused = as(world, keys, chained);
    EXPECT_EQ(element(refused, "Code"), "ValidationError");
    EXPECT_NE(element(refused, "Message").find("role chaining"), std::string::npos);
}

TEST(StsTest, source_identity_and_transitive_tags_stay_along_a_chain) {
    World world;
    auto& directory = world.sandbox.directory();
    directory.put_role({.account = base::AccountId(target_account),
                        .name = "CloudFrontInvalidationRole",
                        .trust = trust(controller_account),
                        .policies = {allow(R"("sts:*")", "*")}});
    directory.put_role({.account = base::AccountId("444455556666"),
                        .name = "Next",
                        .trust = trust("111122223333", R"(,"Condition":{"StringEquals":{)"
                                                       R"("sts:SourceIdentity":"ada",)"
                                                       R"("aws:RequestTag/team":"shop",)"
                                                       R"("aws:SourceIdentity":"ada"}})")});
    const auto keys = World::keys_of(world.assume({{"SourceIdentity", "ada"},
                                                   {"Tags.member.1.Key", "team"},
                                                   {"Tags.member.1.Value", "shop"},
                                                   {"TransitiveTagKeys.member.1", "team"}}));
    std::map<std::string, std::string> chained{{"Action", "AssumeRole"},
                                               {"RoleArn", "arn:aws:iam::444455556666:role/Next"},
                                               {"RoleSessionName", "chained"}};
    const auto opened = as(world, keys, chained);
    EXPECT_EQ(opened.status, 200) << opened.body;
    EXPECT_EQ(element(opened, "SourceIdentity"), "ada");
    chained["SourceIdentity"] = "eve";
    EXPECT_EQ(element(as(world, keys, chained), "Code"), "AccessDenied");
    chained.erase("SourceIdentity");
    chained["Tags.member.1.Key"] = "team";
    chained["Tags.member.1.Value"] = "other";
    EXPECT_EQ(element(as(world, keys, chained), "Code"), "InvalidParameterValue");
}

TEST(StsTest, unknown_action_is_told_with_what_there_is) {
    World world;
    const auto refused = world.call_sts({{"Action", "GetSessionToken"}});
    EXPECT_EQ(element(refused, "Code"), "NotInThisSandbox");
    EXPECT_EQ(element(refused, "Message"), "GetSessionToken of STS is not in this sandbox. There "
                                           "is: AssumeRole, AssumeRoleWithWebIdentity, "
                                           "GetCallerIdentity");
    EXPECT_EQ(element(world.call_sts({}), "Code"), "MissingAction");
}

TEST(StsTest, action_that_sts_itself_has_not_is_invalid) {
    World world;
    const auto refused = world.call_sts({{"Action", "GetSecretToken"}});
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(element(refused, "Code"), "InvalidAction");
    EXPECT_EQ(element(refused, "Message"),
              "Could not find operation GetSecretToken for version 2011-06-15");
}

TEST(StsTest, action_that_is_invalid_is_told_with_its_version_in_a_namespace_of_its_own) {
    World world;
    struct Case {
        std::string_view body;
        std::string_view message;
    };
    constexpr std::array<Case, 3> cases{
        {{"Action=&Version=2011-06-15", "Could not find operation  for version 2011-06-15"},
         {"Action=GetCallerIdentity",
          "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED"},
         {"Action=GetCallerIdentity&Version=2011-06-16",
          "Could not find operation GetCallerIdentity for version 2011-06-16"}}};
    for (const Case& each : cases) {
        http::Request request = sts_request({});
        request.body = each.body;
        const auto refused = world.serve(sign(std::move(request), {.keys = world.controller}));
        EXPECT_EQ(refused.status, 400) << each.body;
        EXPECT_EQ(element(refused, "Code"), "InvalidAction") << each.body;
        EXPECT_EQ(element(refused, "Message"), each.message);
        EXPECT_TRUE(refused.body.contains(
            "<ErrorResponse xmlns=\"http://webservices.amazon.com/AWSFault/2005-15-09\">"))
            << refused.body;
    }
}

TEST(StsTest, parameter_that_comes_twice_counts_as_it_came_first) {
    World world;
    http::Request request = sts_request({{"Action", "GetCallerIdentity"}});
    request.body += "&Action=AssumeRole&Version=1999-01-01";
    const auto who = world.serve(sign(std::move(request), {.keys = world.controller}));
    EXPECT_EQ(who.status, 200) << who.body;
    EXPECT_EQ(element(who, "Account"), controller_account);
}

TEST(StsTest, every_answer_has_an_extended_request_id_of_its_own) {
    World world;
    const auto extended = [](const http::Response& response) {
        return std::string(response.headers.get("x-amz-sts-extended-request-id").value_or(""));
    };
    const std::string first = extended(world.call_sts(who_am_i));
    const std::string refused = extended(world.call_sts({{"Action", "GetSecretToken"}}));
    const std::string unsigned_one = extended(world.serve(sts_request(who_am_i)));
    for (const std::string& id : {first, refused, unsigned_one}) {
        EXPECT_GE(id.size(), 16);
        EXPECT_TRUE(is_word_of(id, "+/=")) << id;
    }
    EXPECT_NE(first, refused);
    EXPECT_NE(refused, unsigned_one);
}

TEST(StsTest, role_whose_arn_is_none_is_refused_as_invalid_and_not_as_denied) {
    World world;
    for (const std::string arn :
         {"nothing-valid-in-here", "arn:aws:iam:111122223333:role/Ops",
          "arn::iam::111122223333:role/Ops", "arn:aws:::111122223333:role/Ops",
          "arn:aws:iam::111122223333:", "urn:aws:iam::111122223333:role/Ops"}) {
        const auto refused = world.assume({{"RoleArn", arn}});
        EXPECT_EQ(refused.status, 400) << arn;
        EXPECT_EQ(element(refused, "Code"), "ValidationError") << arn;
        EXPECT_EQ(element(refused, "Message"), arn + " is invalid");
    }
}

TEST(StsTest, log_tells_who_asked_for_which_role) {
    World world;
    static_cast<void>(world.assume());
    const auto records = world.sandbox.log().since(0);
    ASSERT_EQ(records.size(), 1);
    const auto& record = records[0].as_object();
    EXPECT_EQ(record.at("service"), "sts");
    EXPECT_EQ(record.at("action"), "AssumeRole");
    EXPECT_EQ(record.at("account"), "999900001111");
    EXPECT_EQ(record.at("target"), "111122223333");
    EXPECT_EQ(record.at("outcome"), "200");
    EXPECT_EQ(record.at("effect"), true);
}

TEST(StsTest, every_answer_tells_the_time) {
    World world;
    const auto date = [](const http::Response& response) { return response.headers.get("Date"); };
    EXPECT_EQ(date(world.call_sts({{"Action", "GetCallerIdentity"}})),
              "Tue, 24 Nov 2026 00:10:00 GMT");
    EXPECT_EQ(
        date(world.call_sts({{"Action", "GetCallerIdentity"}}, later(std::chrono::seconds(1)))),
        "Tue, 24 Nov 2026 00:10:01 GMT");
    EXPECT_EQ(date(world.serve(sts_request({{"Action", "GetCallerIdentity"}}))),
              "Tue, 24 Nov 2026 00:10:00 GMT");
}

} // namespace
} // namespace exarch::sandbox
