#include "aws/credentials/sso/config.hpp"
#include "base/json.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

namespace exarch::aws {
namespace {

SharedConfig parse(std::string text) {
    return SharedConfig::parse({"C", std::move(text)}, {"K", ""}, "default").value();
}

TEST(SsoConfigTest, session_completes_the_profile) {
    const SharedConfig config =
        parse("[profile p]\nsso_session = s\nsso_account_id = 111122223333\n"
              "sso_role_name = r\nsso_region = eu-west-1\n"
              "[sso-session s]\nsso_region = eu-west-1\n"
              "sso_start_url = https://start\n"
              "sso_registration_scopes = sso:account:access\n");
    const SsoConfig expected{"p", "s", "https://start", base::Region("eu-west-1"), "111122223333",
                             "r"};
    EXPECT_EQ(sso_config(config, "p").value(), expected);
}

TEST(SsoConfigTest, older_form_says_everything_itself) {
    const SharedConfig config =
        parse("[profile p]\nsso_account_id = 111122223333\nsso_role_name = r\n"
              "sso_region = eu-west-1\nsso_start_url = https://start\n");
    const SsoConfig expected{"p", "", "https://start", base::Region("eu-west-1"), "111122223333",
                             "r"};
    EXPECT_EQ(sso_config(config, "p").value(), expected);
}

TEST(SsoConfigTest, without_account_and_role_there_is_none) {
    const SharedConfig config = parse("[profile p]\nsso_session = s\n[profile q]\nregion = x\n");
    EXPECT_EQ(sso_config(config, "p").value(), std::nullopt);
    EXPECT_EQ(sso_config(config, "q").value(), std::nullopt);
    EXPECT_EQ(sso_config(config, "unknown").value(), std::nullopt);
}

TEST(SsoConfigTest, what_is_missing_or_contradicts_itself_is_named) {
    const SharedConfig config =
        parse("[profile role]\nsso_role_name = r\nsso_session = s\n"
              "[profile nothing]\nsso_account_id = 1\n"
              "[profile nowhere]\nsso_account_id = 1\nsso_session = other\n"
              "[profile two]\nsso_account_id = 1\nsso_session = s\nsso_region = us-east-1\n"
              "[profile odd]\nsso_account_id = 1\nsso_role_name = r\nsso_session = odd\n"
              "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://start\n"
              "[sso-session odd]\nsso_region = evil.com/\nsso_start_url = https://start\n");
    const std::map<std::string, std::string> cases = {
        {"role", "needs sso_account_id as well"},
        {"nothing", "needs sso_start_url, sso_region, sso_role_name as well"},
        {"nowhere", "there is no [sso-session other] in C and K"},
        {"two", "sso_region is something else in [sso-session s]"},
        {"odd", "sso_region is no name"},
    };
    for (const auto& [profile, text] : cases) {
        const auto result = sso_config(config, profile);
        ASSERT_FALSE(result.has_value()) << profile;
        EXPECT_EQ(result.error().kind(), base::ErrorKind::invalid);
        EXPECT_TRUE(result.error().message().starts_with("the profile " + profile + ": "));
        EXPECT_TRUE(result.error().message().contains(text)) << result.error().message();
    }
}

TEST(SsoConfigTest, token_is_where_botocore_looks_for_it) {
    std::ifstream file(std::string(EXARCH_SOURCE_DIR) + "/tests/data/aws/sso_token_files.json");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const boost::json::value rows = base::parse_json(text).value();
    ASSERT_FALSE(rows.as_array().empty());
    for (const boost::json::value& row : rows.as_array()) {
        SsoConfig config;
        config.start_url = row.at(0).as_string();
        config.session = row.at(1).is_null() ? "" : std::string(row.at(1).as_string());
        EXPECT_EQ(sso_token_file(config),
                  "sso/cache/" + std::string(row.at(2).as_string()) + ".json");
    }
}

} // namespace
} // namespace exarch::aws
