#include "core/quota/pace.hpp"

#include "base/assert.hpp"
#include "core/probe.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace exarch::core {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Two throttles within this are taken for the server's word about the rate.
constexpr Duration pair_within = seconds(30);
constexpr Duration quiet_first = minutes(2);
constexpr Duration quiet_longest = hours(1);
/// Below this share of the configured rate nothing more is learned by slowing down.
constexpr double slowest_share = 1.0 / 64;
constexpr double raise_by = 1.1;
constexpr double margin_share_max = 0.05;
/// Fewer round trips than this do not tell their spread.
constexpr std::size_t round_trips_telling = 8;

Duration of_seconds(double count) {
    return Duration(static_cast<Duration::rep>(std::ceil(count * 1e6)));
}

} // namespace

Pace::Pace(Quota quota, std::optional<double> learned)
    : quota_(quota), rate_(std::min(learned.value_or(quota.rate), quota.rate)),
      quiet_needed_(quiet_first) {
    EXARCH_ASSERT(quota.rate > 0);
    EXARCH_ASSERT(quota.burst >= 1);
    rate_ = std::max(rate_, quota_.rate * slowest_share);
}

Duration Pace::period() const {
    return of_seconds(1.0 / rate_);
}

Duration Pace::margin() const {
    const Duration most = of_seconds(margin_share_max / rate_);
    if (round_trips_seen_ < round_trips_telling) {
        return most;
    }
    const auto end = round_trips_.begin() +
                     static_cast<std::ptrdiff_t>(std::min(round_trips_seen_, round_trips_kept));
    const auto [shortest, longest] = std::minmax_element(round_trips_.begin(), end);
    // A clock's grain on either side comes on top of the spread.
    constexpr Duration grain = std::chrono::milliseconds(1);
    return std::min(most, *longest - *shortest + grain);
}

Duration Pace::depth() const {
    // A rate that had to be lowered is the server's word that there is nothing to burst with.
    return is_lowered() ? Duration(0) : of_seconds((quota_.burst - 1) / rate_);
}

void Pace::begin_empty(Instant at) {
    full_at_ = std::max(full_at_, at + depth() + period() + margin());
}

Instant Pace::ready_at() const {
    return full_at_ == Instant::min() ? held_until_ : std::max(held_until_, full_at_ - depth());
}

void Pace::take(Instant now) {
    if (quiet_since_ == Instant::min()) {
        quiet_since_ = now;
    }
    full_at_ = std::max(full_at_, now) + period() + margin();
}

void Pace::departed(Instant at) {
    full_at_ = std::max(full_at_, at + period() + margin());
}

void Pace::answered(Duration round_trip, Instant now) {
    if (quiet_since_ == Instant::min()) {
        quiet_since_ = now;
    }
    round_trips_[round_trips_seen_ % round_trips_kept] = round_trip;
    ++round_trips_seen_;
}

void Pace::hold_until(Instant until) {
    held_until_ = std::max(held_until_, until);
}

bool Pace::throttled(Instant now) {
    quiet_since_ = now;
    if (now < paused_until_) {
        pass(Probe::throttled_in_pause);
        return false; // It answers what left before the pause, and tells nothing new.
    }
    if (!throttled_at_ || now - *throttled_at_ > pair_within) {
        throttled_at_ = now;
        return false;
    }
    throttled_at_.reset();
    const double before = rate_;
    if (raised_) {
        // The step up was one too many; what was before it is known to work.
        pass(Probe::raise_punished);
        quiet_needed_ = std::min(quiet_needed_ * 2, quiet_longest);
        raised_ = false;
        rate_ = rate_ / raise_by;
    } else {
        rate_ = rate_ / 2;
    }
    rate_ = std::max(rate_, quota_.rate * slowest_share);
    pass(Probe::lowered);
    paused_until_ = now + 2 * period();
    hold_until(paused_until_);
    return rate_ < before;
}

bool Pace::recover(Instant now) {
    if (quiet_since_ == Instant::min() || now - quiet_since_ < quiet_needed_) {
        return false;
    }
    if (std::exchange(raised_, false)) {
        // The last step up has stood: what was punished before it is out of date.
        pass(Probe::raise_stood);
        quiet_needed_ = quiet_first;
    }
    if (!is_lowered()) {
        return false;
    }
    pass(Probe::raised);
    rate_ = std::min(rate_ * raise_by, quota_.rate);
    quiet_since_ = now;
    raised_ = true;
    return true;
}

} // namespace exarch::core
