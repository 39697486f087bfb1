#pragma once

#include "base/error.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "sigv4/credentials.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace exarch::aws {

/// When credentials are renewed. Leads count back from their end.
struct RefreshPolicy {
    /// From here on they are renewed while the old ones are still given out. At most a quarter of
    /// their life.
    base::Duration advisory_lead = std::chrono::minutes(15);
    /// From here on whoever asks waits for new ones. At most a sixth of their life.
    base::Duration mandatory_lead = std::chrono::minutes(10);
    /// Life that new ones are taken to have at least: with our clock wrong they may seem to have
    /// ended before they came.
    base::Duration life_min = std::chrono::minutes(1);
    /// No new attempt for so long after one that failed; and new ones are kept for so long even
    /// where AWS refuses them.
    base::Duration pause = std::chrono::seconds(5);
};

/// What to do for somebody who asks for credentials.
enum class CacheAdvice : std::uint8_t {
    /// Give what there is.
    serve,
    /// Give what there is, and renew it meanwhile.
    serve_and_refresh,
    /// Renew first; then give what there is, or the failure.
    refresh_first,
    /// Give the failure of the last attempt.
    fail,
};

/// The decisions of a credentials cache, without its waiting. Pure.
class CredentialsCache {
public:
    explicit CredentialsCache(RefreshPolicy policy = {}) : policy_(policy) {}

    [[nodiscard]] CacheAdvice advise(base::Instant now) const;

    /// New ones have come.
    void store(sigv4::Credentials credentials, base::Moment now);
    /// An attempt to have new ones has failed.
    void fail(base::Error error, base::Instant now);
    /// AWS has refused those that are held.
    void invalidate(base::Instant now);

    /// Those that are held and have not ended, else why there are none.
    [[nodiscard]] base::Result<sigv4::Credentials> current(base::Instant now) const;

private:
    struct Held {
        sigv4::Credentials credentials;
        base::Instant stored_at;
        /// All three none for keys that do not expire.
        std::optional<base::Instant> advisory_at;
        std::optional<base::Instant> mandatory_at;
        std::optional<base::Instant> ends_at;
    };
    [[nodiscard]] bool usable(base::Instant now) const;
    [[nodiscard]] bool pausing(base::Instant now) const;

    RefreshPolicy policy_;
    std::optional<Held> held_;
    std::optional<base::Error> failure_;
    std::optional<base::Instant> failed_at_;
};

} // namespace exarch::aws
