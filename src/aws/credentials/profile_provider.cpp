#include "aws/credentials/profile_provider.hpp"

#include "aws/credentials/container_provider.hpp"
#include "aws/credentials/instance_provider.hpp"
#include "aws/credentials/process/process_provider.hpp"
#include "aws/credentials/role_provider.hpp"
#include "aws/credentials/sso/sso_provider.hpp"
#include "aws/credentials/static_provider.hpp"
#include "aws/endpoint.hpp"
#include "aws/sts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

namespace exarch::aws {
namespace {

/// What sessions are called where nothing says otherwise.
constexpr std::string_view usual_session_name = "exarch";

std::unexpected<base::Error> nothing(std::string text) {
    return std::unexpected(base::Error(base::ErrorKind::not_found, std::move(text)));
}

base::Result<std::optional<std::chrono::seconds>> session_duration(const ProfileSection& section,
                                                                   std::string_view profile) {
    constexpr int shortest = 900;
    constexpr int longest = 43'200;
    const std::optional<std::string_view> text = section.get("duration_seconds");
    if (!text.has_value()) {
        return std::nullopt;
    }
    int seconds = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    const bool is_number = error == std::errc() && end == text->data() + text->size();
    if (!is_number || seconds < shortest || seconds > longest) {
        return wrong_profile(profile, "duration_seconds must be a number from 900 to 43200");
    }
    return std::chrono::seconds(seconds);
}

bool has_keys(const ProfileSection* section) {
    return section != nullptr && section->get("aws_access_key_id").has_value();
}

std::unique_ptr<CredentialsProvider> fixed(sigv4::Credentials credentials) {
    return std::make_unique<StaticProvider>(std::move(credentials));
}

} // namespace

ProfileProviders::ProfileProviders(const CredentialSources& sources,
                                   std::shared_ptr<DirectHttp> http)
    : sources_(sources), http_(std::move(http)) {}

base::Result<Sts> ProfileProviders::sts() const {
    EXARCH_TRY(const std::optional<base::Region> region,
               configured_region(sources_.environment, sources_.config));
    const Endpoints endpoints(sources_.environment, sources_.config);
    const base::Region otherwise = sources_.region.value_or(base::Region("us-east-1"));
    EXARCH_TRY(Endpoint endpoint, endpoints.resolve("sts", region.value_or(otherwise)));
    return Sts(sources_.caller, std::move(endpoint));
}

ProfileProviders::Made ProfileProviders::role(const std::string& profile) const {
    return role(profile, {});
}

ProfileProviders::Made ProfileProviders::role(const std::string& profile,
                                              std::vector<std::string> visited) const {
    const ProfileSection* section = sources_.config.profile(profile);
    if (section == nullptr) {
        return nothing(
            fmt::format("there is no profile {} in {}", profile, sources_.config.files()));
    }
    const std::optional<std::string_view> role_arn = section->get("role_arn");
    if (!role_arn.has_value()) {
        return nothing(fmt::format("the profile {} has no role_arn", profile));
    }
    if (section->get("mfa_serial").has_value()) {
        return wrong_profile(profile,
                             "mfa_serial can't be used here: nobody is there to type the code");
    }
    EXARCH_TRY(const std::optional<std::chrono::seconds> duration,
               session_duration(*section, profile));
    EXARCH_TRY(Sts service, sts());
    const std::string session_name(section->get("role_session_name").value_or(usual_session_name));
    if (const auto token_file = section->get("web_identity_token_file")) {
        return std::make_unique<WebIdentityProvider>(
            std::move(service), WebIdentityFile{base::RoleArn(*role_arn), session_name,
                                                std::string(*token_file), duration});
    }
    visited.push_back(profile);
    EXARCH_TRY(std::unique_ptr<CredentialsProvider> from,
               source(*section, profile, std::move(visited)));
    AssumeRoleParams params;
    params.role = base::RoleArn(*role_arn);
    params.session_name = session_name;
    params.external_id = section->get("external_id").value_or("");
    params.duration = duration.value_or(params.duration);
    return std::make_unique<RoleProvider>(std::move(service), std::move(from), std::move(params));
}

ProfileProviders::Made ProfileProviders::source(const ProfileSection& section,
                                                const std::string& profile,
                                                std::vector<std::string> visited) const {
    const std::optional<std::string_view> named = section.get("credential_source");
    const std::optional<std::string_view> next = section.get("source_profile");
    if (named.has_value() == next.has_value()) {
        return wrong_profile(profile, "role_arn needs one of source_profile and credential_source");
    }
    if (named.has_value()) {
        return named_source(*named, profile);
    }
    const std::string name(*next);
    const ProfileSection* next_section = sources_.config.profile(name);
    if (next_section == nullptr) {
        return wrong_profile(profile, fmt::format("its source_profile {} is not in {}", name,
                                                  sources_.config.files()));
    }
    const bool is_visited = std::ranges::find(visited, name) != visited.end();
    // A source's keys come before its role, as in botocore. So a profile may name itself as the
    // source: its keys then assume its role.
    if (has_keys(next_section) && (!is_visited || name == profile)) {
        return own(name);
    }
    if (next_section->get("role_arn").has_value() && !is_visited) {
        return role(name, std::move(visited));
    }
    if (is_visited) {
        return wrong_profile(profile, fmt::format("source_profile goes round in a circle: {} -> {}",
                                                  fmt::join(visited, " -> "), name));
    }
    Made made = own(name);
    if (!made.has_value() && made.error().kind() == base::ErrorKind::not_found) {
        return wrong_profile(name, made.error().message());
    }
    return made;
}

ProfileProviders::Made ProfileProviders::named_source(std::string_view name,
                                                      const std::string& profile) const {
    if (name == "Environment") {
        base::Result<sigv4::Credentials> keys = environment_credentials(sources_.environment);
        if (!keys.has_value()) {
            return wrong_profile(profile, fmt::format("credential_source is Environment, but {}",
                                                      keys.error().message()));
        }
        return fixed(std::move(*keys));
    }
    if (name == "Ec2InstanceMetadata") {
        return std::make_unique<InstanceProvider>(http_, sources_.environment);
    }
    if (name == "EcsContainer") {
        return std::make_unique<ContainerProvider>(http_, sources_.environment);
    }
    return wrong_profile(
        profile, "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer");
}

ProfileProviders::Made ProfileProviders::web_identity() const {
    const std::optional<std::string> file = sources_.environment.get("AWS_WEB_IDENTITY_TOKEN_FILE");
    const std::optional<std::string> role_arn = sources_.environment.get("AWS_ROLE_ARN");
    if (!file.has_value()) {
        return nothing("AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    }
    if (!role_arn.has_value()) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not: "
                        "set both, or neither"));
    }
    EXARCH_TRY(Sts service, sts());
    const std::string session_name =
        sources_.environment.get("AWS_ROLE_SESSION_NAME").value_or(std::string(usual_session_name));
    return std::make_unique<WebIdentityProvider>(
        std::move(service),
        WebIdentityFile{base::RoleArn(*role_arn), session_name, *file, std::nullopt});
}

ProfileProviders::Made ProfileProviders::sso(SsoConfig config) const {
    const Endpoints endpoints(sources_.environment, sources_.config);
    SsoPlaces places;
    EXARCH_TRY(places.portal, endpoints.resolve("sso", config.region));
    EXARCH_TRY(places.oidc, endpoints.resolve("sso_oidc", config.region));
    std::optional<std::string> file = shared_file(sources_.environment, sso_token_file(config));
    if (!file.has_value()) {
        return wrong_profile(config.profile,
                             "without HOME there is no ~/.aws/sso/cache to find the token "
                             "of single sign-on in");
    }
    places.token_file = std::move(*file);
    return std::make_unique<SsoProvider>(sources_.caller, sources_.clock, std::move(config),
                                         std::move(places));
}

ProfileProviders::Made ProfileProviders::own(const std::string& profile) const {
    const ProfileSection* section = sources_.config.profile(profile);
    if (section == nullptr) {
        return nothing(
            fmt::format("there is no profile {} in {}", profile, sources_.config.files()));
    }
    EXARCH_TRY(std::optional<SsoConfig> sign_on, sso_config(sources_.config, profile));
    if (sign_on.has_value()) {
        return sso(std::move(*sign_on));
    }
    // Keys and token of one file belong together: none may come from the other.
    const ProfileSection* stored = sources_.config.credentials(profile);
    if (has_keys(stored)) {
        EXARCH_TRY(sigv4::Credentials keys, profile_keys(*stored, profile));
        return fixed(std::move(keys));
    }
    // Passing over it could end with credentials of somebody else, further down the chain.
    if (section->get("login_session").has_value()) {
        return wrong_profile(profile, "login_session comes in a later version; use single sign-on, "
                                      "credential_process, role_arn with source_profile, or keys");
    }
    if (const auto command = section->get("credential_process")) {
        return std::make_unique<ProcessProvider>(sources_.executor, sources_.environment, profile,
                                                 std::string(*command));
    }
    base::Result<sigv4::Credentials> keys = profile_keys(*section, profile);
    if (keys.has_value()) {
        return fixed(std::move(*keys));
    }
    if (section->get("sso_session").has_value() || section->get("sso_start_url").has_value()) {
        return wrong_profile(profile, "it has sso_session or sso_start_url: single sign-on needs "
                                      "sso_account_id and sso_role_name as well");
    }
    return std::unexpected(std::move(keys).error());
}

} // namespace exarch::aws
