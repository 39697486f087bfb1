#include "simulate/tally.hpp"

#include <gtest/gtest.h>

namespace exarch::simulate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

double milliseconds_of(base::Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

TEST(Waits, a_percentile_is_a_little_too_long_at_most) {
    Waits waits;
    for (int i = 1; i <= 100'000; ++i) {
        waits.add(milliseconds(i));
    }
    for (const double percent : {0.01, 1.0, 50.0, 90.0, 99.0, 99.9}) {
        const double exact = percent * 1000;
        EXPECT_GE(milliseconds_of(waits.percentile(percent)), exact);
        EXPECT_LE(milliseconds_of(waits.percentile(percent)), exact * 1.02);
    }
    EXPECT_EQ(waits.percentile(100), seconds(100));
    EXPECT_EQ(waits.longest(), seconds(100));
}

TEST(Waits, nobody_waited) {
    EXPECT_EQ(Waits().percentile(50), base::Duration());
    Waits waits;
    waits.add({});
    EXPECT_EQ(waits.percentile(99), base::Duration());
}

TEST(Waits, the_longest_is_exact_and_no_percentile_is_longer) {
    Waits waits;
    waits.add(hours(24 * 400) + milliseconds(1));
    EXPECT_EQ(waits.percentile(50), hours(24 * 400) + milliseconds(1));
}

TEST(Timeline, parts_grow_and_nothing_is_lost) {
    Timeline timeline;
    for (int second = 0; second < 5000; ++second) {
        ++timeline.at(base::Instant(seconds(second))).calls;
    }
    EXPECT_EQ(timeline.part(), seconds(16));
    ASSERT_EQ(timeline.parts().size(), 313U);
    std::int64_t calls = 0;
    for (const Timeline::Part& part : timeline.parts()) {
        calls += part.calls;
        EXPECT_LE(part.calls, 16);
    }
    EXPECT_EQ(calls, 5000);
}

TEST(Timeline, what_waits_for_a_moment_only_is_seen_however_long_the_parts_are) {
    Timeline timeline;
    timeline.at(base::Instant(seconds(1))).count_waiting(2);
    timeline.at(base::Instant(seconds(2))).count_waiting(30'000);
    timeline.at(base::Instant(seconds(3))).count_waiting(-30'000);
    timeline.at(base::Instant(hours(24))).count_waiting(-2);
    EXPECT_EQ(timeline.parts().front().more_waiting, 2);
    EXPECT_EQ(timeline.parts().front().most_more, 30'002);
    EXPECT_EQ(timeline.parts().back().most_more, 0);
}

} // namespace
} // namespace exarch::simulate
