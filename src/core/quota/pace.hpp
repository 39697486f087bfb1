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
/// rate and pause. A quiet time begins a climb back, never above the configured rate: each step is
/// twice as large as the one before, so that the rate is back soon where the reason has gone. The
/// first throttle in a climb is its end: the rate is what it was before. Climbs after that come
/// more rarely, up to a limit, and by single steps, until one has stood.
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
    /// All that has come since then was spent as it came: by requests a period apart that nobody
    /// has counted.
    void spent_since(base::Instant since, base::Instant now);
    /// A request was answered after this long. Longer than those before, it may have come so much
    /// later to the server, and moves the next sending.
    void answered(base::Duration round_trip, base::Instant now);
    /// Nothing leaves before this.
    void hold_until(base::Instant until);

    /// A sending was refused for its rate. Returns whether the rate was lowered.
    bool throttled(base::Instant now);
    /// Raises the rate where it has been quiet long enough. Returns whether it was raised.
    bool recover(base::Instant now);

    /// What it has learned and what it waits for, by name.
    template <class Self, class Visit>
    static void visit(Self& pace, Visit& visitor) {
        visitor("rate", pace.rate_);
        visitor("full", pace.full_at_);
        visitor("margin", pace.margin_kept_);
        visitor("held", pace.held_until_);
        visitor("paused", pace.paused_until_);
        visitor("throttled", pace.throttled_at_);
        visitor("quiet", pace.quiet_since_);
        visitor("quiet_needed", pace.quiet_needed_);
        visitor("patience", pace.patience_);
        visitor("proven", pace.proven_);
        visitor("raise", pace.raise_share_);
        visitor("punished", pace.was_punished_);
        visitor("round_trips", pace.round_trips_);
        visitor("answered", pace.round_trips_seen_);
    }
    /// After a visit that has changed it: nothing is beyond what the quota allows.
    void keep_within_quota();

    /// Calls a second, now.
    [[nodiscard]] double rate() const { return rate_; }
    [[nodiscard]] bool is_lowered() const { return rate_ < quota_.rate; }
    [[nodiscard]] base::Duration period() const;

private:
    [[nodiscard]] base::Duration margin() const;
    /// What a sending takes of the bucket.
    [[nodiscard]] base::Duration spend();
    /// How long what may leave at once after a rest takes to be there, beside the first.
    [[nodiscard]] base::Duration depth() const;
    [[nodiscard]] bool is_climbing() const { return rate_ > proven_; }
    /// How long a step up has to go unpunished before the next.
    [[nodiscard]] base::Duration stands_after() const;
    [[nodiscard]] bool is_now_and_then(base::Instant now) const;
    void lower_to(double rate, base::Instant now);
    void settle();

    static constexpr std::size_t round_trips_kept = 16;

    Quota quota_;
    double rate_;
    /// When the bucket would be full again had it an unlimited depth (the theoretical arrival
    /// time of the generic cell rate algorithm): the next token is there a burst before it.
    base::Instant full_at_ = base::Instant::min();
    /// The margin that the time above holds, for the sending taken last.
    base::Duration margin_kept_{};
    base::Instant held_until_ = base::Instant::min();
    /// The end of the pause after the rate was lowered.
    base::Instant paused_until_ = base::Instant::min();
    std::optional<base::Instant> throttled_at_;
    base::Instant quiet_since_ = base::Instant::min();
    /// How long it has to be quiet before the next step up, and before the first one after a
    /// punishment.
    base::Duration quiet_needed_;
    base::Duration patience_;
    /// What a punished climb goes back to: it was not refused for long. A climb is on while the
    /// rate is above it.
    double proven_;
    double raise_share_;
    bool was_punished_ = false;
    std::array<base::Duration, round_trips_kept> round_trips_{};
    std::size_t round_trips_seen_ = 0;
};

} // namespace exarch::core
