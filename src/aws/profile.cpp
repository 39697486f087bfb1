#include "aws/profile.hpp"

#include "aws/detail/file.hpp"
#include "aws/detail/ini.hpp"
#include "aws/detail/text.hpp"
#include "aws/partition.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace exarch::aws {
namespace {

using Sections = std::map<std::string, ProfileSection, std::less<>>;

constexpr std::string_view default_profile = "default";

/// Later values win over earlier ones of the same name.
void merge(ProfileSection& into, ProfileSection&& from) {
    for (auto& [name, value] : from.values) {
        into.values[name] = std::move(value);
    }
    for (auto& [group, values] : from.nested) {
        for (auto& [name, value] : values) {
            into.nested[group][name] = std::move(value);
        }
    }
}

/// A title such as `profile "a b"`: its kind and the name. The kind is empty where there is only
/// one word.
std::pair<std::string_view, std::string_view> split_title(std::string_view title) {
    const std::size_t space = title.find_first_of(" \t");
    if (space == std::string_view::npos) {
        return {{}, title};
    }
    std::string_view name = trimmed(title.substr(space));
    const bool quoted = name.size() >= 2 && (name.front() == '"' || name.front() == '\'') &&
                        name.back() == name.front();
    if (quoted) {
        name = name.substr(1, name.size() - 2);
    }
    return {title.substr(0, space), name};
}

/// `[profile default]` makes `[default]` of the same file count for nothing.
void add_config_sections(std::vector<IniSection> sections, Sections& profiles,
                         std::map<std::string_view, Sections*> others) {
    ProfileSection bare_default;
    for (IniSection& section : sections) {
        const auto [kind, name] = split_title(section.title);
        if (kind == "profile") {
            merge(profiles[std::string(name)], std::move(section.content));
        } else if (const auto other = others.find(kind); other != others.end()) {
            merge((*other->second)[std::string(name)], std::move(section.content));
        } else if (kind.empty() && name == default_profile) {
            merge(bare_default, std::move(section.content));
            profiles.try_emplace(std::string(default_profile));
        }
    }
    const auto found = profiles.find(default_profile);
    if (found != profiles.end() && found->second.values.empty()) {
        found->second = std::move(bare_default);
    }
}

std::string expand_home(std::string path, const std::optional<std::string>& home) {
    if (home.has_value() && (path == "~" || path.starts_with("~/"))) {
        path.replace(0, 1, *home);
    }
    return path;
}

/// Empty where the environment names no file and there is no home to look in.
std::string file_path(const base::Environment& environment, std::string_view variable,
                      std::string_view usual) {
    const std::optional<std::string> home = environment.get("HOME");
    if (std::optional<std::string> path = environment.get(variable)) {
        return expand_home(std::move(*path), home);
    }
    return shared_file(environment, usual).value_or("");
}

/// A file that is not there is as good as an empty one.
base::Result<ProfileText> read_profile_file(std::string path) {
    constexpr std::size_t bytes_max = 4 * 1024 * 1024;
    if (path.empty()) {
        return ProfileText{};
    }
    base::Result<std::string> text = read_file(path, bytes_max);
    if (!text.has_value() && text.error().kind() != base::ErrorKind::not_found) {
        return std::unexpected(std::move(text).error());
    }
    return ProfileText{std::move(path), std::move(text).value_or("")};
}

} // namespace

std::unexpected<base::Error> wrong_profile(std::string_view profile, std::string_view what) {
    return base::invalid(fmt::format("the profile {}: {}", profile, what));
}

std::optional<std::string_view> ProfileSection::get(std::string_view name) const {
    const auto found = values.find(name);
    if (found == values.end() || found->second.empty()) {
        return std::nullopt;
    }
    return found->second;
}

base::Result<SharedConfig> SharedConfig::load(const base::Environment& environment) {
    EXARCH_TRY(const ProfileText config,
               read_profile_file(file_path(environment, "AWS_CONFIG_FILE", "config")));
    EXARCH_TRY(
        const ProfileText credentials,
        read_profile_file(file_path(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")));
    return parse(config, credentials,
                 environment.get("AWS_PROFILE").value_or(std::string(default_profile)));
}

base::Result<SharedConfig> SharedConfig::parse(const ProfileText& config,
                                               const ProfileText& credentials,
                                               std::string profile) {
    SharedConfig shared;
    shared.profile_name_ = std::move(profile);
    shared.files_ = fmt::format("{} and {}", config.file, credentials.file);
    EXARCH_TRY(std::vector<IniSection> config_sections, parse_ini(config));
    EXARCH_TRY(std::vector<IniSection> credentials_sections, parse_ini(credentials));
    add_config_sections(std::move(config_sections), shared.profiles_,
                        {{"services", &shared.services_}, {"sso-session", &shared.sso_sessions_}});
    for (IniSection& section : credentials_sections) {
        merge(shared.credentials_[section.title], ProfileSection(section.content));
        merge(shared.profiles_[section.title], std::move(section.content));
    }
    if (shared.profile() == nullptr && shared.profile_name_ != default_profile) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("AWS_PROFILE names the profile `{}`, which is neither in {}",
                                    printable(shared.profile_name_, 128),
                                    fmt::format("{} nor in {}", config.file, credentials.file))));
    }
    return shared;
}

const ProfileSection* SharedConfig::profile(std::string_view name) const {
    const auto found = profiles_.find(name);
    return found == profiles_.end() ? nullptr : &found->second;
}

const ProfileSection* SharedConfig::credentials(std::string_view name) const {
    const auto found = credentials_.find(name);
    return found == credentials_.end() ? nullptr : &found->second;
}

const ProfileSection* SharedConfig::services(std::string_view name) const {
    const auto found = services_.find(name);
    return found == services_.end() ? nullptr : &found->second;
}

const ProfileSection* SharedConfig::sso_session(std::string_view name) const {
    const auto found = sso_sessions_.find(name);
    return found == sso_sessions_.end() ? nullptr : &found->second;
}

std::optional<std::string> shared_file(const base::Environment& environment,
                                       std::string_view name) {
    const std::optional<std::string> home = environment.get("HOME");
    return home.has_value() ? std::optional(fmt::format("{}/.aws/{}", *home, name)) : std::nullopt;
}

base::Result<std::optional<base::Region>> configured_region(const base::Environment& environment,
                                                            const SharedConfig& config) {
    std::string source = "AWS_REGION";
    std::optional<std::string> name = environment.get(source);
    if (!name.has_value()) {
        source = "AWS_DEFAULT_REGION";
        name = environment.get(source);
    }
    if (!name.has_value() && config.profile() != nullptr) {
        source = fmt::format("region of the profile {}", config.profile_name());
        name = config.profile()->get("region");
    }
    if (!name.has_value()) {
        return std::nullopt;
    }
    if (!is_region_name(*name)) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("{}: `{}` is no name of an AWS region, such as eu-west-1",
                                    source, printable(*name, 64))));
    }
    return base::Region(std::move(*name));
}

} // namespace exarch::aws
