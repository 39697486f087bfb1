#include "aws/credentials/document.hpp"
#include "aws/credentials/static_provider.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::aws {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

base::Result<sigv4::Credentials> from(Variables variables) {
    return environment_credentials(base::Environment(std::move(variables)));
}

TEST(EnvironmentCredentialsTest, need_both_halves) {
    const auto both = from({{"AWS_ACCESS_KEY_ID", "AK"},
                            {"AWS_SECRET_ACCESS_KEY", "SECRET"},
                            {"AWS_SESSION_TOKEN", "token"}});
    EXPECT_EQ(both->access_key_id.value(), "AK");
    EXPECT_EQ(both->secret_access_key.reveal(), "SECRET");
    EXPECT_EQ(both->session_token.reveal(), "token");
    EXPECT_EQ(both->expires_at, std::nullopt);
    EXPECT_EQ(from({}).error().kind(), base::ErrorKind::not_found);
    EXPECT_EQ(from({{"AWS_SECRET_ACCESS_KEY", "SECRET"}}).error().kind(),
              base::ErrorKind::not_found);
    const auto half = from({{"AWS_ACCESS_KEY_ID", "AK"}});
    EXPECT_EQ(half.error().kind(), base::ErrorKind::invalid);
    EXPECT_TRUE(half.error().message().contains("AWS_SECRET_ACCESS_KEY"));
}

TEST(ProfileKeysTest, need_both_halves) {
    ProfileSection section;
    EXPECT_EQ(profile_keys(section, "p").error().kind(), base::ErrorKind::not_found);
    section.values["aws_access_key_id"] = "AK";
    EXPECT_EQ(profile_keys(section, "p").error().kind(), base::ErrorKind::invalid);
    section.values["aws_secret_access_key"] = "SECRET";
    EXPECT_EQ(profile_keys(section, "p")->access_key_id.value(), "AK");
    EXPECT_TRUE(profile_keys(section, "p")->session_token.empty());
}

TEST(CredentialsDocumentTest, reads_keys_and_end) {
    const auto result = parse_credentials_document(
        R"({"Code": "Success", "AccessKeyId": "AK", "SecretAccessKey": "s", "Token": "t",
            "Expiration": "2026-11-24T18:00:00Z", "Type": "AWS-HMAC"})",
        "here");
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->access_key_id.value(), "AK");
    EXPECT_EQ(result->session_token.reveal(), "t");
    EXPECT_EQ(result->expires_at, base::parse_timestamp("2026-11-24T18:00:00Z").value());
    EXPECT_TRUE(
        parse_credentials_document(R"({"AccessKeyId": "AK", "SecretAccessKey": "s"})", "here")
            .has_value());
}

TEST(CredentialsDocumentTest, anything_else_is_a_failure_that_quotes_no_secret) {
    for (const std::string_view body :
         {"", "null", "[]", "<html>", R"({"AccessKeyId": "AK"})",
          R"({"SecretAccessKey": "SECRET"})", R"({"AccessKeyId": 1, "SecretAccessKey": "SECRET"})",
          R"({"AccessKeyId": "AK", "SecretAccessKey": "SECRET", "Expiration": "soon"})",
          R"({"Code": "Failed", "Message": "no", "SecretAccessKey": "SECRET"})",
          R"({"AccessKeyId": "AK", "SecretAccessKey": "SECRET")"}) {
        const auto result = parse_credentials_document(body, "here");
        ASSERT_FALSE(result.has_value()) << body;
        EXPECT_EQ(result.error().kind(), base::ErrorKind::unreachable);
        EXPECT_TRUE(result.error().message().starts_with("here gave no credentials"));
        EXPECT_FALSE(result.error().message().contains("SECRET")) << result.error().message();
    }
}

} // namespace
} // namespace exarch::aws
