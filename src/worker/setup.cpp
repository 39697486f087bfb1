#include "worker/setup.hpp"

#include "aws/partition.hpp"

namespace exarch::worker {
namespace {

core::SlotLimits slot_limits(const config::InProgress& in_progress) {
    using Scope = core::SlotLimits::Scope;
    return {.paths = static_cast<std::uint32_t>(in_progress.paths),
            .wildcards = static_cast<std::uint32_t>(in_progress.wildcards),
            .scope = in_progress.scope == config::InProgressScope::account ? Scope::account
                                                                           : Scope::distribution};
}

route::TargetRole::Scope session_scope(config::SessionScope scope) {
    switch (scope) {
    case config::SessionScope::account:
        return route::TargetRole::Scope::account;
    case config::SessionScope::lane:
        return route::TargetRole::Scope::lane;
    case config::SessionScope::none:
        return route::TargetRole::Scope::none;
    }
    return route::TargetRole::Scope::account;
}

} // namespace

core::CoreParams core_params(const config::Config& config, base::Entropy& entropy) {
    core::CoreParams params;
    params.incarnation = entropy.hex(8);
    params.quota = [&config](const base::AccountId& account, std::string_view api) {
        const config::Quota quota = config.quota_for(account, api);
        return core::Quota{quota.rate, quota.burst};
    };
    params.in_progress = slot_limits(config.in_progress);
    params.max_age = config.lifetimes.operation_max_age;
    params.pending_max = static_cast<std::size_t>(config.worker.pending_max);
    params.rules = task_rules(config);
    return params;
}

std::function<double()> chance_from(base::Entropy& entropy) {
    return [&entropy] {
        constexpr double range = 4'294'967'296.0;
        return static_cast<double>(std::stoul(entropy.hex(4), nullptr, 16)) / range;
    };
}

core::TaskRules task_rules(const config::Config& config) {
    core::TaskRules rules;
    if (config.targets.only_listed) {
        rules.accounts.emplace();
        for (const auto& [account, settings] : config.targets.accounts) {
            rules.accounts->insert(account);
        }
    }
    return rules;
}

route::SessionsParams sessions_params(const config::Config& config, std::string partition) {
    route::SessionsParams params;
    params.partition = partition;
    params.role_of = [&config, partition](const base::AccountId& account) {
        return route::TargetRole{.role = config.role_for(account, partition),
                                 .external_id = config.external_id_for(account).value_or(""),
                                 .session_name = config.targets.session_name,
                                 .scope = session_scope(config.targets.scope_session)};
    };
    params.may_enter = [&config](const base::AccountId& account) {
        return config.may_touch(account);
    };
    const config::Quota quota = config.quota_for(base::AccountId(), "sts.AssumeRole");
    params.quota = {quota.rate, quota.burst};
    return params;
}

base::Status check_regions(const config::Config& config, const base::Region& home) {
    for (const auto& [account, settings] : config.targets.accounts) {
        if (settings.region) {
            const std::string what = "targets.accounts." + account.value() + ".region";
            EXARCH_CHECK(aws::require_same_partition(*settings.region, home, what));
        }
    }
    return {};
}

} // namespace exarch::worker
