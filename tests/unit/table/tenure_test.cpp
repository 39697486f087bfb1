#include "table/tenure.hpp"

#include <gtest/gtest.h>

namespace exarch::table {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Step = Tenure::Step;

class TenureTest : public testing::Test {
protected:
    /// With nothing to do until then, and most of the lease left.
    [[nodiscard]] Tenure::State resting(base::Timestamp until) const {
        return {.held_until = now_.steady + seconds(89),
                .has_commits = false,
                .is_busy = false,
                .is_blocked = false,
                .rests_until = until};
    }
    [[nodiscard]] Tenure::Next next(const Tenure::State& state) const {
        return tenure_.next(state, now_);
    }
    void look_in_vain() {
        for (int look = 0; look < 2; ++look) {
            tenure_.looked(true, now_.steady);
        }
    }

    base::Moment now_{base::Instant(hours(1)), base::Timestamp(milliseconds(1'795'000'000'000))};
    Tenure tenure_{TenureTerms(), now_.steady};
};

TEST_F(TenureTest, what_is_decided_is_written_before_all_else) {
    Tenure::State state = resting(base::Timestamp::max());
    state.has_commits = true;
    state.held_until = now_.steady - seconds(1);
    EXPECT_EQ(next(state).step, Step::write);
    state.has_commits = false;
    EXPECT_EQ(next(state).step, Step::hold_on);
}

TEST_F(TenureTest, the_lease_is_held_on_to_when_a_third_of_it_is_over) {
    tenure_.looked(false, now_.steady);
    Tenure::State state = resting(now_.wall);
    state.held_until = now_.steady + seconds(60) + milliseconds(1);
    EXPECT_EQ(next(state).step, Step::wait);
    EXPECT_EQ(next(state).at, now_.steady + milliseconds(1));
    state.held_until = now_.steady + seconds(60);
    EXPECT_EQ(next(state).step, Step::hold_on);
}

TEST_F(TenureTest, the_log_is_looked_at_each_second_and_when_there_is_news) {
    EXPECT_EQ(next(resting(now_.wall)).step, Step::look);
    tenure_.looked(false, now_.steady);
    EXPECT_EQ(next(resting(now_.wall)).step, Step::wait);
    EXPECT_EQ(next(resting(now_.wall)).at, now_.steady + seconds(1));
    tenure_.look_soon(now_.steady);
    EXPECT_EQ(next(resting(now_.wall)).step, Step::look);
}

TEST_F(TenureTest, an_account_with_nothing_to_do_is_given_up_after_two_looks_in_vain) {
    tenure_.looked(true, now_.steady);
    EXPECT_EQ(next(resting(base::Timestamp::max())).step, Step::wait);
    tenure_.looked(true, now_.steady);
    EXPECT_EQ(next(resting(base::Timestamp::max())).step, Step::release);
    EXPECT_EQ(next(resting(base::Timestamp::max())).due, base::Timestamp::max());
    EXPECT_EQ(next(resting(now_.wall + hours(2))).due, now_.wall + hours(2));
    EXPECT_EQ(next(resting(now_.wall + minutes(1))).step, Step::wait) << "it is not worth it";

    tenure_.looked(false, now_.steady);
    tenure_.looked(true, now_.steady);
    EXPECT_EQ(next(resting(base::Timestamp::max())).step, Step::wait) << "there was something";
}

TEST_F(TenureTest, an_account_is_kept_while_anything_is_under_way_or_only_people_can_help) {
    look_in_vain();
    Tenure::State state = resting(base::Timestamp::max());
    state.is_busy = true;
    EXPECT_EQ(next(state).step, Step::wait);
    state = resting(now_.wall + hours(1));
    state.is_blocked = true;
    EXPECT_EQ(next(state).step, Step::wait);
    state.is_blocked = false;
    state.rests_until.reset();
    EXPECT_EQ(next(state).step, Step::wait);
}

TEST_F(TenureTest, who_stops_looks_no_more_and_leaves_the_rest_to_others_at_once) {
    tenure_.stop();
    Tenure::State state = resting(now_.wall + minutes(1));
    state.is_blocked = true;
    state.is_busy = true;
    EXPECT_EQ(next(state).step, Step::wait);
    EXPECT_EQ(next(state).at, now_.steady + seconds(29)) << "when it has to be held on to";
    state.is_busy = false;
    EXPECT_EQ(next(state).step, Step::release);
    EXPECT_EQ(next(state).due, now_.wall);
}

} // namespace
} // namespace exarch::table
