#pragma once

#include "base/result.hpp"
#include "sandbox/cloudfront/cloudfront.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/sqs/service.hpp"

#include <boost/json.hpp>

#include <string>
#include <vector>

namespace exarch::sandbox {

/// An account as POST /_sandbox/accounts describes it.
struct AccountPlan {
    struct PlannedUser {
        User user;
        /// Empty parts are made up.
        sigv4::Credentials key = {};
    };

    base::AccountId account;
    std::vector<PlannedUser> users = {};
    std::vector<Role> roles = {};
    std::vector<IdentityProvider> identity_providers = {};
    std::vector<std::string> distributions = {};
    std::vector<QueuePlan> queues = {};
};

/// Reads `{"accounts": [{"account": …, "users": …, "roles": …, "identity_providers": …,
/// "distributions": …, "queues": …}]}`.
/// Fails as invalid on anything unknown or out of place, policies included, and names where.
[[nodiscard]] base::Result<std::vector<AccountPlan>> parse_accounts(const boost::json::value& body);

/// Where accounts are put.
struct AccountStores {
    Directory& directory;
    CloudFrontService& cloudfront;
    SqsService& sqs;
    base::Moment now;
};

/// Puts them. Fails as conflict where a distribution's id is taken or SQS refuses a queue: then
/// nothing is put but the queues before that one. Returns what a client needs to know of them, keys
/// included. Users, roles and providers of the same name are replaced.
[[nodiscard]] base::Result<boost::json::array> put_accounts(const std::vector<AccountPlan>& plans,
                                                            const AccountStores& stores);

} // namespace exarch::sandbox
