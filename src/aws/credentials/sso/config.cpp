#include "aws/credentials/sso/config.hpp"

#include "aws/partition.hpp"
#include "base/sha256.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::aws {
namespace {

/// The profile, completed by its session. Both may name the same thing, but not two things.
base::Result<ProfileSection> with_session(const SharedConfig& config, const std::string& profile,
                                          std::string_view session) {
    ProfileSection all = *config.profile(profile);
    const ProfileSection* section = config.sso_session(session);
    if (section == nullptr) {
        return wrong_profile(
            profile, fmt::format("there is no [sso-session {}] in {}", session, config.files()));
    }
    for (const auto& [name, value] : section->values) {
        if (all.get(name).value_or(value) != value) {
            return wrong_profile(profile,
                                 fmt::format("{} is something else in [sso-session {}]: leave it "
                                             "out of the profile",
                                             name, session));
        }
        all.values[name] = value;
    }
    return all;
}

} // namespace

base::Result<std::optional<SsoConfig>> sso_config(const SharedConfig& config,
                                                  const std::string& profile) {
    const ProfileSection* section = config.profile(profile);
    if (section == nullptr || (!section->get("sso_account_id").has_value() &&
                               !section->get("sso_role_name").has_value())) {
        return std::nullopt;
    }
    ProfileSection all = *section;
    const std::string session(section->get("sso_session").value_or(""));
    if (!session.empty()) {
        EXARCH_TRY(all, with_session(config, profile, session));
    }
    std::vector<std::string_view> missing;
    for (const std::string_view name :
         {"sso_start_url", "sso_region", "sso_account_id", "sso_role_name"}) {
        if (!all.get(name).has_value()) {
            missing.push_back(name);
        }
    }
    if (!missing.empty()) {
        return wrong_profile(
            profile, fmt::format("single sign-on needs {} as well", fmt::join(missing, ", ")));
    }
    SsoConfig sso;
    sso.profile = profile;
    sso.session = session;
    sso.start_url = *all.get("sso_start_url");
    sso.region = base::Region(*all.get("sso_region"));
    sso.account_id = *all.get("sso_account_id");
    sso.role_name = *all.get("sso_role_name");
    if (!is_region_name(sso.region.value())) {
        return wrong_profile(profile, "sso_region is no name of an AWS region, such as eu-west-1");
    }
    return sso;
}

std::string sso_token_file(const SsoConfig& config) {
    const std::string& name = config.session.empty() ? config.start_url : config.session;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    EVP_Digest(name.data(), name.size(), digest.data(), &length, EVP_sha1(), nullptr);
    std::string bytes(digest.begin(), digest.begin() + length);
    return fmt::format("sso/cache/{}.json", base::format_hex(bytes));
}

} // namespace exarch::aws
