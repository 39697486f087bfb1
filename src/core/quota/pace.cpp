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
using std::chrono::minutes;
using std::chrono::seconds;

/// Two throttles within this are taken for the server's word about the rate.
constexpr Duration pair_within = seconds(30);
constexpr Duration quiet_first = minutes(2);
/// Where nothing has changed each climb costs a throttle, which is less than one call in a hundred
/// at half of a quota of one a second; where something has, the rate is back in minutes.
constexpr Duration quiet_longest = minutes(5);
/// Below this share of the configured rate nothing more is learned by slowing down.
constexpr double slowest_share = 1.0 / 64;
constexpr double raise_share_first = 0.1;
/// Two throttles between which so many calls were answered say that the rate is a little too high.
/// Fewer say that hardly any call is answered, and then there is no rate to be found.
constexpr int answered_between_least = 10;
constexpr int answered_between_most = 100;
/// A step of a climb is followed by the next when so many calls have not been refused.
constexpr int calls_standing = 2;
constexpr double margin_share_max = 0.05;
/// Fewer round trips than this do not tell their spread.
constexpr std::size_t round_trips_telling = 8;

Duration of_seconds(double count) {
    return Duration(static_cast<Duration::rep>(std::ceil(count * 1e6)));
}

} // namespace

Pace::Pace(Quota quota, std::optional<double> learned)
    : quota_(quota), rate_(std::min(learned.value_or(quota.rate), quota.rate)),
      quiet_needed_(quiet_first), patience_(quiet_first), raise_share_(raise_share_first) {
    EXARCH_ASSERT(quota.rate > 0);
    EXARCH_ASSERT(quota.burst >= 1);
    rate_ = std::max(rate_, quota_.rate * slowest_share);
    proven_ = rate_;
}

void Pace::keep_within_quota() {
    const double slowest = quota_.rate * slowest_share;
    rate_ = std::clamp(rate_, slowest, quota_.rate);
    proven_ = std::clamp(proven_, slowest, quota_.rate);
    raise_share_ = std::max(raise_share_, raise_share_first);
    patience_ = std::clamp<Duration>(patience_, quiet_first, quiet_longest);
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

Duration Pace::spend() {
    margin_kept_ = margin();
    return period() + margin_kept_;
}

void Pace::begin_empty(Instant at) {
    full_at_ = std::max(full_at_, at + depth() + spend());
}

Instant Pace::ready_at() const {
    return full_at_ == Instant::min() ? held_until_ : std::max(held_until_, full_at_ - depth());
}

void Pace::take(Instant now) {
    if (quiet_since_ == Instant::min()) {
        quiet_since_ = now;
    }
    full_at_ = std::max(full_at_, now) + spend();
}

void Pace::departed(Instant at) {
    full_at_ = std::max(full_at_, at + spend());
}

void Pace::spent_since(Instant since, Instant now) {
    full_at_ = std::max(full_at_, since) + (now - since);
}

void Pace::answered(Duration round_trip, Instant now) {
    if (quiet_since_ == Instant::min()) {
        quiet_since_ = now;
    }
    round_trips_[round_trips_seen_ % round_trips_kept] = round_trip;
    ++round_trips_seen_;
    const Duration wider = margin() - margin_kept_;
    if (full_at_ != Instant::min() && wider > Duration(0)) {
        full_at_ += wider;
        margin_kept_ += wider;
    }
}

void Pace::hold_until(Instant until) {
    held_until_ = std::max(held_until_, until);
}

Duration Pace::stands_after() const {
    // Tokens saved up by a server hide for a while that a rate is too high.
    return was_punished_ ? quiet_first : std::max<Duration>(pair_within, calls_standing * period());
}

/// Whether a throttle now follows another one as it does where the rate is a little too high.
bool Pace::is_now_and_then(Instant now) const {
    return throttled_at_ && now - *throttled_at_ >= answered_between_least * period() &&
           now - *throttled_at_ <= answered_between_most * period();
}

void Pace::lower_to(double rate, Instant now) {
    pass(Probe::lowered);
    rate_ = std::max(rate, quota_.rate * slowest_share);
    proven_ = rate_;
    raise_share_ = raise_share_first;
    quiet_needed_ = patience_;
    throttled_at_.reset();
    paused_until_ = now + 2 * period();
    hold_until(paused_until_);
}

bool Pace::throttled(Instant now) {
    quiet_since_ = now;
    if (now < paused_until_) {
        pass(Probe::throttled_in_pause);
        return false; // It answers what left before the pause, and tells nothing new.
    }
    const double before = rate_;
    if (is_climbing()) {
        pass(Probe::raise_punished);
        was_punished_ = true;
        patience_ = std::min(patience_ * 2, quiet_longest);
        lower_to(proven_, now);
    } else if (throttled_at_ && now - *throttled_at_ <= pair_within) {
        lower_to(rate_ / 2, now);
    } else if (is_now_and_then(now)) {
        pass(Probe::throttled_now_and_then);
        lower_to(rate_ / (1 + raise_share_first), now);
    } else {
        throttled_at_ = now;
    }
    return rate_ < before;
}

/// The rate is proven: what was punished before it is out of date.
void Pace::settle() {
    pass(Probe::raise_stood);
    proven_ = rate_;
    was_punished_ = false;
    patience_ = quiet_first;
}

bool Pace::recover(Instant now) {
    if (quiet_since_ == Instant::min() || now - quiet_since_ < quiet_needed_) {
        return false;
    }
    if (is_climbing() && now - quiet_since_ >= quiet_first) {
        settle();
    }
    if (!is_lowered()) {
        return false;
    }
    pass(Probe::raised);
    rate_ = std::min(rate_ * (1 + raise_share_), quota_.rate);
    raise_share_ *= 2;
    quiet_since_ = now;
    quiet_needed_ = stands_after();
    return true;
}

} // namespace exarch::core
