#include "core/quota/pace.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

namespace exarch::core {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant start{std::chrono::hours(1)};

/// Sends when it may, and returns when that was.
Instant send(Pace& pace) {
    const Instant at = std::max(pace.ready_at(), start);
    pace.take(at);
    pace.departed(at);
    return at;
}

TEST(pace, the_first_sending_waits_for_nothing) {
    EXPECT_LE(Pace({.rate = 1, .burst = 1}).ready_at(), Instant{});
}

TEST(pace, sendings_are_a_period_and_a_margin_apart) {
    Pace pace({.rate = 1, .burst = 1});
    EXPECT_EQ(send(pace), start);
    EXPECT_EQ(send(pace), start + milliseconds(1050));
}

TEST(pace, a_burst_leaves_at_once_after_a_rest) {
    Pace pace({.rate = 2, .burst = 3});
    EXPECT_EQ(send(pace), start);
    EXPECT_EQ(send(pace), start);
    EXPECT_LE(send(pace), start + milliseconds(50));
    EXPECT_GE(send(pace), start + milliseconds(500));
}

TEST(pace, what_may_have_been_spent_before_a_restart_is_not_there) {
    Pace pace({.rate = 2, .burst = 3});
    pace.begin_empty(start);
    EXPECT_GE(send(pace), start + milliseconds(500));
    EXPECT_GE(send(pace), start + milliseconds(1000));
}

TEST(pace, a_sending_that_left_late_moves_the_next_one) {
    Pace pace({.rate = 1, .burst = 1});
    pace.take(start);
    pace.departed(start + milliseconds(700));
    EXPECT_GE(pace.ready_at(), start + milliseconds(1700));
}

TEST(pace, what_is_spent_as_it_comes_is_not_saved_up) {
    Pace pace({.rate = 2, .burst = 3});
    send(pace);
    send(pace);
    pace.spent_since(start, start + minutes(1));
    pace.take(start + minutes(1));
    EXPECT_GE(pace.ready_at(), start + minutes(1) + milliseconds(500));
}

TEST(pace, the_margin_is_the_spread_of_round_trips_and_a_twentieth_at_most) {
    Pace pace({.rate = 1, .burst = 1});
    for (int answer = 0; answer < 4; ++answer) {
        pace.answered(milliseconds(30), start);
        pace.answered(milliseconds(40), start);
    }
    pace.take(start);
    EXPECT_EQ(pace.ready_at(), start + milliseconds(1011));
    pace.answered(seconds(3), start);
    pace.take(start + seconds(10));
    EXPECT_EQ(pace.ready_at(), start + milliseconds(11050));
}

TEST(pace, a_round_trip_longer_than_before_moves_the_next_sending) {
    Pace pace({.rate = 1, .burst = 1});
    for (int answer = 0; answer < 8; ++answer) {
        pace.answered(milliseconds(5), start);
    }
    send(pace);
    EXPECT_EQ(pace.ready_at(), start + milliseconds(1001));
    // It may have come to the server 3 ms later than those before.
    pace.answered(milliseconds(8), start + milliseconds(8));
    EXPECT_EQ(pace.ready_at(), start + milliseconds(1004));
    pace.answered(milliseconds(6), start + milliseconds(8));
    EXPECT_EQ(pace.ready_at(), start + milliseconds(1004));
    pace.answered(seconds(3), start + seconds(3));
    EXPECT_EQ(pace.ready_at(), start + milliseconds(1050));
}

TEST(pace, a_lone_throttle_changes_nothing) {
    Pace pace({.rate = 1, .burst = 1});
    EXPECT_FALSE(pace.throttled(start));
    EXPECT_FALSE(pace.throttled(start + minutes(2)));
    EXPECT_DOUBLE_EQ(pace.rate(), 1);
}

TEST(pace, a_throttle_now_and_then_lowers_the_rate_by_a_step) {
    Pace pace({.rate = 1, .burst = 1});
    pace.throttled(start);
    EXPECT_TRUE(pace.throttled(start + seconds(80)));
    EXPECT_NEAR(pace.rate(), 1 / 1.1, 1e-9);
}

TEST(pace, where_nothing_is_answered_the_rate_falls_no_further_than_pairs_of_throttles_tell) {
    Pace pace({.rate = 0.1, .burst = 1});
    for (int period = 0; period < 50; ++period) {
        pace.throttled(start + period * seconds(40));
    }
    EXPECT_DOUBLE_EQ(pace.rate(), 0.1);
}

TEST(pace, two_throttles_within_half_a_minute_halve_the_rate_and_pause) {
    Pace pace({.rate = 1, .burst = 1});
    EXPECT_FALSE(pace.throttled(start));
    EXPECT_TRUE(pace.throttled(start + seconds(30)));
    EXPECT_DOUBLE_EQ(pace.rate(), 0.5);
    EXPECT_TRUE(pace.is_lowered());
    EXPECT_GE(pace.ready_at(), start + seconds(34));
}

TEST(pace, answers_to_what_left_before_the_pause_lower_the_rate_no_further) {
    Pace pace({.rate = 1, .burst = 1});
    for (int answer = 0; answer < 8; ++answer) {
        pace.throttled(start + milliseconds(answer));
    }
    EXPECT_DOUBLE_EQ(pace.rate(), 0.5);
}

TEST(pace, a_lowered_rate_has_no_burst) {
    Pace pace({.rate = 1, .burst = 5});
    pace.throttled(start);
    pace.throttled(start);
    pace.take(start + minutes(1));
    EXPECT_GE(pace.ready_at(), start + minutes(1) + seconds(2));
}

TEST(pace, quiet_raises_the_rate_in_steps_up_to_the_configured_one) {
    Pace pace({.rate = 1, .burst = 1}, 0.9);
    pace.take(start);
    EXPECT_FALSE(pace.recover(start + minutes(1)));
    EXPECT_TRUE(pace.recover(start + minutes(2)));
    EXPECT_NEAR(pace.rate(), 0.99, 1e-9);
    EXPECT_TRUE(pace.recover(start + minutes(4)));
    EXPECT_DOUBLE_EQ(pace.rate(), 1);
    EXPECT_FALSE(pace.recover(start + minutes(60)));
}

TEST(pace, a_climb_that_goes_unpunished_is_over_soon) {
    Pace pace({.rate = 1, .burst = 1}, 1.0 / 64);
    pace.take(start);
    Instant now = start + minutes(2);
    for (; pace.is_lowered(); now += seconds(1)) {
        pace.recover(now);
        ASSERT_LT(now, start + minutes(12));
    }
    // For a while it can still be taken back.
    EXPECT_TRUE(pace.throttled(now));
    EXPECT_DOUBLE_EQ(pace.rate(), 1.0 / 64);
}

TEST(pace, a_rate_that_was_climbed_to_and_stood_is_what_the_next_climb_begins_from) {
    Pace pace({.rate = 1, .burst = 1}, 0.5);
    pace.take(start);
    ASSERT_TRUE(pace.recover(start + minutes(2)));
    ASSERT_TRUE(pace.recover(start + minutes(4)));
    EXPECT_NEAR(pace.rate(), 0.66, 1e-9);
    EXPECT_TRUE(pace.throttled(start + minutes(4)));
    EXPECT_NEAR(pace.rate(), 0.55, 1e-9);
}

TEST(pace, a_throttle_starts_the_quiet_anew) {
    Pace pace({.rate = 1, .burst = 1}, 0.5);
    pace.take(start);
    pace.throttled(start + minutes(1));
    EXPECT_FALSE(pace.recover(start + minutes(2)));
    EXPECT_TRUE(pace.recover(start + minutes(3)));
}

TEST(pace, a_raise_that_is_punished_is_taken_back_and_the_next_one_waits_twice_as_long) {
    Pace pace({.rate = 1, .burst = 1}, 0.5);
    pace.take(start);
    ASSERT_TRUE(pace.recover(start + minutes(2)));
    EXPECT_TRUE(pace.throttled(start + minutes(2) + seconds(4)));
    EXPECT_DOUBLE_EQ(pace.rate(), 0.5);
    EXPECT_FALSE(pace.recover(start + minutes(5)));
    EXPECT_TRUE(pace.recover(start + minutes(7)));
}

TEST(pace, however_often_it_was_punished_it_climbs_again_within_minutes) {
    Pace pace({.rate = 1, .burst = 1}, 0.5);
    pace.take(start);
    Instant now = start;
    for (int climb = 0; climb < 10; ++climb) {
        now += minutes(6);
        ASSERT_TRUE(pace.recover(now));
        ASSERT_TRUE(pace.throttled(now));
    }
}

TEST(pace, a_raise_that_stands_makes_up_for_those_that_were_punished) {
    Pace pace({.rate = 1, .burst = 1}, 0.5);
    pace.take(start);
    for (const int minute : {2, 10}) {
        ASSERT_TRUE(pace.recover(start + minutes(minute)));
        ASSERT_TRUE(pace.throttled(start + minutes(minute)));
    }
    ASSERT_TRUE(pace.recover(start + minutes(18)));
    EXPECT_FALSE(pace.recover(start + minutes(19))); // The first step alone, after a punishment.
    EXPECT_TRUE(pace.recover(start + minutes(20)));
    EXPECT_TRUE(pace.recover(start + minutes(20) + seconds(30)));
}

TEST(pace, slows_down_no_further_than_where_nothing_more_is_learned) {
    Pace pace({.rate = 1, .burst = 1});
    for (int hour = 0; hour < 20; ++hour) {
        pace.throttled(start + std::chrono::hours(hour));
        pace.throttled(start + std::chrono::hours(hour));
    }
    EXPECT_DOUBLE_EQ(pace.rate(), 1.0 / 64);
}

TEST(pace, a_learned_rate_is_a_start_within_bounds) {
    EXPECT_DOUBLE_EQ(Pace({.rate = 1, .burst = 1}, 0.25).rate(), 0.25);
    EXPECT_DOUBLE_EQ(Pace({.rate = 1, .burst = 1}, 7).rate(), 1);
    EXPECT_DOUBLE_EQ(Pace({.rate = 1, .burst = 1}, 0).rate(), 1.0 / 64);
}

/// The server's side: refuses what comes while it has no token.
class ServerBucket {
public:
    explicit ServerBucket(Quota quota) : quota_(quota) {}

    bool takes(Instant at) {
        const double now = static_cast<double>(at.time_since_epoch().count()) / 1e6;
        if (last_ >= 0) {
            tokens_ = std::min(quota_.burst, tokens_ + (now - last_) * quota_.rate);
        } else {
            tokens_ = quota_.burst;
        }
        last_ = now;
        // What is short by less than a microsecond is the rounding of doubles.
        if (tokens_ < 1 - 1e-6) {
            return false;
        }
        tokens_ -= 1;
        return true;
    }

private:
    Quota quota_;
    double tokens_ = 0;
    double last_ = -1;
};

/// Delays of a network that changes slowly: within what the last sixteen showed, or at first
/// within what the largest margin covers.
class Network {
public:
    explicit Network(Duration period) : most_(period / 20 - milliseconds(1)) {}

    Duration delay() {
        const auto [least, longest] = std::ranges::minmax_element(seen_);
        const Duration shortest = seen_.size() < 8 ? Duration(0) : *least;
        const Duration spread = seen_.size() < 8 ? most_ : *longest - *least;
        seen_.push_back(shortest +
                        Duration(*rc::gen::inRange<Duration::rep>(0, spread.count() + 1)));
        if (seen_.size() > 16) {
            seen_.pop_front();
        }
        return seen_.back();
    }

private:
    Duration most_;
    std::deque<Duration> seen_;
};

RC_GTEST_PROP(pace, never_meets_a_server_of_its_rate_without_a_token, ()) {
    const Quota quota{.rate = *rc::gen::element(0.5, 1.0, 2.0, 3.0, 10.0),
                      .burst = *rc::gen::element(1.0, 2.0, 5.0)};
    Pace pace(quota);
    ServerBucket server(quota);
    Network network(pace.period());
    const auto way_back = Duration(*rc::gen::inRange<Duration::rep>(0, 300'000));
    Instant now = start;
    for (int call = 0; call < 60; ++call) {
        const bool rests = *rc::gen::inRange(0, 6) == 0;
        now = std::max(now, pace.ready_at()) +
              (rests ? Duration(*rc::gen::inRange<Duration::rep>(0, 5'000'000)) : Duration(0));
        pace.take(now);
        now += Duration(*rc::gen::inRange<Duration::rep>(0, 100'000));
        pace.departed(now);
        const Duration there = network.delay();
        RC_ASSERT(server.takes(now + there));
        pace.answered(there + way_back, now + there + way_back);
    }
}

RC_GTEST_PROP(pace, stays_between_its_bounds_whatever_it_is_told, ()) {
    Pace pace({.rate = 2, .burst = 2}, *rc::gen::element(0.01, 0.5, 2.0, 50.0));
    Instant now = start;
    for (int event = 0; event < 200; ++event) {
        now += Duration(*rc::gen::inRange<Duration::rep>(0, 100'000'000));
        switch (*rc::gen::inRange(0, 4)) {
        case 0:
            pace.take(now);
            break;
        case 1:
            pace.throttled(now);
            break;
        case 2:
            pace.recover(now);
            break;
        default:
            pace.answered(Duration(*rc::gen::inRange<Duration::rep>(0, 9'000'000)), now);
            break;
        }
        RC_ASSERT(pace.rate() >= 2.0 / 64);
        RC_ASSERT(pace.rate() <= 2.0);
        RC_ASSERT(pace.ready_at() <= now + 220 * pace.period());
    }
}

} // namespace
} // namespace exarch::core
