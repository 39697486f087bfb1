#include "aws/credentials/caching_provider.hpp"
#include "aws/credentials/document.hpp"
#include "aws/credentials/process/process_provider.hpp"
#include "unit/aws/loopback.hpp"
#include "unit/aws/temporary_file.hpp"

namespace exarch::aws {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

TEST(ProcessDocumentTest, reads_keys_token_and_end) {
    const auto all = parse_process_document(
        R"({"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": "s", "SessionToken": "t",
            "Expiration": "2026-11-24T18:00:00+01:00", "AccountId": "111122223333"})",
        "here");
    ASSERT_TRUE(all.has_value()) << all.error().message();
    EXPECT_EQ(all->access_key_id.value(), "AK");
    EXPECT_EQ(all->secret_access_key.reveal(), "s");
    EXPECT_EQ(all->session_token.reveal(), "t");
    EXPECT_EQ(all->expires_at, base::parse_timestamp("2026-11-24T17:00:00Z").value());
    const auto keys = parse_process_document(
        R"({"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": "s", "Expiration": null})",
        "here");
    EXPECT_EQ(keys->expires_at, std::nullopt);
    EXPECT_TRUE(keys->session_token.empty());
}

TEST(ProcessDocumentTest, anything_else_is_a_failure_that_quotes_no_secret) {
    for (const std::string_view output :
         {"", "SECRET", "[]", R"({"AccessKeyId": "AK", "SecretAccessKey": "SECRET"})",
          R"({"Version": 2, "AccessKeyId": "AK", "SecretAccessKey": "SECRET"})",
          R"({"Version": "1", "AccessKeyId": "AK", "SecretAccessKey": "SECRET"})",
          R"({"Version": 1, "SecretAccessKey": "SECRET"})",
          R"({"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": "SECRET", "Expiration": 1})",
          R"({"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": "SECRET"} SECRET)"}) {
        const auto result = parse_process_document(output, "here");
        ASSERT_FALSE(result.has_value()) << output;
        EXPECT_EQ(result.error().kind(), base::ErrorKind::unreachable);
        EXPECT_FALSE(result.error().message().contains("SECRET")) << result.error().message();
    }
}

class ProcessProviderTest : public testing::Test {
protected:
    [[nodiscard]] std::unique_ptr<ProcessProvider> provider(std::string command) {
        return std::make_unique<ProcessProvider>(loopback_.io.get_executor(), environment_, "p",
                                                 std::move(command));
    }

    Loopback loopback_{[](const http::Request&) { return response(500); }};
    base::Environment environment_{Variables{{"PATH", "/usr/bin:/bin"}}};
};

TEST_F(ProcessProviderTest, failure_names_the_profile) {
    const auto message = [this](std::string command) {
        return loopback_.run(provider(std::move(command))->get()).error().message();
    };
    EXPECT_TRUE(message("false").starts_with(
        "credential_process of the profile p: false exited with code 1"));
    EXPECT_EQ(message("x '"), "credential_process of the profile p: a ' is never closed");
    EXPECT_EQ(message("echo {}"), "credential_process of the profile p gave no credentials: it "
                                  "must print Version 1, the only one there is");
}

/// The program is asked again ahead of the end of what it gave, and not before.
TEST_F(ProcessProviderTest, is_kept_until_its_end_nears) {
    const TemporaryFile file("");
    const auto print = [&file](std::string_view id, std::string_view end) {
        file.write(std::string(R"({"Version": 1, "AccessKeyId": ")").append(id) +
                   R"(", "SecretAccessKey": "s", "Expiration": ")" + std::string(end) + "\"}");
    };
    CachingProvider cached(loopback_.io.get_executor(), loopback_.clock,
                           provider("cat '" + file.path() + "'"));
    print("ONE", "2026-11-24T13:00:00Z");
    EXPECT_EQ(loopback_.run(cached.get())->access_key_id.value(), "ONE");
    print("TWO", "2026-11-24T14:00:00Z");
    EXPECT_EQ(loopback_.run(cached.get())->access_key_id.value(), "ONE");
    loopback_.clock.advance(std::chrono::minutes(51));
    EXPECT_EQ(loopback_.run(cached.get())->access_key_id.value(), "TWO");
}

} // namespace
} // namespace exarch::aws
