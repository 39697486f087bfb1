#include "config/config.hpp"

#include "base/assert.hpp"

namespace exarch::config {
namespace {

const TargetAccount* find_account(const Config& config, const base::AccountId& account) {
    const auto found = config.targets.accounts.find(account);
    return found == config.targets.accounts.end() ? nullptr : &found->second;
}

} // namespace

Config::Config()
    : quotas{{"cloudfront.CreateInvalidation", {.rate = 1, .burst = 1}},
             {"cloudfront.GetInvalidation", {.rate = 2, .burst = 2}},
             {"wafv2.UpdateIPSet", {.rate = 1, .burst = 1}},
             {"sts.AssumeRole", {.rate = 50, .burst = 50}}} {}

Quota Config::quota_for(const base::AccountId& account, std::string_view api) const {
    const auto general = quotas.find(api);
    EXARCH_ASSERT(general != quotas.end());
    Quota quota = general->second;
    const TargetAccount* own = find_account(*this, account);
    if (own != nullptr) {
        if (const auto found = own->quotas.find(api); found != own->quotas.end()) {
            quota.rate = found->second.rate.value_or(quota.rate);
            quota.burst = found->second.burst.value_or(quota.burst);
        }
    }
    return quota;
}

base::RoleArn Config::role_for(const base::AccountId& account, std::string_view partition) const {
    const TargetAccount* own = find_account(*this, account);
    const bool has_own = own != nullptr && own->role.has_value();
    return (has_own ? *own->role : targets.role).expand(account, partition);
}

std::optional<std::string> Config::external_id_for(const base::AccountId& account) const {
    const TargetAccount* own = find_account(*this, account);
    const bool has_own = own != nullptr && own->external_id.has_value();
    return has_own ? own->external_id : targets.external_id;
}

bool Config::may_touch(const base::AccountId& account) const {
    return !targets.only_listed || find_account(*this, account) != nullptr;
}

} // namespace exarch::config
