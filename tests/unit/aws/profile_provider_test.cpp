#include "aws/credentials/profile_provider.hpp"
#include "unit/aws/loopback.hpp"
#include "unit/aws/temporary_file.hpp"

#include <fmt/format.h>

namespace exarch::aws {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

/// STS, in as far as every role may be assumed; the session's key id says which call made it.
class ProfileProvidersTest : public testing::Test {
protected:
    void begin(std::string config_text, Variables variables = {}) {
        loopback_ = std::make_unique<Loopback>([this](const http::Request& request) {
            const bool is_web = request.body.contains("WithWebIdentity");
            return response(200,
                            assume_role_body(is_web ? "AssumeRoleWithWebIdentity" : "AssumeRole",
                                             "ASIA" + std::to_string(++sessions_)));
        });
        variables.emplace("AWS_ENDPOINT_URL_STS", loopback_->url());
        environment_ = std::make_unique<base::Environment>(std::move(variables));
        config_ = SharedConfig::parse({"C", std::move(config_text)}, {"K", ""}, "default").value();
    }
    [[nodiscard]] CredentialSources sources() const {
        return {loopback_->io.get_executor(),
                loopback_->client,
                loopback_->caller,
                loopback_->clock,
                *environment_,
                config_,
                region_};
    }
    [[nodiscard]] ProfileProviders providers() const {
        return {sources(), std::make_shared<DirectHttp>(loopback_->io.get_executor(),
                                                        loopback_->clock, *environment_)};
    }
    /// The key id that the profile's role gives, or the error.
    std::string role_of(const std::string& profile) {
        ProfileProviders::Made made = providers().role(profile);
        if (!made.has_value()) {
            return made.error().message();
        }
        const auto credentials = loopback_->run((*made)->get());
        return credentials.has_value() ? credentials->access_key_id.value()
                                       : credentials.error().message();
    }
    [[nodiscard]] const std::string& body(std::size_t index) const {
        return loopback_->requests.at(index).body;
    }

    int sessions_ = 0;
    std::unique_ptr<Loopback> loopback_;
    std::unique_ptr<base::Environment> environment_;
    SharedConfig config_;
    std::optional<base::Region> region_;
};

TEST_F(ProfileProvidersTest, role_is_assumed_with_the_keys_of_its_source) {
    begin("[profile r]\nrole_arn = arn:r\nsource_profile = k\nexternal_id = e\n"
          "role_session_name = s\nduration_seconds = 900\nregion = eu-west-1\n"
          "[profile k]\naws_access_key_id = AKSOURCE\naws_secret_access_key = x\n");
    EXPECT_EQ(role_of("r"), "ASIA1");
    EXPECT_EQ(body(0), "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Ar&RoleSessionName=s&"
                       "DurationSeconds=900&ExternalId=e");
    EXPECT_TRUE(
        loopback_->requests[0].headers.get("Authorization")->contains("Credential=AKSOURCE/"));
}

TEST_F(ProfileProvidersTest, sts_is_asked_in_the_region_that_is_told) {
    const std::string text = "[profile r]\nrole_arn = arn:r\nsource_profile = k\n"
                             "[profile k]\naws_access_key_id = AK\naws_secret_access_key = x\n";
    const auto asked_in = [&](const std::string& name) {
        EXPECT_TRUE(role_of("r").starts_with("ASIA"));
        return loopback_->requests.back()
            .headers.get("Authorization")
            ->contains("/" + name + "/sts/");
    };
    begin(text);
    EXPECT_TRUE(asked_in("us-east-1"));
    region_ = base::Region("cn-north-1");
    EXPECT_TRUE(asked_in("cn-north-1"));
    begin(text, {{"AWS_REGION", "eu-west-1"}});
    EXPECT_TRUE(asked_in("eu-west-1"));
}

TEST_F(ProfileProvidersTest, roles_may_follow_one_another) {
    begin("[profile a]\nrole_arn = arn:a\nsource_profile = b\n"
          "[profile b]\nrole_arn = arn:b\nsource_profile = c\n"
          "[profile c]\naws_access_key_id = AK\naws_secret_access_key = x\n");
    EXPECT_EQ(role_of("a"), "ASIA2");
    EXPECT_TRUE(body(0).contains("arn%3Ab"));
    EXPECT_TRUE(body(1).contains("arn%3Aa"));
    EXPECT_TRUE(loopback_->requests[1].headers.get("Authorization")->contains("Credential=ASIA1/"));
}

TEST_F(ProfileProvidersTest, keys_of_a_source_come_before_its_role) {
    begin("[profile a]\nrole_arn = arn:a\nsource_profile = b\n"
          "[profile b]\nrole_arn = arn:b\nsource_profile = c\naws_access_key_id = AKB\n"
          "aws_secret_access_key = x\n"
          "[profile c]\naws_access_key_id = AKC\naws_secret_access_key = x\n");
    EXPECT_EQ(role_of("a"), "ASIA1");
    EXPECT_TRUE(body(0).contains("arn%3Aa"));
    EXPECT_TRUE(loopback_->requests[0].headers.get("Authorization")->contains("Credential=AKB/"));
}

TEST_F(ProfileProvidersTest, profile_with_keys_may_be_its_own_source) {
    begin("[profile a]\nrole_arn = arn:a\nsource_profile = a\naws_access_key_id = AK\n"
          "aws_secret_access_key = x\n");
    EXPECT_EQ(role_of("a"), "ASIA1");
}

TEST_F(ProfileProvidersTest, environment_may_be_the_source) {
    const std::string text = "[profile a]\nrole_arn = arn:a\ncredential_source = Environment\n";
    begin(text, {{"AWS_ACCESS_KEY_ID", "AKENV"}, {"AWS_SECRET_ACCESS_KEY", "x"}});
    EXPECT_EQ(role_of("a"), "ASIA1");
    EXPECT_TRUE(loopback_->requests[0].headers.get("Authorization")->contains("Credential=AKENV/"));
    begin(text);
    EXPECT_EQ(role_of("a"), "the profile a: credential_source is Environment, but "
                            "AWS_ACCESS_KEY_ID is not set");
}

TEST_F(ProfileProvidersTest, container_may_be_the_source) {
    begin("[profile a]\nrole_arn = arn:a\ncredential_source = EcsContainer\n");
    // With no endpoint configured, this source has nothing; the role must say so, not pass on.
    ProfileProviders::Made made = providers().role("a");
    const auto credentials = loopback_->run(made.value()->get());
    ASSERT_FALSE(credentials.has_value());
    EXPECT_EQ(credentials.error().kind(), base::ErrorKind::denied);
    EXPECT_TRUE(credentials.error().message().contains("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"))
        << credentials.error().message();
}

TEST_F(ProfileProvidersTest, what_cant_be_followed_names_profile_and_setting) {
    begin("[profile circle]\nrole_arn = a\nsource_profile = second\n"
          "[profile second]\nrole_arn = b\nsource_profile = circle\n"
          "[profile self]\nrole_arn = a\nsource_profile = self\n"
          "[profile missing]\nrole_arn = a\nsource_profile = nowhere\n"
          "[profile neither]\nrole_arn = a\n"
          "[profile both]\nrole_arn = a\nsource_profile = k\ncredential_source = Environment\n"
          "[profile odd]\nrole_arn = a\ncredential_source = Moon\n"
          "[profile mfa]\nrole_arn = a\nsource_profile = k\nmfa_serial = m\n"
          "[profile long]\nrole_arn = a\nsource_profile = k\nduration_seconds = 1h\n"
          "[profile short]\nrole_arn = a\nsource_profile = k\nduration_seconds = 899\n"
          "[profile empty]\nrole_arn = a\nsource_profile = e\n[profile e]\nregion = x\n"
          "[profile viasso]\nrole_arn = a\nsource_profile = sso\n"
          "[profile sso]\nsso_session = s\n"
          "[profile k]\naws_access_key_id = AK\naws_secret_access_key = x\n");
    const std::map<std::string, std::string> cases = {
        {"circle", "circle -> second -> circle"},
        {"self", "self -> self"},
        {"missing", "source_profile nowhere"},
        {"neither", "one of source_profile and credential_source"},
        {"both", "one of source_profile and credential_source"},
        {"odd", "credential_source must be"},
        {"mfa", "mfa_serial"},
        {"long", "duration_seconds"},
        {"short", "duration_seconds"},
        {"empty", "the profile e"},
        {"viasso", "the profile sso: it has sso_session"},
    };
    for (const auto& [profile, text] : cases) {
        const ProfileProviders::Made made = providers().role(profile);
        ASSERT_FALSE(made.has_value()) << profile;
        EXPECT_EQ(made.error().kind(), base::ErrorKind::invalid) << profile;
        EXPECT_TRUE(made.error().message().contains(text)) << made.error().message();
    }
    EXPECT_EQ(providers().role("k").error().kind(), base::ErrorKind::not_found);
    EXPECT_EQ(providers().role("unknown").error().kind(), base::ErrorKind::not_found);
}

TEST_F(ProfileProvidersTest, denied_role_is_denied) {
    begin("[profile r]\nrole_arn = arn:r\nsource_profile = k\n"
          "[profile k]\naws_access_key_id = AK\naws_secret_access_key = x\n");
    for (const int status : {403, 404}) {
        loopback_->answer = [status](const http::Request&) {
            return response(status, "<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>");
        };
        ProfileProviders::Made made = providers().role("r");
        const auto credentials = loopback_->run(made.value()->get());
        ASSERT_FALSE(credentials.has_value());
        EXPECT_EQ(credentials.error().kind(), base::ErrorKind::denied);
        EXPECT_TRUE(credentials.error().message().contains("AssumeRole of arn:r"));
    }
}

TEST_F(ProfileProvidersTest, web_identity_reads_its_token_anew) {
    const TemporaryFile file(" one\n");
    begin("", {{"AWS_WEB_IDENTITY_TOKEN_FILE", file.path()},
               {"AWS_ROLE_ARN", "arn:w"},
               {"AWS_ROLE_SESSION_NAME", "s"}});
    ProfileProviders::Made made = providers().web_identity();
    EXPECT_TRUE(loopback_->run(made.value()->get()).has_value());
    file.write("two");
    EXPECT_TRUE(loopback_->run(made.value()->get()).has_value());
    EXPECT_EQ(body(0), "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aw&"
                       "RoleSessionName=s&WebIdentityToken=one");
    EXPECT_TRUE(body(1).ends_with("WebIdentityToken=two"));
    EXPECT_EQ(loopback_->requests[0].headers.get("Authorization"), std::nullopt);
}

TEST_F(ProfileProvidersTest, web_identity_in_a_profile_needs_no_source) {
    const TemporaryFile file("one");
    begin("[profile w]\nrole_arn = arn:w\nweb_identity_token_file = " + file.path() + "\n");
    EXPECT_EQ(role_of("w"), "ASIA1");
    EXPECT_TRUE(body(0).contains("WebIdentityToken=one"));
}

TEST_F(ProfileProvidersTest, web_identity_without_its_parts_is_refused) {
    begin("");
    EXPECT_EQ(providers().web_identity().error().kind(), base::ErrorKind::not_found);
    begin("", {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"}});
    EXPECT_EQ(providers().web_identity().error().kind(), base::ErrorKind::invalid);
    begin("", {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"}, {"AWS_ROLE_ARN", "arn:w"}});
    ProfileProviders::Made made = providers().web_identity();
    const auto credentials = loopback_->run(made.value()->get());
    EXPECT_EQ(credentials.error().kind(), base::ErrorKind::denied);
    EXPECT_TRUE(credentials.error().message().contains("/nowhere is not there"));
}

TEST_F(ProfileProvidersTest, keys_of_a_profile) {
    begin("[profile k]\naws_access_key_id = AK\naws_secret_access_key = x\nsso_session = s\n"
          "[profile l]\nlogin_session = arn\ncredential_process = /bin/x\n"
          "[profile n]\nregion = eu-west-1\n");
    EXPECT_TRUE(providers().own("k").has_value());
    EXPECT_EQ(providers().own("n").error().kind(), base::ErrorKind::not_found);
    EXPECT_EQ(providers().own("unknown").error().kind(), base::ErrorKind::not_found);
    const auto login = providers().own("l");
    EXPECT_EQ(login.error().kind(), base::ErrorKind::invalid);
    EXPECT_TRUE(login.error().message().contains("login_session comes in a later version"));
}

constexpr std::string_view printing = "credential_process = sh -c 'echo \"{\\\"Version\\\": 1, "
                                      "\\\"AccessKeyId\\\": \\\"AKPROC\\\", "
                                      "\\\"SecretAccessKey\\\": \\\"x\\\"}\"'\n";
constexpr std::string_view some_keys = "aws_access_key_id = AKCONF\naws_secret_access_key = x\n";

TEST_F(ProfileProvidersTest, process_comes_between_the_keys_of_the_two_files) {
    const std::string text = fmt::format("[default]\n{}{}", printing, some_keys);
    begin(text);
    const auto id = [this] {
        return loopback_->run(providers().own("default").value()->get())->access_key_id.value();
    };
    EXPECT_EQ(id(), "AKPROC");
    config_ = SharedConfig::parse({"C", text},
                                  {"K", "[default]\naws_access_key_id = AKCRED\n"
                                        "aws_secret_access_key = y\n"},
                                  "default")
                  .value();
    EXPECT_EQ(id(), "AKCRED");
    // Half of a pair is told, and not made whole by the other file's half.
    config_ =
        SharedConfig::parse({"C", text}, {"K", "[default]\naws_access_key_id = A\n"}, "default")
            .value();
    EXPECT_EQ(providers().own("default").error().kind(), base::ErrorKind::invalid);
}

TEST_F(ProfileProvidersTest, single_sign_on_comes_before_keys) {
    const std::string text = "[default]\naws_access_key_id = AK\naws_secret_access_key = x\n"
                             "sso_account_id = 111122223333\nsso_role_name = r\n"
                             "sso_region = eu-west-1\nsso_start_url = https://s\n";
    begin(text, {{"HOME", "/nowhere"}});
    const auto credentials = loopback_->run(providers().own("default").value()->get());
    ASSERT_FALSE(credentials.has_value());
    EXPECT_EQ(credentials.error().kind(), base::ErrorKind::denied);
    EXPECT_TRUE(credentials.error().message().contains("/nowhere/.aws/sso/cache/"));
    begin(text);
    EXPECT_EQ(providers().own("default").error().kind(), base::ErrorKind::invalid);
    EXPECT_TRUE(providers().own("default").error().message().contains("HOME"));
}

TEST_F(ProfileProvidersTest, process_may_be_the_source_of_a_role) {
    begin(fmt::format("[profile r]\nrole_arn = arn:r\nsource_profile = p\n[profile p]\n{}",
                      printing));
    EXPECT_EQ(role_of("r"), "ASIA1");
    EXPECT_TRUE(
        loopback_->requests[0].headers.get("Authorization")->contains("Credential=AKPROC/"));
}

} // namespace
} // namespace exarch::aws
