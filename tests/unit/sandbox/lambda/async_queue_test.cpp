#include "sandbox/functions/trace/lineage.hpp"
#include "sandbox/lambda/async_queue.hpp"
#include "unit/sandbox/functions/support.hpp"
#include "unit/sandbox/world.hpp"

#include <gtest/gtest.h>

namespace exarch::sandbox::lambda {
namespace {

using functions::FleetWorld;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(AsyncQueue, tries_three_times_and_longer_apart) {
    FleetWorld world;
    AsyncQueue queue(world.fleet);
    queue.add(std::string(functions::purge_arn), {.payload = "1"}, start_of_test());
    for (const auto after : {minutes(0), minutes(1), minutes(3)}) {
        queue.advance(later(after - seconds(after.count() > 0 ? 1 : 0)));
        queue.advance(later(after));
        const auto id = world.host.last;
        ASSERT_TRUE(world.next(id, later(after)).has_value());
        world.fleet.on_exit(id, {.code = 1}, later(after));
        queue.advance(later(after));
    }
    EXPECT_EQ(world.host.last, 3U);
    EXPECT_EQ(queue.advance(later(hours(1))), std::nullopt);
    EXPECT_EQ(world.host.last, 3U);
}

TEST(AsyncQueue, is_done_with_what_succeeded) {
    FleetWorld world;
    AsyncQueue queue(world.fleet);
    queue.add(std::string(functions::purge_arn), {.payload = "1"}, start_of_test());
    queue.advance(start_of_test());
    const auto event = world.next(1, start_of_test());
    ASSERT_TRUE(event.has_value());
    world.answer(1, *event, "", start_of_test());
    EXPECT_EQ(queue.advance(start_of_test()), std::nullopt);
}

TEST(AsyncQueue, waits_for_room_for_six_hours) {
    FleetWorld world;
    world.fleet.reserve(functions::purge_arn, 0);
    AsyncQueue queue(world.fleet);
    queue.add(std::string(functions::purge_arn), {.payload = "1"}, start_of_test());
    EXPECT_EQ(queue.advance(start_of_test()), later(seconds(1)).steady);
    EXPECT_NE(queue.advance(later(hours(5))), std::nullopt);
    EXPECT_EQ(queue.advance(later(hours(6))), std::nullopt);
}

TEST(AsyncQueue, drops_what_comes_round_too_often) {
    FleetWorld world;
    AsyncQueue queue(world.fleet);
    std::string trace;
    for (std::size_t i = 0; i < functions::chain_invocations_max; ++i) {
        trace =
            functions::with_invocation(trace, functions::lineage_of(trace), functions::purge_arn);
    }
    queue.add(std::string(functions::purge_arn), {.payload = "1", .trace_id = trace},
              start_of_test());
    EXPECT_EQ(queue.advance(start_of_test()), std::nullopt);
    EXPECT_EQ(world.host.last, 0U);
}

TEST(AsyncQueue, forgets_what_was_for_a_function_that_is_gone) {
    FleetWorld world;
    AsyncQueue queue(world.fleet);
    queue.add(std::string(functions::purge_arn), {.payload = "1"}, start_of_test());
    world.fleet.remove(functions::purge_arn);
    EXPECT_EQ(queue.advance(start_of_test()), std::nullopt);
}

} // namespace
} // namespace exarch::sandbox::lambda
