#include "aws/credentials/cache.hpp"

#include <algorithm>
#include <utility>

namespace exarch::aws {

bool CredentialsCache::usable(base::Instant now) const {
    return held_.has_value() && (!held_->ends_at.has_value() || now < *held_->ends_at);
}

bool CredentialsCache::pausing(base::Instant now) const {
    return failed_at_.has_value() && now < *failed_at_ + policy_.pause;
}

CacheAdvice CredentialsCache::advise(base::Instant now) const {
    if (!usable(now)) {
        return pausing(now) ? CacheAdvice::fail : CacheAdvice::refresh_first;
    }
    if (!held_->ends_at.has_value() || now < *held_->advisory_at || pausing(now)) {
        return CacheAdvice::serve;
    }
    return now < *held_->mandatory_at ? CacheAdvice::serve_and_refresh : CacheAdvice::refresh_first;
}

void CredentialsCache::store(sigv4::Credentials credentials, base::Moment now) {
    constexpr int advisory_share = 4;
    constexpr int mandatory_share = 6;
    failure_.reset();
    failed_at_.reset();
    Held held;
    held.stored_at = now.steady;
    if (credentials.expires_at.has_value()) {
        const base::Duration life =
            std::max<base::Duration>(*credentials.expires_at - now.wall, policy_.life_min);
        const base::Instant end = now.steady + life;
        held.ends_at = end;
        held.advisory_at = end - std::min(policy_.advisory_lead, life / advisory_share);
        held.mandatory_at = end - std::min(policy_.mandatory_lead, life / mandatory_share);
    }
    held.credentials = std::move(credentials);
    held_ = std::move(held);
}

void CredentialsCache::fail(base::Error error, base::Instant now) {
    failure_ = std::move(error);
    failed_at_ = now;
}

void CredentialsCache::invalidate(base::Instant now) {
    // Of many calls under way with the old ones, the last to be refused must not throw away the
    // new.
    if (held_.has_value() && now >= held_->stored_at + policy_.pause) {
        held_.reset();
    }
}

base::Result<sigv4::Credentials> CredentialsCache::current(base::Instant now) const {
    if (usable(now)) {
        return held_->credentials;
    }
    return std::unexpected(failure_.value_or(
        base::Error(base::ErrorKind::unreachable, "the AWS credentials have ended")));
}

} // namespace exarch::aws
