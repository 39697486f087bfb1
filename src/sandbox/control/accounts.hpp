#pragma once

#include "base/result.hpp"
#include "sandbox/cloudfront/cloudfront.hpp"
#include "sandbox/iam/directory.hpp"

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
    std::vector<std::string> distributions = {};
};

/// Reads `{"accounts": [{"account": …, "users": …, "roles": …, "distributions": …}]}`. Fails as
/// invalid on anything unknown or out of place, policies included, and names where.
[[nodiscard]] base::Result<std::vector<AccountPlan>> parse_accounts(const boost::json::value& body);

/// Where accounts are put.
struct AccountStores {
    Directory& directory;
    CloudFrontService& cloudfront;
    base::Timestamp now;
};

/// Puts them, all or none: fails as conflict where a distribution's id is taken. Returns what a
/// client needs to know of them, keys included. Users and roles of the same name are replaced.
[[nodiscard]] base::Result<boost::json::array> put_accounts(const std::vector<AccountPlan>& plans,
                                                            const AccountStores& stores);

} // namespace exarch::sandbox
