#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>

namespace exarch::simulation {

/// A model of AssumeRole: sessions that last an hour, or until they are revoked, and one hidden
/// quota for the accounts of all roles together.
class FakeSts {
public:
    /// The hidden quota: tokens a second, of which as many are saved up.
    double rate = 50;

    /// Takes a token. False where there is none.
    [[nodiscard]] bool takes_token(base::Instant now);

    /// A session of the account has begun.
    void begin(const base::AccountId& account, base::Instant now) {
        ends_at_[account] = now + lasts;
    }
    void revoke(const base::AccountId& account) { ends_at_.erase(account); }
    [[nodiscard]] bool is_valid(const base::AccountId& account, base::Instant now) const {
        const auto found = ends_at_.find(account);
        return found != ends_at_.end() && now < found->second;
    }

    static constexpr base::Duration lasts = std::chrono::hours(1);

private:
    std::map<base::AccountId, base::Instant> ends_at_;
    base::Instant full_at_;
};

} // namespace exarch::simulation
