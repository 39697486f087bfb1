#include "worker/targets/reach.hpp"

#include "worker/setup.hpp"

#include <string>
#include <utility>

namespace exarch::worker {

Reach::~Reach() = default;

base::Result<std::unique_ptr<Reach>> Reach::open(Parts parts) {
    std::unique_ptr<Reach> reach(new Reach(std::move(parts)));
    const Parts& own = reach->parts_;
    EXARCH_CHECK(check_regions(own.config, own.cloud.region()));
    EXARCH_CHECK(reach->check_endpoints());
    EXARCH_TRY(reach->sts_, own.cloud.sts());
    reach->sessions_ = std::make_unique<route::Sessions>(
        own.executor, *reach->sts_, own.cloud.credentials(), own.clock,
        sessions_params(own.config, std::string(own.cloud.partition().name)));
    reach->route_ = std::make_unique<route::AssumeRoleRoute>(
        own.executor, own.cloud.caller(), *reach->sessions_, own.clock,
        [within = reach.get()](std::string_view service, const base::AccountId& account) {
            return within->endpoint_of(service, account);
        });
    return reach;
}

base::Result<aws::Endpoint> Reach::endpoint_of(std::string_view service,
                                               const base::AccountId& account) const {
    const auto& accounts = parts_.config.targets.accounts;
    const auto settings = accounts.find(account);
    const bool has_region = settings != accounts.end() && settings->second.region;
    return parts_.cloud.endpoint(service,
                                 has_region ? *settings->second.region : parts_.cloud.region());
}

base::Status Reach::check_endpoints() const {
    EXARCH_TRY(const aws::Endpoint usual, endpoint_of("cloudfront", base::AccountId()));
    EXARCH_CHECK(parts_.cloud.check_way(usual));
    for (const auto& [account, settings] : parts_.config.targets.accounts) {
        EXARCH_TRY(const aws::Endpoint own, endpoint_of("cloudfront", account));
        EXARCH_CHECK(parts_.cloud.check_way(own));
    }
    return {};
}

} // namespace exarch::worker
