#pragma once

#include "base/environment.hpp"
#include "base/identifier.hpp"
#include "base/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::aws {

/// `the profile production: what is wrong with it`
[[nodiscard]] std::unexpected<base::Error> wrong_profile(std::string_view profile,
                                                         std::string_view what);

/// A section of a shared file: its values by name, names in lower case.
struct ProfileSection {
    using Values = std::map<std::string, std::string, std::less<>>;

    Values values;
    /// Values nested under one name, as `endpoint_url` under `sqs =` in a services section.
    std::map<std::string, Values, std::less<>> nested;

    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
};

/// The text of a shared file, and the name by which messages call it.
struct ProfileText {
    std::string file;
    std::string text;
};

/// AWS's shared config and credentials files: profiles, services and sso-session sections.
/// Source: "Shared config and credentials files" of the AWS SDKs and tools reference guide.
class SharedConfig {
public:
    /// Empty files and the profile `default`.
    SharedConfig() = default;

    /// Reads $AWS_CONFIG_FILE (~/.aws/config) and $AWS_SHARED_CREDENTIALS_FILE
    /// (~/.aws/credentials); $AWS_PROFILE chooses the profile. A file that is not there is empty.
    /// Fails as invalid, naming file and line, where one can't be understood, and where
    /// $AWS_PROFILE names a profile that is in neither.
    [[nodiscard]] static base::Result<SharedConfig> load(const base::Environment& environment);

    /// The same from texts. Values of the credentials file win over those of the config file.
    [[nodiscard]] static base::Result<SharedConfig>
    parse(const ProfileText& config, const ProfileText& credentials, std::string profile);

    /// None where neither file has it.
    [[nodiscard]] const ProfileSection* profile(std::string_view name) const;
    /// The chosen one; none where neither file has it, which only `default` may.
    [[nodiscard]] const ProfileSection* profile() const { return profile(profile_name_); }
    [[nodiscard]] const std::string& profile_name() const { return profile_name_; }
    /// What the credentials file alone says of it; none where it has no such profile.
    [[nodiscard]] const ProfileSection* credentials(std::string_view name) const;
    /// `[services NAME]` of the config file.
    [[nodiscard]] const ProfileSection* services(std::string_view name) const;
    /// `[sso-session NAME]` of the config file.
    [[nodiscard]] const ProfileSection* sso_session(std::string_view name) const;
    /// The files looked into, for messages.
    [[nodiscard]] const std::string& files() const { return files_; }

private:
    std::string profile_name_ = "default";
    std::string files_;
    std::map<std::string, ProfileSection, std::less<>> profiles_;
    std::map<std::string, ProfileSection, std::less<>> credentials_;
    std::map<std::string, ProfileSection, std::less<>> services_;
    std::map<std::string, ProfileSection, std::less<>> sso_sessions_;
};

/// A file in ~/.aws; none without $HOME.
[[nodiscard]] std::optional<std::string> shared_file(const base::Environment& environment,
                                                     std::string_view name);

/// $AWS_REGION, $AWS_DEFAULT_REGION, or `region` of the chosen profile; none where nothing says.
/// Fails as invalid on a name that can't be a region's.
[[nodiscard]] base::Result<std::optional<base::Region>>
configured_region(const base::Environment& environment, const SharedConfig& config);

} // namespace exarch::aws
