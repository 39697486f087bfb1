#include "aws/credentials/sso/sso_provider.hpp"
#include "base/json.hpp"
#include "unit/aws/loopback.hpp"
#include "unit/aws/temporary_file.hpp"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

namespace exarch::aws {
namespace {

constexpr std::string_view keys =
    R"({"roleCredentials": {"accessKeyId": "ASIASSO", "secretAccessKey": "s", "sessionToken": "t",
        "expiration": 1795539600000}})";
constexpr std::string_view created =
    R"({"accessToken": "NEW", "expiresIn": 3600, "refreshToken": "NEXT", "tokenType": "Bearer"})";

/// IAM Identity Center: its portal gives keys to the tokens it knows, its OIDC service new tokens.
class SsoProviderTest : public testing::Test {
protected:
    SsoProviderTest() {
        config_ = {"p", "s", "https://start", base::Region("eu-west-1"), "111122223333", "Role/x"};
    }

    http::Response answer(const http::Request& request) {
        if (request.target == "/token") {
            ++refreshed_;
            return refreshing_;
        }
        const auto token = request.headers.get("x-amz-sso_bearer_token");
        return token == "OLD" || token == "NEW"
                   ? portal_
                   : response(401, R"({"message": "Session token not found or invalid"})",
                              {{"x-amzn-ErrorType", "UnauthorizedException"}});
    }
    SsoProvider provider() {
        Endpoint endpoint;
        endpoint.origin = loopback_.origin();
        endpoint.signing_region = config_.region;
        return {loopback_.caller, loopback_.clock, config_, {endpoint, endpoint, file_.path()}};
    }
    base::Result<sigv4::Credentials> get() {
        SsoProvider asked = provider();
        return loopback_.run(asked.get());
    }
    /// The clock stands at noon.
    void store(std::string_view end, std::string_view registration_end = "2026-12-24T12:00:00Z") {
        file_.write(R"({"startUrl": "https://start", "region": "eu-west-1", "accessToken": "OLD",
                       "clientId": "id", "clientSecret": "SECRET", "refreshToken": "FIRST",
                       "expiresAt": ")" +
                    std::string(end) + R"(", "registrationExpiresAt": ")" +
                    std::string(registration_end) + "\"}");
    }
    [[nodiscard]] std::string stored() const {
        std::ifstream content(file_.path());
        return {std::istreambuf_iterator<char>(content), {}};
    }

    SsoConfig config_;
    int refreshed_ = 0;
    http::Response refreshing_ = response(200, std::string(created));
    http::Response portal_ = response(200, std::string(keys));
    const TemporaryFile file_{""};
    Loopback loopback_{[this](const http::Request& request) { return answer(request); }};
};

TEST_F(SsoProviderTest, token_buys_the_keys_of_the_role) {
    store("2026-11-24T12:15:00Z");
    const auto credentials = get();
    ASSERT_TRUE(credentials.has_value()) << credentials.error().message();
    EXPECT_EQ(credentials->access_key_id.value(), "ASIASSO");
    EXPECT_EQ(credentials->secret_access_key.reveal(), "s");
    EXPECT_EQ(credentials->session_token.reveal(), "t");
    EXPECT_EQ(credentials->expires_at, base::parse_timestamp("2026-11-24T17:00:00Z").value());
    ASSERT_EQ(loopback_.requests.size(), 1U);
    const http::Request& request = loopback_.requests[0];
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/federation/credentials?role_name=Role%2Fx&account_id=111122223333");
    EXPECT_EQ(request.headers.get("x-amz-sso_bearer_token"), "OLD");
    EXPECT_EQ(request.headers.get("Authorization"), std::nullopt);
}

TEST_F(SsoProviderTest, token_about_to_end_is_refreshed_and_written_back) {
    for (const std::string_view end : {"2026-11-24T12:14:59Z", "2026-11-24T11:00:00Z"}) {
        loopback_.requests.clear();
        store(end);
        EXPECT_TRUE(get().has_value());
        EXPECT_EQ(loopback_.requests.at(0).method, "POST");
        EXPECT_EQ(base::parse_json(loopback_.requests.at(0).body).value(),
                  base::parse_json(R"({"clientId": "id", "clientSecret": "SECRET",
                                       "grantType": "refresh_token", "refreshToken": "FIRST"})")
                      .value());
        EXPECT_EQ(loopback_.requests.at(1).headers.get("x-amz-sso_bearer_token"), "NEW");
        EXPECT_EQ(base::parse_json(stored()).value(),
                  base::parse_json(R"({"startUrl": "https://start", "region": "eu-west-1",
                                       "accessToken": "NEW", "expiresAt": "2026-11-24T13:00:00Z",
                                       "clientId": "id", "clientSecret": "SECRET",
                                       "registrationExpiresAt": "2026-12-24T12:00:00Z",
                                       "refreshToken": "NEXT"})")
                      .value());
    }
    struct stat status{};
    ASSERT_EQ(::stat(file_.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(SsoProviderTest, token_that_still_holds_is_used_where_refreshing_fails) {
    refreshing_ = response(503);
    store("2026-11-24T12:05:00Z");
    EXPECT_TRUE(get().has_value());
    EXPECT_EQ(loopback_.requests.at(1).headers.get("x-amz-sso_bearer_token"), "OLD");
    EXPECT_EQ(refreshed_, 1);
}

TEST_F(SsoProviderTest, what_a_login_would_mend_says_so) {
    const auto is_told = [this](std::string_view why) {
        const auto result = get();
        ASSERT_FALSE(result.has_value()) << why;
        EXPECT_EQ(result.error().kind(), base::ErrorKind::denied) << result.error().message();
        EXPECT_TRUE(result.error().message().contains(why)) << result.error().message();
        EXPECT_TRUE(result.error().message().ends_with("run `aws sso login --profile p`"))
            << result.error().message();
        EXPECT_FALSE(result.error().message().contains("SECRET"));
    };
    refreshing_ = response(400, R"({"error": "invalid_grant", "error_description": "x"})",
                           {{"x-amzn-ErrorType", "InvalidGrantException"}});
    store("2026-11-24T12:00:00Z");
    is_told("has ended at 2026-11-24T12:00:00Z, and can't be refreshed (CreateToken: "
            "InvalidGrantException");
    store("2026-11-24T12:00:00Z", "2026-11-24T12:00:00Z");
    is_told("has ended at 2026-11-24T12:00:00Z");
    EXPECT_EQ(refreshed_, 1) << "a registration that has ended refreshes nothing";
    file_.write(R"({"accessToken": "REVOKED", "expiresAt": "2026-11-24T20:00:00Z"})");
    is_told("AWS does not take");
    for (const std::string_view text :
         {"", "[]", "{\"SECRET\"", R"({"accessToken": "SECRET"})",
          R"({"accessToken": "SECRET\r\nX: y", "expiresAt": "2026-11-24T20:00:00Z"})",
          R"({"accessToken": "SECRET", "expiresAt": "soon"})"}) {
        file_.write(text);
        is_told(file_.path());
    }
}

TEST_F(SsoProviderTest, older_form_is_not_refreshed) {
    config_.session = "";
    store("2026-11-24T12:01:00UTC");
    EXPECT_TRUE(get().has_value());
    store("2026-11-24T12:00:00UTC");
    EXPECT_EQ(get().error().kind(), base::ErrorKind::denied);
    EXPECT_EQ(refreshed_, 0);
}

TEST_F(SsoProviderTest, login_mends_it_without_a_restart) {
    config_.session = "";
    SsoProvider asked = provider();
    store("2026-11-24T11:00:00Z");
    EXPECT_FALSE(loopback_.run(asked.get()).has_value());
    store("2026-11-24T20:00:00Z");
    EXPECT_TRUE(loopback_.run(asked.get()).has_value());
}

/// Even where its end seems to come sooner: what AWS has refused stands in nobody's way.
TEST_F(SsoProviderTest, login_mends_a_refreshed_token_that_was_revoked) {
    SsoProvider asked = provider();
    store("2026-11-24T12:05:00Z");
    EXPECT_TRUE(loopback_.run(asked.get()).has_value());
    const http::Response keys_reply = portal_;
    portal_ = response(401, "{}");
    EXPECT_FALSE(loopback_.run(asked.get()).has_value());
    portal_ = keys_reply;
    store("2026-11-24T12:30:00Z");
    EXPECT_TRUE(loopback_.run(asked.get()).has_value());
    EXPECT_EQ(loopback_.requests.back().headers.get("x-amz-sso_bearer_token"), "OLD");
}

/// As in a container, where the cache may be read and not written.
TEST_F(SsoProviderTest, token_that_cant_be_written_back_is_kept) {
    store("2026-11-24T12:05:00Z");
    // The name of the new file would be longer than any may be, also for root.
    constexpr std::size_t name_bytes_max = 255;
    const std::filesystem::path folder = std::filesystem::path(file_.path()).parent_path();
    const std::filesystem::path link = folder / std::string(name_bytes_max, 'x');
    std::filesystem::remove(link);
    std::filesystem::create_symlink(file_.path(), link);
    Endpoint endpoint;
    endpoint.origin = loopback_.origin();
    SsoProvider asked(loopback_.caller, loopback_.clock, config_, {endpoint, endpoint, link});
    EXPECT_TRUE(loopback_.run(asked.get()).has_value());
    EXPECT_TRUE(loopback_.run(asked.get()).has_value());
    std::filesystem::remove(link);
    EXPECT_TRUE(stored().contains("OLD"));
    EXPECT_EQ(refreshed_, 1);
}

TEST_F(SsoProviderTest, refused_role_is_denied_and_an_outage_is_not) {
    store("2026-11-24T20:00:00Z");
    portal_ =
        response(403, R"({"message": "No access"})", {{"x-amzn-ErrorType", "ForbiddenException"}});
    const auto refused = get();
    EXPECT_EQ(refused.error().kind(), base::ErrorKind::denied);
    EXPECT_TRUE(refused.error().message().contains(
        "GetRoleCredentials of Role/x in account 111122223333: ForbiddenException"))
        << refused.error().message();
    portal_ = response(404, "{}", {{"x-amzn-ErrorType", "ResourceNotFoundException"}});
    EXPECT_EQ(get().error().kind(), base::ErrorKind::denied) << "a chain must not go on from here";
    portal_ = response(503);
    EXPECT_EQ(get().error().kind(), base::ErrorKind::unreachable);
    for (const std::string_view body : {"", "{}", R"({"roleCredentials": {"accessKeyId": "A"}})"}) {
        portal_ = response(200, std::string(body));
        EXPECT_EQ(get().error().kind(), base::ErrorKind::unreachable) << body;
    }
}

TEST_F(SsoProviderTest, outage_while_refreshing_is_no_reason_to_log_in) {
    refreshing_ = response(503);
    store("2026-11-24T12:00:00Z");
    const auto result = get();
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().kind(), base::ErrorKind::denied);
    EXPECT_FALSE(result.error().message().contains("aws sso login")) << result.error().message();
}

} // namespace
} // namespace exarch::aws
