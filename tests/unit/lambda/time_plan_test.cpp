#include "lambda/time_plan.hpp"

#include <gtest/gtest.h>

namespace exarch::lambda {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Moment now{base::Instant(std::chrono::hours(1)),
                       base::Timestamp(std::chrono::hours(24) * 20'000)};

TEST(time_plan, keeps_a_quarter_for_the_last_call_and_a_margin_for_the_answer) {
    const TimePlan plan = plan_time(now, now.wall + seconds(30));
    EXPECT_EQ(plan.call_longest, milliseconds(7500));
    EXPECT_EQ(plan.answer_by, now.steady + milliseconds(29'500));
    EXPECT_EQ(plan.last_start, now.steady + milliseconds(22'000));
}

TEST(time_plan, no_call_takes_longer_than_ten_seconds_however_much_time_there_is) {
    EXPECT_EQ(plan_time(now, now.wall + minutes(5)).call_longest, seconds(10));
}

TEST(time_plan, no_call_is_given_less_than_two_seconds) {
    const TimePlan plan = plan_time(now, now.wall + seconds(3));
    EXPECT_EQ(plan.call_longest, seconds(2));
    EXPECT_TRUE(plan.has_time_at(now.steady));
    EXPECT_FALSE(plan.has_time_at(now.steady + milliseconds(501)));
}

TEST(time_plan, there_is_no_time_where_one_call_would_not_fit) {
    EXPECT_TRUE(plan_time(now, now.wall + milliseconds(2500)).has_time_at(now.steady));
    EXPECT_FALSE(plan_time(now, now.wall + milliseconds(2499)).has_time_at(now.steady));
    EXPECT_FALSE(plan_time(now, now.wall).has_time_at(now.steady));
    EXPECT_FALSE(plan_time(now, now.wall - std::chrono::hours(1)).has_time_at(now.steady));
}

TEST(time_plan, a_deadline_that_no_function_has_is_not_believed) {
    EXPECT_EQ(plan_time(now, now.wall + std::chrono::hours(24 * 365)).answer_by,
              now.steady + minutes(15) - answer_margin);
}

} // namespace
} // namespace exarch::lambda
