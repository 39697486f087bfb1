#include "unit/sandbox/functions/support.hpp"
#include "unit/sandbox/world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exarch::sandbox::functions {
namespace {

using State = FakeHost::State;
using std::chrono::seconds;
using testing::HasSubstr;

std::vector<std::string> lines_of(const Fleet& fleet) {
    std::vector<std::string> lines;
    for (const auto& each : fleet.log().since(0, "")) {
        lines.emplace_back(each.as_object().at("text").as_string());
    }
    return lines;
}

TEST(Fleet, event_reaches_the_process_that_was_started_for_it) {
    FleetWorld world;
    const auto invocation = world.begin(R"({"a":1})", start_of_test());
    ASSERT_EQ(world.host.plans.size(), 1U);
    EXPECT_THAT(world.host.plans[0].variables.at("STREAM"), HasSubstr("2026/11/24/[$LATEST]"));
    const auto event = world.next(1, later(seconds(1)));
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->body, R"({"a":1})");
    EXPECT_EQ(event->headers.get("Lambda-Runtime-Aws-Request-Id"), invocation->request_id);
    EXPECT_EQ(event->headers.get("Lambda-Runtime-Invoked-Function-Arn"), purge_arn);
    const auto deadline = later(seconds(4)).wall.time_since_epoch().count();
    EXPECT_EQ(event->headers.get("Lambda-Runtime-Deadline-Ms"), fmt::to_string(deadline));
    EXPECT_THAT(
        std::string(*event->headers.get("Lambda-Runtime-Trace-Id")),
        testing::MatchesRegex(
            "Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:0"));
    EXPECT_FALSE(invocation->outcome.has_value());
    world.answer(1, *event, "done", later(seconds(2)));
    EXPECT_EQ(invocation->outcome, Outcome(false, "done"));
    EXPECT_THAT(invocation->log_tail, HasSubstr("Duration: 1000.00 ms\tBilled Duration: 2000 ms\t"
                                                "Memory Size: 128 MB\tMax Memory Used: 12 MB\t"
                                                "Init Duration: 1000.00 ms"));
}

TEST(Fleet, idle_environment_is_frozen_and_takes_the_next_event) {
    FleetWorld world;
    auto first = world.begin("1", start_of_test());
    world.answer(1, *world.next(1, start_of_test()), "", start_of_test());
    EXPECT_EQ(world.host.states.at(1), State::frozen);
    EXPECT_EQ(world.fleet.count(purge_arn).idle, 1U);
    auto second = world.begin("2", later(seconds(1)));
    EXPECT_EQ(world.host.states.at(1), State::running);
    EXPECT_EQ(world.host.plans.size(), 1U);
    EXPECT_EQ(world.next(1, later(seconds(1)))->body, "2");
}

TEST(Fleet, answer_belongs_to_the_event_at_hand) {
    FleetWorld world;
    const auto invocation = world.begin("1", start_of_test());
    const std::string path = fmt::format("invocation/{}/response", invocation->request_id);
    EXPECT_EQ(world.ask(1, "POST", path, start_of_test(), "x")->status, 403);
    const auto event = world.next(1, start_of_test());
    EXPECT_EQ(world.next(1, start_of_test())->status, 403);
    EXPECT_EQ(world.ask(1, "POST", "invocation/other/response", start_of_test())->status, 400);
    EXPECT_EQ(world.ask(1, "POST", path, start_of_test(), "x")->status, 202);
    EXPECT_EQ(world.ask(1, "POST", path, start_of_test(), "y")->status, 400);
    EXPECT_EQ(world.ask(1, "POST", "init/error", start_of_test(), "{}")->status, 403);
    EXPECT_EQ(world.ask(1, "GET", "nothing", start_of_test())->status, 404);
    EXPECT_FALSE(world.next(1, start_of_test()).has_value());
    EXPECT_EQ(invocation->outcome, Outcome(false, "x"));
}

TEST(Fleet, answer_that_is_too_long_is_an_error) {
    FleetWorld world;
    const auto invocation = world.begin("1", start_of_test());
    (void)world.next(1, start_of_test());
    const std::string path = fmt::format("invocation/{}/response", invocation->request_id);
    const auto refused =
        world.ask(1, "POST", path, start_of_test(), std::string(payload_bytes_max + 1, 'x'));
    EXPECT_EQ(refused->status, 413);
    EXPECT_THAT(refused->body, HasSubstr("RequestEntityTooLarge"));
    (void)world.next(1, start_of_test());
    EXPECT_TRUE(invocation->outcome->is_error);
    EXPECT_THAT(invocation->outcome->payload, HasSubstr("Function.ResponseSizeTooLarge"));
}

TEST(Fleet, timeout_ends_the_environment) {
    FleetWorld world;
    const auto invocation = world.begin("1", start_of_test());
    (void)world.next(1, start_of_test());
    EXPECT_EQ(world.fleet.advance(later(seconds(2))), later(seconds(3)).steady);
    EXPECT_FALSE(invocation->outcome.has_value());
    world.fleet.advance(later(seconds(3)));
    EXPECT_THAT(invocation->outcome->payload,
                HasSubstr("Error: Task timed out after 3.00 seconds"));
    EXPECT_EQ(world.host.states.at(1), State::stopped);
    EXPECT_EQ(world.fleet.count(purge_arn).busy, 0U);
}

TEST(Fleet, init_is_tried_again_within_the_function_s_own_time) {
    FleetWorld world;
    const auto invocation = world.begin("1", start_of_test());
    world.fleet.advance(later(seconds(10)));
    EXPECT_EQ(world.host.plans.size(), 2U);
    EXPECT_FALSE(invocation->outcome.has_value());
    world.fleet.advance(later(seconds(13)));
    EXPECT_EQ(world.host.plans.size(), 2U);
    EXPECT_THAT(invocation->outcome->payload, HasSubstr("Sandbox.Timedout"));
}

TEST(Fleet, second_init_may_succeed) {
    FleetWorld world;
    const auto invocation = world.begin("1", start_of_test());
    world.fleet.on_exit(1, {.code = 1}, later(seconds(1)));
    EXPECT_EQ(world.host.plans.size(), 2U);
    const auto event = world.next(1, later(seconds(2)));
    const auto deadline = later(seconds(4)).wall.time_since_epoch().count();
    EXPECT_EQ(event->headers.get("Lambda-Runtime-Deadline-Ms"), fmt::to_string(deadline));
    world.answer(1, *event, "well", later(seconds(2)));
    EXPECT_EQ(invocation->outcome, Outcome(false, "well"));
}

TEST(Fleet, process_that_ends_fails_its_event) {
    FleetWorld world;
    const auto invocation = world.begin("1", start_of_test());
    (void)world.next(1, start_of_test());
    world.fleet.on_exit(1, {.signal = 9}, start_of_test());
    EXPECT_THAT(invocation->outcome->payload, HasSubstr("Runtime exited with error: signal: 9"));
}

TEST(Fleet, answer_stands_though_the_process_ends) {
    FleetWorld world;
    const auto invocation = world.begin("1", start_of_test());
    (void)world.next(1, start_of_test());
    (void)world.ask(1, "POST", fmt::format("invocation/{}/response", invocation->request_id),
                    start_of_test(), "well");
    EXPECT_FALSE(invocation->outcome.has_value());
    world.fleet.on_exit(1, {.code = 0}, start_of_test());
    EXPECT_EQ(invocation->outcome, Outcome(false, "well"));
}

TEST(Fleet, idle_process_that_ends_is_forgotten) {
    FleetWorld world;
    auto first = world.begin("1", start_of_test());
    world.answer(1, *world.next(1, start_of_test()), "", start_of_test());
    world.fleet.on_exit(1, {.code = 0}, start_of_test());
    EXPECT_EQ(world.fleet.count(purge_arn).idle, 0U);
}

TEST(Fleet, idle_environment_ends_in_time) {
    FleetWorld world;
    auto invocation = world.begin("1", start_of_test());
    world.answer(1, *world.next(1, start_of_test()), "", start_of_test());
    const auto due = world.fleet.advance(start_of_test());
    ASSERT_TRUE(due.has_value());
    world.fleet.advance({*due, start_of_test().wall});
    EXPECT_EQ(world.host.states.at(1), State::stopped);
}

TEST(Fleet, environments_of_what_it_was_take_no_more_events) {
    FleetWorld world;
    auto busy = world.begin("1", start_of_test());
    const auto event = world.next(1, start_of_test());
    world.fleet.put(FleetWorld::spec());
    auto other = world.begin("2", start_of_test());
    EXPECT_EQ(world.host.plans.size(), 2U);
    // It may finish what it is at.
    const std::string path = fmt::format("invocation/{}/response", busy->request_id);
    (void)world.ask(1, "POST", path, start_of_test(), "old");
    EXPECT_EQ(world.next(1, start_of_test())->status, 0);
    EXPECT_EQ(busy->outcome, Outcome(false, "old"));
    EXPECT_EQ(world.host.states.at(1), State::stopped);
}

TEST(Fleet, concurrency_is_what_is_reserved) {
    FleetWorld world;
    world.fleet.reserve(purge_arn, 1);
    auto first = world.begin("1", start_of_test());
    EXPECT_EQ(world.fleet.begin(purge_arn, {.payload = "2"}, start_of_test()).error(),
              Throttle::function);
    world.answer(1, *world.next(1, start_of_test()), "", start_of_test());
    EXPECT_TRUE(world.fleet.begin(purge_arn, {.payload = "2"}, start_of_test()).has_value());
}

TEST(Fleet, account_has_no_more_than_its_own_concurrency) {
    FleetWorld world;
    for (std::size_t i = 0; i < account_concurrency; ++i) {
        ASSERT_TRUE(world.fleet.begin(purge_arn, {.payload = "1"}, start_of_test()).has_value());
    }
    EXPECT_EQ(world.fleet.begin(purge_arn, {.payload = "1"}, start_of_test()).error(),
              Throttle::account);
}

TEST(Fleet, a_chain_of_requests_comes_to_a_function_16_times_unless_it_may_go_on) {
    FleetWorld world;
    std::string trace;
    const auto begin = [&] {
        auto begun =
            world.fleet.begin(purge_arn, {.payload = "1", .trace_id = trace}, start_of_test());
        trace = begun.has_value() ? (*begun)->trace_id : trace;
        return begun;
    };
    for (int i = 0; i < 16; ++i) {
        ASSERT_TRUE(begin().has_value()) << i;
    }
    EXPECT_EQ(begin().error(), Throttle::recursion);
    EXPECT_EQ(begin().error(), Throttle::recursion);
    EXPECT_EQ(world.fleet.count(purge_arn).recursive, 2U);
    EXPECT_TRUE(world.fleet.begin(purge_arn, {.payload = "1"}, start_of_test()).has_value());
    world.fleet.allow_recursion(purge_arn, true);
    world.fleet.put(FleetWorld::spec());
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(begin().has_value()) << i;
    }
    world.fleet.allow_recursion(purge_arn, false);
    EXPECT_EQ(begin().error(), Throttle::recursion);
}

TEST(Fleet, output_is_logged_line_by_line) {
    FleetWorld world;
    auto invocation = world.begin("1", start_of_test());
    const auto event = world.next(1, start_of_test());
    world.fleet.on_output(1, "one\ntw", start_of_test());
    world.fleet.on_output(1, "o\nthree", start_of_test());
    world.answer(1, *event, "", start_of_test());
    const auto lines = lines_of(world.fleet);
    ASSERT_EQ(lines.size(), 7U);
    EXPECT_EQ(lines[2], "one");
    EXPECT_EQ(lines[3], "two");
    EXPECT_EQ(lines[4], "three");
    EXPECT_THAT(lines[5], HasSubstr("END RequestId: "));
}

TEST(Fleet, line_without_an_end_is_cut) {
    FleetWorld world;
    auto invocation = world.begin("1", start_of_test());
    (void)world.next(1, start_of_test());
    world.fleet.on_output(1, std::string(200'000, 'x'), start_of_test());
    EXPECT_EQ(lines_of(world.fleet).size(), 5U);
    EXPECT_LE(invocation->log_tail.size(), 4096U);
}

TEST(Fleet, its_end_is_that_of_all_processes) {
    FakeHost host;
    {
        FleetWorld world;
        (void)world.begin("1", start_of_test());
        (void)world.begin("2", start_of_test());
        world.fleet.remove(purge_arn);
        // They are at work.
        EXPECT_EQ(world.host.states.at(1), State::running);
        EXPECT_FALSE(world.fleet.has(purge_arn));
    }
}

} // namespace
} // namespace exarch::sandbox::functions
