#include "aws/sts.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::aws {
namespace {

const Endpoint endpoint{
    {true, "sts.eu-west-1.amazonaws.com", 443}, "", "sts", base::Region("eu-west-1")};

Reply reply(std::string body) {
    Reply result;
    result.status = 200;
    result.body = std::move(body);
    return result;
}

AssumeRoleParams params() {
    AssumeRoleParams result;
    result.role = base::RoleArn("arn:aws:iam::111122223333:role/R");
    result.session_name = "S";
    return result;
}

TEST(StsTest, what_is_empty_is_not_sent) {
    const ServiceRequest request = assume_role_request(endpoint, params());
    EXPECT_EQ(request.body, "Action=AssumeRole&Version=2011-06-15&"
                            "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2FR&"
                            "RoleSessionName=S&DurationSeconds=3600");
    EXPECT_EQ(request.target, "/");
    EXPECT_EQ(request.signing_name, "sts");
    EXPECT_FALSE(request.mutating);
}

TEST(StsTest, every_parameter_is_encoded) {
    AssumeRoleParams all = params();
    all.external_id = "a b+c&d=e";
    all.policy = "{\"x\":\"\xc3\xa9\"}";
    all.source_identity = "who";
    all.duration = std::chrono::minutes(15);
    all.tags = {{"k1", "v&1"}, {"k2", ""}};
    all.transitive_tags = {"k1"};
    const std::string body = assume_role_request(endpoint, all).body;
    for (const std::string_view part :
         {"&ExternalId=a%20b%2Bc%26d%3De", "&Policy=%7B%22x%22%3A%22%C3%A9%22%7D",
          "&SourceIdentity=who", "&DurationSeconds=900", "&Tags.member.1.Key=k1",
          "&Tags.member.1.Value=v%261",
          "&Tags.member.2.Key=k2&Tags.member.2.Value=", "&TransitiveTagKeys.member.1=k1"}) {
        EXPECT_TRUE(body.contains(part)) << part << " in " << body;
    }
}

TEST(StsTest, web_identity_carries_its_token) {
    WebIdentityParams identity;
    identity.role = base::RoleArn("arn");
    identity.session_name = "S";
    identity.token = base::Secret("a.b+c");
    EXPECT_EQ(web_identity_request(endpoint, identity).body,
              "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn&RoleSessionName=S&"
              "WebIdentityToken=a.b%2Bc");
}

constexpr std::string_view credentials_xml =
    "<Credentials><AccessKeyId>ASIAX</AccessKeyId>\n<SecretAccessKey>s/e+c</SecretAccessKey>"
    "<SessionToken> tok </SessionToken><Expiration>2026-11-24T01:00:00Z</Expiration></Credentials>";

TEST(StsTest, session_of_a_role) {
    const std::string body =
        "<AssumeRoleResponse "
        "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>" +
        std::string(credentials_xml) +
        "<AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/R/S</Arn><AssumedRoleId>AROA:S"
        "</AssumedRoleId></AssumedRoleUser><PackedPolicySize>42</PackedPolicySize>"
        "</AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
        "</AssumeRoleResponse>";
    const AssumedRole role = parse_assumed_role(reply(body)).value();
    EXPECT_EQ(role.credentials.access_key_id.value(), "ASIAX");
    EXPECT_EQ(role.credentials.secret_access_key.reveal(), "s/e+c");
    EXPECT_EQ(role.credentials.session_token.reveal(), "tok");
    EXPECT_EQ(role.credentials.expires_at, base::parse_timestamp("2026-11-24T01:00:00Z").value());
    EXPECT_EQ(role.arn, "arn:aws:sts::1:assumed-role/R/S");
    EXPECT_EQ(role.packed_policy_percent, 42);
}

TEST(StsTest, session_of_a_web_identity) {
    const std::string body =
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>" +
        std::string(credentials_xml) +
        "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
    const AssumedRole role = parse_assumed_role(reply(body)).value();
    EXPECT_EQ(role.credentials.access_key_id.value(), "ASIAX");
    EXPECT_EQ(role.packed_policy_percent, std::nullopt);
}

TEST(StsTest, incomplete_or_foreign_replies_are_failures_that_show_no_secret) {
    const std::string all(credentials_xml);
    std::vector<std::string> bodies = {"", "{}", "<html/>", "<AssumeRoleResponse/>", "<a", all};
    for (const std::string_view name :
         {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}) {
        std::string broken = all;
        broken.replace(broken.find("<" + std::string(name)) + 1, name.size(),
                       std::string(name.size(), 'x'));
        broken.replace(broken.find("</" + std::string(name)) + 2, name.size(),
                       std::string(name.size(), 'x'));
        bodies.push_back("<AssumeRoleResponse><AssumeRoleResult>" + broken +
                         "</AssumeRoleResult></AssumeRoleResponse>");
    }
    for (const std::string& body : bodies) {
        const Outcome<AssumedRole> outcome = parse_assumed_role(reply(body));
        ASSERT_FALSE(outcome.has_value()) << body;
        EXPECT_EQ(outcome.error().remedy, Remedy::retry);
        EXPECT_FALSE(outcome.error().message.contains("s/e+c")) << outcome.error().message;
    }
}

TEST(StsTest, caller_identity) {
    const CallerIdentity expected{base::AccountId("111122223333"), "arn:aws:iam::1:user/u", "AIDA"};
    EXPECT_EQ(
        parse_caller_identity(reply("<GetCallerIdentityResponse><GetCallerIdentityResult>"
                                    "<Arn>arn:aws:iam::1:user/u</Arn><UserId>AIDA</UserId>"
                                    "<Account>111122223333</Account></GetCallerIdentityResult>"
                                    "</GetCallerIdentityResponse>"))
            .value(),
        expected);
    EXPECT_FALSE(parse_caller_identity(reply("<x/>")).has_value());
}

} // namespace
} // namespace exarch::aws
