#include "aws/detail/ssm_codec.hpp"
#include "base/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::aws {
namespace {

const Endpoint endpoint{
    {true, "ssm.eu-west-1.amazonaws.com", 443}, "/way", "ssm", base::Region("eu-west-1")};

Reply reply(std::string body) {
    Reply result;
    result.status = 200;
    result.body = std::move(body);
    return result;
}

boost::json::value json(std::string_view text) {
    return base::parse_json(text).value();
}

TEST(SsmTest, a_parameter_is_asked_for_decrypted) {
    const ServiceRequest request = get_parameter_request(endpoint, "/exarch/config:3");
    EXPECT_EQ(request.headers.get("x-amz-target"), "AmazonSSM.GetParameter");
    EXPECT_EQ(request.headers.get("content-type"), "application/x-amz-json-1.1");
    EXPECT_EQ(request.target, "/way/");
    EXPECT_EQ(json(request.body), json(R"({"Name": "/exarch/config:3", "WithDecryption": true})"));
    EXPECT_FALSE(request.mutating);
}

TEST(SsmTest, a_parameter_comes_with_its_type_and_version) {
    const auto parameter = parse_parameter(reply(
        R"({"Parameter": {"ARN": "arn:aws:ssm:eu-west-1:999900001111:parameter/exarch/config",
            "DataType": "text", "LastModifiedDate": 1794600000.123, "Name": "/exarch/config",
            "Type": "SecureString", "Value": "version: 1\n", "Version": 12}})"));
    EXPECT_EQ(parameter, (Outcome<SsmParameter>(SsmParameter{"SecureString", "version: 1\n", 12})));
}

TEST(SsmTest, a_reply_that_is_no_parameter_is_unreadable_and_may_be_asked_for_again) {
    for (const char* body :
         {"", "{", "null", "[]", "{}", R"({"Parameter": null})", R"({"Parameter": []})",
          R"({"Parameter": {"Value": "x"}})", R"({"Parameter": {"Version": 1}})",
          R"({"Parameter": {"Value": 7, "Version": 1}})",
          R"({"Parameter": {"Value": "x", "Version": 0}})",
          R"({"Parameter": {"Value": "x", "Version": -1}})",
          R"({"Parameter": {"Value": "x", "Version": 1.5}})",
          R"({"Parameter": {"Value": "x", "Version": "1"}})",
          R"({"Parameter": {"Value": "x", "Version": 18446744073709551615}})"}) {
        const auto parameter = parse_parameter(reply(body));
        ASSERT_FALSE(parameter.has_value()) << body;
        EXPECT_EQ(parameter.error().remedy, Remedy::retry) << body;
        EXPECT_EQ(parameter.error().code, "UnreadableReply") << body;
    }
}

TEST(SsmTest, a_first_value_overwrites_nothing) {
    const ServiceRequest request =
        put_parameter_request(endpoint, {.name = "/exarch/config", .value = "version: 1\n"});
    EXPECT_EQ(request.headers.get("x-amz-target"), "AmazonSSM.PutParameter");
    EXPECT_EQ(json(request.body), json(R"({"Name": "/exarch/config", "Value": "version: 1\n",
                                           "Type": "String", "Overwrite": false})"));
    EXPECT_TRUE(request.mutating);
}

TEST(SsmTest, a_long_value_makes_a_parameter_an_advanced_one) {
    const ServiceRequest request = put_parameter_request(endpoint, {.name = "/exarch/config",
                                                                    .value = "version: 1\n",
                                                                    .type = "StringList",
                                                                    .overwrites = true,
                                                                    .is_advanced = true});
    EXPECT_EQ(json(request.body),
              json(R"({"Name": "/exarch/config", "Value": "version: 1\n", "Type": "StringList",
                       "Overwrite": true, "Tier": "Advanced"})"));
}

TEST(SsmTest, without_the_new_version_it_is_not_known_whether_a_value_was_put) {
    EXPECT_EQ(parse_version(reply(R"({"Tier": "Standard", "Version": 2})")),
              Outcome<std::int64_t>(2));
    for (const char* body : {"", "{}", R"({"Version": "2"})", R"({"Version": 0})", "[2]"}) {
        const auto version = parse_version(reply(body));
        ASSERT_FALSE(version.has_value()) << body;
        EXPECT_EQ(version.error().remedy, Remedy::outcome_unknown) << body;
    }
}

TEST(SsmTest, refusals_say_what_to_do) {
    const auto remedy = [](std::string_view code) {
        return classify({.service = "ssm", .code = code, .message = "", .http_status = 400});
    };
    EXPECT_EQ(remedy("ParameterNotFound"), Remedy::not_found);
    EXPECT_EQ(remedy("ParameterVersionNotFound"), Remedy::not_found);
    EXPECT_EQ(remedy("AccessDeniedException"), Remedy::denied);
    EXPECT_EQ(remedy("InvalidKeyId"), Remedy::denied);
    EXPECT_EQ(remedy("TooManyUpdates"), Remedy::slow_down);
    EXPECT_EQ(remedy("ThrottlingException"), Remedy::slow_down);
    EXPECT_EQ(remedy("ParameterAlreadyExists"), Remedy::give_up);
    EXPECT_EQ(remedy("ValidationException"), Remedy::give_up);
}

} // namespace
} // namespace exarch::aws
