#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace exarch::sandbox {

/// A token bucket: tokens that come back a second, and how many it holds. A rate of 0: no limit.
struct Quota {
    double rate = 0;
    double burst = 1;

    friend bool operator==(const Quota&, const Quota&) = default;
};

/// `cloudfront.CreateInvalidation` → its quota.
using Quotas = std::map<std::string, Quota, std::less<>>;

/// The call rates that AWS grants an account. A refused call takes no token, and nobody is told
/// how many are left.
class QuotaBook {
public:
    explicit QuotaBook(Quotas quotas) : quotas_(std::move(quotas)) {}

    /// False where the account has called too often. `call` is `cloudfront.CreateInvalidation`; a
    /// call without a quota of its own has that of its service, `sts`, which all such calls share.
    [[nodiscard]] bool take(const base::AccountId& account, std::string_view call,
                            base::Instant now);

private:
    struct Bucket {
        double tokens = 0;
        base::Instant filled_at;
    };

    Quotas quotas_;
    std::map<std::pair<base::AccountId, std::string>, Bucket> buckets_;
};

/// What AWS is known or seen to grant: docs/sandbox.md tells how sure each figure is.
[[nodiscard]] Quotas default_quotas();

} // namespace exarch::sandbox
