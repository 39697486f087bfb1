#include "aws/detail/ini.hpp"
#include "aws/profile.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace exarch::aws {
namespace {

base::Result<SharedConfig> parse(std::string config, std::string credentials = "",
                                 std::string profile = "default") {
    return SharedConfig::parse({"C", std::move(config)}, {"K", std::move(credentials)},
                               std::move(profile));
}

std::string value(const SharedConfig& config, std::string_view profile, std::string_view name) {
    const ProfileSection* section = config.profile(profile);
    return section == nullptr ? "no profile" : std::string(section->get(name).value_or("none"));
}

TEST(ProfileTest, reads_values_of_both_files) {
    const SharedConfig config =
        parse("[default]\nregion = eu-west-1\n[profile other]\nrole_arn=arn\noutput = json\n"
              "[sso-session s]\nx = 1\n[unknown]\ny = 2\n",
              "[default]\naws_access_key_id = AK\n[other]\noutput = text\n")
            .value();
    EXPECT_EQ(value(config, "default", "region"), "eu-west-1");
    EXPECT_EQ(value(config, "default", "aws_access_key_id"), "AK");
    EXPECT_EQ(value(config, "other", "role_arn"), "arn");
    EXPECT_EQ(value(config, "other", "output"), "text");
    EXPECT_EQ(value(config, "unknown", "y"), "no profile");
    EXPECT_EQ(value(config, "s", "x"), "no profile");
}

TEST(ProfileTest, lenient_about_form) {
    const SharedConfig config =
        parse("\xef\xbb\xbf# a comment\r\n  ; another\r\n\r\n[default] # of the section\r\n"
              "Region=eu-west-1 ; said so\r\nempty =\r\nhash = a#b;c\r\nequals = a=b\r\n"
              "[ profile \"with space\" ]\r\nx = 1\r\n[profile\ttabbed]\nx = 2\n")
            .value();
    EXPECT_EQ(value(config, "default", "region"), "eu-west-1");
    EXPECT_EQ(value(config, "default", "empty"), "none");
    EXPECT_EQ(value(config, "default", "hash"), "a#b;c");
    EXPECT_EQ(value(config, "default", "equals"), "a=b");
    EXPECT_EQ(value(config, "with space", "x"), "1");
    EXPECT_EQ(value(config, "tabbed", "x"), "2");
}

TEST(ProfileTest, last_of_equal_names_wins) {
    const SharedConfig config =
        parse("[profile a]\nx = 1\nx = 2\n[profile a]\ny = 3\nx = 4\n").value();
    EXPECT_EQ(value(config, "a", "x"), "4");
    EXPECT_EQ(value(config, "a", "y"), "3");
}

TEST(ProfileTest, prefixed_default_wins_over_the_bare_one) {
    EXPECT_EQ(
        value(parse("[profile default]\nx = 1\n[default]\nx = 2\ny = 2\n").value(), "default", "x"),
        "1");
    EXPECT_EQ(value(parse("[default]\nx = 2\n[profile default]\nx = 1\n").value(), "default", "x"),
              "1");
}

TEST(ProfileTest, indented_lines_nest_or_continue) {
    const SharedConfig config = parse("[services s]\nsqs =\n  endpoint_url = http://a\n  # why\n"
                                      "  Other = 1\nsts =\n\tendpoint_url = http://b\n"
                                      "[profile a]\n  indented = 1\ntext = one\n  two\n")
                                    .value();
    ASSERT_NE(config.services("s"), nullptr);
    EXPECT_EQ(config.services("none"), nullptr);
    const auto& nested = config.services("s")->nested;
    EXPECT_EQ(nested.at("sqs").at("endpoint_url"), "http://a");
    EXPECT_EQ(nested.at("sqs").at("other"), "1");
    EXPECT_EQ(nested.at("sts").at("endpoint_url"), "http://b");
    EXPECT_EQ(value(config, "a", "indented"), "1");
    EXPECT_EQ(value(config, "a", "text"), "one\ntwo");
}

TEST(ProfileTest, errors_name_file_and_line_and_quote_nothing) {
    struct Case {
        std::string text;
        std::string place;
    };
    const std::vector<Case> cases = {
        {"x = 1\n", "C, line 1"},
        {"[default]\n\nSECRET\n", "C, line 3"},
        {"[default]\n= SECRET\n", "C, line 2"},
        {"[default\nx = 1\n", "C, line 1"},
        {"[default] SECRET\n", "C, line 1"},
        {"[services s]\nsqs =\n  SECRET\n", "C, line 3"},
        {std::string("\0\0SECRET", 8), "C, line 1"},
    };
    for (const Case& each : cases) {
        const auto result = parse(each.text);
        ASSERT_FALSE(result.has_value()) << each.text;
        EXPECT_EQ(result.error().kind(), base::ErrorKind::invalid);
        EXPECT_TRUE(result.error().message().contains(each.place)) << result.error().message();
        EXPECT_FALSE(result.error().message().contains("SECRET")) << result.error().message();
    }
    EXPECT_TRUE(parse("", "oops\n").error().message().contains("K, line 1"));
}

TEST(ProfileTest, chosen_profile_must_exist_unless_it_is_the_default) {
    EXPECT_EQ(parse("").value().profile(), nullptr);
    const auto missing = parse("[profile a]\n", "", "b");
    ASSERT_FALSE(missing.has_value());
    EXPECT_TRUE(missing.error().message().contains("`b`")) << missing.error().message();
    EXPECT_TRUE(parse("", "[b]\n", "b").value().profile() != nullptr);
}

class ProfileFilesTest : public testing::Test {
protected:
    ProfileFilesTest() {
        const auto* const info = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::path(testing::TempDir()) / "exarch_profile" / info->name();
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_ / ".aws");
    }
    ~ProfileFilesTest() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, std::string_view text) const {
        std::ofstream(folder_ / name) << text;
    }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

    std::filesystem::path folder_;
};

TEST_F(ProfileFilesTest, are_found_at_home) {
    write(".aws/config", "[profile p]\nregion = eu-west-1\n");
    write(".aws/credentials", "[p]\naws_access_key_id = AK\n");
    const base::Environment environment({{"HOME", folder_.string()}, {"AWS_PROFILE", "p"}});
    const SharedConfig config = SharedConfig::load(environment).value();
    EXPECT_EQ(value(config, "p", "region"), "eu-west-1");
    EXPECT_EQ(value(config, "p", "aws_access_key_id"), "AK");
    EXPECT_EQ(config.profile_name(), "p");
}

TEST_F(ProfileFilesTest, may_be_elsewhere_or_nowhere) {
    write("mine", "[default]\nregion = eu-west-2\n");
    const base::Environment environment({{"HOME", folder_.string()},
                                         {"AWS_CONFIG_FILE", "~/mine"},
                                         {"AWS_SHARED_CREDENTIALS_FILE", path("missing")}});
    EXPECT_EQ(value(SharedConfig::load(environment).value(), "default", "region"), "eu-west-2");
    EXPECT_TRUE(SharedConfig::load(base::Environment({})).has_value());
}

TEST_F(ProfileFilesTest, something_else_in_their_place_is_refused) {
    const base::Environment environment({{"AWS_CONFIG_FILE", folder_.string()}});
    const auto result = SharedConfig::load(environment);
    ASSERT_FALSE(result.has_value());
    EXPECT_TRUE(result.error().message().contains(folder_.string())) << result.error().message();
}

TEST(RegionTest, the_first_source_that_says_something_decides) {
    const SharedConfig config = parse("[default]\nregion = ap-south-1\n").value();
    const auto region = [&config](std::map<std::string, std::string, std::less<>> variables) {
        return configured_region(base::Environment(std::move(variables)), config).value()->value();
    };
    EXPECT_EQ(region({{"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", "eu-west-2"}}),
              "eu-west-1");
    EXPECT_EQ(region({{"AWS_DEFAULT_REGION", "eu-west-2"}}), "eu-west-2");
    EXPECT_EQ(region({}), "ap-south-1");
    EXPECT_EQ(configured_region(base::Environment({}), {}).value(), std::nullopt);
    const auto wrong = configured_region(base::Environment({{"AWS_REGION", "Ireland"}}), config);
    ASSERT_FALSE(wrong.has_value());
    EXPECT_TRUE(wrong.error().message().contains("AWS_REGION")) << wrong.error().message();
}

} // namespace
} // namespace exarch::aws
