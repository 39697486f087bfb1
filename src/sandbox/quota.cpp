#include "sandbox/quota.hpp"

#include <algorithm>
#include <chrono>

namespace exarch::sandbox {

bool QuotaBook::take(const base::AccountId& account, std::string_view call, base::Instant now) {
    auto quota = quotas_.find(call);
    if (quota == quotas_.end()) {
        quota = quotas_.find(call.substr(0, call.find('.')));
    }
    if (quota == quotas_.end() || quota->second.rate <= 0) {
        return true;
    }
    const auto [rate, burst] = quota->second;
    Bucket& bucket =
        buckets_.try_emplace({account, quota->first}, Bucket{burst, now}).first->second;
    const std::chrono::duration<double> passed = now - bucket.filled_at;
    bucket.tokens = std::min(burst, bucket.tokens + std::max(passed.count(), 0.0) * rate);
    bucket.filled_at = now;
    // The product of an inexact rate may fall short of a whole token by a rounding.
    constexpr double whole = 1 - 1e-9;
    if (bucket.tokens < whole) {
        return false;
    }
    bucket.tokens = std::max(bucket.tokens - 1, 0.0);
    return true;
}

Quotas default_quotas() {
    return {{"cloudfront.CreateInvalidation", {.rate = 1, .burst = 1}},
            {"cloudfront.GetInvalidation", {.rate = 2, .burst = 2}},
            {"cloudfront.ListInvalidations", {.rate = 2, .burst = 2}},
            {"sts", {.rate = 600, .burst = 600}}};
}

} // namespace exarch::sandbox
