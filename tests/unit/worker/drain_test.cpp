#include "worker/drain.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace exarch::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

base::Instant at(base::Duration since_start) {
    return base::Instant(std::chrono::hours(1) + since_start);
}

TEST(DrainWatch, is_over_after_two_empty_readings_a_second_apart) {
    DrainWatch watch;
    EXPECT_FALSE(watch.wants_reading({.empty = {0}, .full = 0}, at(seconds(0))));
    EXPECT_TRUE(watch.wants_reading({.empty = {1}, .full = 0}, at(seconds(0))));
    watch.read(true, {.empty = {1}, .full = 0}, at(seconds(0)));
    EXPECT_FALSE(watch.wants_reading({.empty = {1}, .full = 0}, at(seconds(2))));
    EXPECT_FALSE(watch.wants_reading({.empty = {2}, .full = 0}, at(milliseconds(900))));
    EXPECT_TRUE(watch.wants_reading({.empty = {2}, .full = 0}, at(seconds(1))));
    EXPECT_FALSE(watch.queues_are_empty({.empty = {2}, .full = 0}));
    watch.read(true, {.empty = {2}, .full = 0}, at(seconds(1)));
    EXPECT_TRUE(watch.queues_are_empty({.empty = {2}, .full = 0}));
    EXPECT_FALSE(watch.queues_are_empty({.empty = {2}, .full = 1}));
}

/// One queue answers many times while another's single receive is still waiting.
TEST(DrainWatch, every_queue_has_to_be_asked_in_vain_before_a_reading) {
    DrainWatch watch;
    EXPECT_FALSE(watch.wants_reading({.empty = {2, 0}, .full = 0}, at(seconds(0))));
    EXPECT_TRUE(watch.wants_reading({.empty = {2, 1}, .full = 0}, at(seconds(0))));
    watch.read(true, {.empty = {2, 1}, .full = 0}, at(seconds(0)));
    EXPECT_FALSE(watch.wants_reading({.empty = {5, 1}, .full = 0}, at(seconds(2))));
    EXPECT_TRUE(watch.wants_reading({.empty = {5, 2}, .full = 0}, at(seconds(2))));
}

TEST(DrainWatch, a_message_or_a_full_queue_in_between_begins_anew) {
    DrainWatch watch;
    watch.read(true, {.empty = {1}, .full = 0}, at(seconds(0)));
    watch.read(true, {.empty = {2}, .full = 1}, at(seconds(1)));
    EXPECT_FALSE(watch.queues_are_empty({.empty = {2}, .full = 1}));
    watch.read(false, {.empty = {3}, .full = 1}, at(seconds(2)));
    watch.read(true, {.empty = {4}, .full = 1}, at(seconds(3)));
    EXPECT_FALSE(watch.queues_are_empty({.empty = {4}, .full = 1}));
    watch.read(true, {.empty = {5}, .full = 1}, at(seconds(4)));
    EXPECT_TRUE(watch.queues_are_empty({.empty = {5}, .full = 1}));
}

} // namespace
} // namespace exarch::worker
