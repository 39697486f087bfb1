#include "core/quota/breaker.hpp"

#include <gmock/gmock.h>

namespace exarch::core {
namespace {

using base::Instant;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant now{std::chrono::hours(1)};

TEST(breaker, admits_everything_until_it_is_tripped) {
    Breaker breaker;
    EXPECT_TRUE(breaker.admits(now));
    breaker.sent();
    EXPECT_TRUE(breaker.admits(now));
    EXPECT_FALSE(breaker.reset());
}

TEST(breaker, once_tripped_it_admits_one_probe_a_minute) {
    Breaker breaker;
    EXPECT_TRUE(breaker.trip(now, "no such role"));
    EXPECT_TRUE(breaker.is_open());
    EXPECT_EQ(breaker.reason(), "no such role");
    EXPECT_FALSE(breaker.admits(now + seconds(59)));
    EXPECT_EQ(breaker.probe_at(), now + minutes(1));
    EXPECT_TRUE(breaker.admits(now + minutes(1)));
    breaker.sent();
    EXPECT_FALSE(breaker.admits(now + minutes(5)));
    EXPECT_FALSE(breaker.trip(now + minutes(5), "no such role"));
    EXPECT_FALSE(breaker.admits(now + minutes(5) + seconds(59)));
    EXPECT_TRUE(breaker.admits(now + minutes(6)));
}

TEST(breaker, a_probe_that_goes_through_closes_it) {
    Breaker breaker;
    breaker.trip(now, "no such role");
    breaker.sent();
    EXPECT_TRUE(breaker.reset());
    EXPECT_TRUE(breaker.admits(now));
    EXPECT_EQ(breaker.reason(), "");
}

TEST(breaker, a_probe_that_shows_nothing_is_followed_by_another_a_minute_later) {
    Breaker breaker;
    breaker.trip(now, "no such role");
    breaker.sent();
    breaker.inconclusive(now + minutes(2));
    EXPECT_TRUE(breaker.is_open());
    EXPECT_FALSE(breaker.admits(now + minutes(2) + seconds(59)));
    EXPECT_TRUE(breaker.admits(now + minutes(3)));
}

TEST(breaker, what_shows_nothing_about_a_healthy_account_delays_nothing) {
    Breaker breaker;
    breaker.sent();
    breaker.inconclusive(now);
    EXPECT_TRUE(breaker.admits(now));
}

} // namespace
} // namespace exarch::core
