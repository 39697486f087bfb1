#include "core/quota/slots.hpp"

#include <gmock/gmock.h>

namespace exarch::core {

using actions::SlotCount;
using actions::SlotKind;
using base::Duration;
using base::Instant;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr Instant now{std::chrono::hours(1)};

TEST(slots, what_is_held_is_not_available) {
    Slots slots({.paths = 100, .wildcards = 5});
    slots.hold({.paths = 60, .wildcards = 5});
    EXPECT_EQ(slots.available(now), (SlotCount{.paths = 40, .wildcards = 0}));
    slots.release({.paths = 60, .wildcards = 4});
    EXPECT_EQ(slots.available(now), (SlotCount{.paths = 100, .wildcards = 4}));
}

TEST(slots, a_ledger_with_more_in_progress_than_allowed_leaves_none_available) {
    Slots slots({.paths = 100, .wildcards = 5});
    slots.hold({.paths = 150, .wildcards = 9});
    EXPECT_EQ(slots.available(now), SlotCount{});
}

TEST(slots, after_a_refusal_the_next_batch_is_half_as_large_and_comes_after_a_rest) {
    Slots slots({.paths = 3000, .wildcards = 15});
    slots.refused({.paths = 1000, .wildcards = 0}, now);
    EXPECT_EQ(slots.available(now).paths, 0U);
    EXPECT_EQ(slots.available(now).wildcards, 15U);
    const Instant rested = slots.rest_until(SlotKind::path);
    EXPECT_GT(rested, now);
    EXPECT_EQ(slots.available(rested).paths, 500U);
}

TEST(slots, each_further_refusal_rests_longer_up_to_a_minute) {
    Slots slots({.paths = 3000, .wildcards = 15});
    Duration rest{};
    Instant at = now;
    for (int refusal = 0; refusal < 20; ++refusal) {
        slots.refused({.paths = 1, .wildcards = 0}, at);
        const Duration next = slots.rest_until(SlotKind::path) - at;
        EXPECT_GE(next, rest);
        EXPECT_LE(next, seconds(60));
        rest = next;
        at += next;
        EXPECT_EQ(slots.available(at).paths, 1U);
    }
    EXPECT_EQ(rest, seconds(60));
}

TEST(slots, accepted_batches_probe_upward_by_doubling) {
    Slots slots({.paths = 3000, .wildcards = 15});
    slots.refused({.paths = 1000, .wildcards = 0}, now);
    slots.accepted({.paths = 500, .wildcards = 0});
    EXPECT_EQ(slots.available(now + minutes(1)).paths, 1000U);
    slots.accepted({.paths = 1000, .wildcards = 0});
    slots.accepted({.paths = 2000, .wildcards = 0});
    EXPECT_EQ(slots.available(now + minutes(1)).paths, 3000U);
}

TEST(slots, a_small_batch_that_is_accepted_says_nothing_about_large_ones) {
    Slots slots({.paths = 3000, .wildcards = 15});
    slots.refused({.paths = 1000, .wildcards = 0}, now);
    slots.accepted({.paths = 3, .wildcards = 0});
    EXPECT_EQ(slots.available(now + minutes(1)).paths, 500U);
}

TEST(slots, a_refused_batch_with_wildcards_casts_suspicion_on_those_alone) {
    Slots slots({.paths = 3000, .wildcards = 15});
    slots.refused({.paths = 100, .wildcards = 4}, now);
    EXPECT_EQ(slots.available(now), (SlotCount{.paths = 3000, .wildcards = 0}));
    EXPECT_EQ(slots.available(now + minutes(1)).wildcards, 2U);
}

TEST(completion_time, starts_at_a_minute) {
    EXPECT_EQ(CompletionTime().expected(), seconds(60));
}

TEST(completion_time, comes_down_to_what_is_seen_with_something_to_spare) {
    CompletionTime time;
    for (int call = 0; call < 50; ++call) {
        time.observed(seconds(9), seconds(11));
    }
    EXPECT_NEAR(static_cast<double>(time.expected().count()), 15e6, 0.5e6);
}

TEST(completion_time, does_not_grow_because_nobody_asked_sooner) {
    CompletionTime time;
    for (int call = 0; call < 50; ++call) {
        time.observed(Duration(0), time.expected());
    }
    EXPECT_LT(time.expected(), seconds(10));
}

TEST(completion_time, grows_where_slots_thought_free_were_not) {
    CompletionTime time;
    time.fell_short();
    EXPECT_EQ(time.expected(), seconds(120));
    for (int refusal = 0; refusal < 20; ++refusal) {
        time.fell_short();
    }
    EXPECT_EQ(time.expected(), minutes(15));
}

TEST(completion_time, comes_back_to_a_minute_while_slots_thought_free_are) {
    CompletionTime time;
    for (int refusal = 0; refusal < 20; ++refusal) {
        time.fell_short();
    }
    for (int call = 0; call < 100; ++call) {
        const Duration before = time.expected();
        time.held_good();
        EXPECT_LT(time.expected(), before);
    }
    EXPECT_GE(time.expected(), seconds(60));
    EXPECT_LE(time.expected(), seconds(63));
}

TEST(completion_time, is_not_lengthened_because_slots_thought_free_are) {
    CompletionTime time;
    for (int call = 0; call < 50; ++call) {
        time.observed(Duration(0), seconds(10));
    }
    const Duration before = time.expected();
    time.held_good();
    EXPECT_EQ(time.expected(), before);
}

} // namespace
} // namespace exarch::core
