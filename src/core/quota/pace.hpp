#pragma once

#include "base/time.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace exarch::core {

/// A quota as configured: calls a second, and how many may leave at once after a rest.
struct Quota {
    double rate = 1;
    double burst = 1;

    friend bool operator==(const Quota&, const Quota&) = default;
};

/// A token bucket whose rate is learned from the server's refusals.
///
/// Tokens refill by time only and are never given back. Pacing is by the latest moment at which
/// the server may have seen the previous request: from when it really left (departed), plus a
/// period, plus the spread of round trips seen of late, at most 5 % of the period.
///
/// One throttle says little (another client may have taken the token). Two within 30 s halve the
/// rate and pause; a quiet time raises it again by a tenth, never above the configured one. A
/// raise that is punished is taken back, and doubles the quiet time that the next one needs, until
/// one has stood.
class Pace {
public:
    /// `learned` is the rate to start from, where one is known; capped at the configured one.
    explicit Pace(Quota quota, std::optional<double> learned = std::nullopt);

    /// Whoever kept to this quota before may have spent every token until `at`: they refill from
    /// then on, and nothing is saved up.
    void begin_empty(base::Instant at);

    /// The earliest moment for the next sending.
    [[nodiscard]] base::Instant ready_at() const;
    /// Spends a token, ready or not, for a sending at `now`.
    void take(base::Instant now);
    /// The sending taken last has really left at `at`; later than taken, it moves the next one.
    void departed(base::Instant at);
    /// A request was answered after this long.
    void answered(base::Duration round_trip, base::Instant now);
    /// Nothing leaves before this.
    void hold_until(base::Instant until);

    /// A sending was refused for its rate. Returns whether the rate was lowered.
    bool throttled(base::Instant now);
    /// Raises the rate where it has been quiet long enough. Returns whether it was raised.
    bool recover(base::Instant now);

    /// Calls a second, now.
    [[nodiscard]] double rate() const { return rate_; }
    [[nodiscard]] bool is_lowered() const { return rate_ < quota_.rate; }
    [[nodiscard]] base::Duration period() const;

private:
    [[nodiscard]] base::Duration margin() const;
    /// How long what may leave at once after a rest takes to be there, beside the first.
    [[nodiscard]] base::Duration depth() const;

    static constexpr std::size_t round_trips_kept = 16;

    Quota quota_;
    double rate_;
    /// When the bucket would be full again had it an unlimited depth (the theoretical arrival
    /// time of the generic cell rate algorithm): the next token is there a burst before it.
    base::Instant full_at_ = base::Instant::min();
    base::Instant held_until_ = base::Instant::min();
    /// The end of the pause after the rate was lowered.
    base::Instant paused_until_ = base::Instant::min();
    std::optional<base::Instant> throttled_at_;
    base::Instant quiet_since_ = base::Instant::min();
    base::Duration quiet_needed_;
    bool raised_ = false;
    std::array<base::Duration, round_trips_kept> round_trips_{};
    std::size_t round_trips_seen_ = 0;
};

} // namespace exarch::core
