#include "simulation/scenarios/script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

namespace exarch::simulation {
namespace {

using ledger::OperationState;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string account = "111122223333";

std::string purge(const std::string& path) {
    return first_form({{account, "E1", path}});
}

std::unique_ptr<World> calm_world(const WorldParams& params = {}) {
    return std::make_unique<World>(params, std::make_unique<CalmConditions>());
}

TEST(merging, a_lone_operation_leaves_at_once_and_is_done) {
    Script()
        .send(purge("/a"))
        .receive()
        .expect_commit()
        .commit()
        .expect_deleted()
        .expect_send({"/a"})
        .reply()
        .commit()
        .expect_done(1)
        .expect_nothing()
        .fails_at_every_step();
}

TEST(merging, what_arrives_while_waiting_for_a_token_travels_together) {
    Script()
        .send(purge("/a"))
        .receive()
        .commit()
        .expect_deleted()
        .expect_send({"/a"})
        .reply()
        .send(purge("/b"))
        .send(purge("/c"))
        .send(purge("/b"))
        .receive()
        .commit()
        .expect_deleted()
        .expect_nothing()
        .advance(seconds(2))
        .commit()
        .expect_send({"/b", "/c"})
        .reply()
        .commit()
        .expect_done(4)
        .fails_at_every_step();
}

TEST(merging, a_wish_that_comes_while_its_equal_is_on_its_way_has_a_call_of_its_own) {
    Script()
        .send(purge("/a"))
        .receive()
        .commit()
        .expect_deleted()
        .expect_send({"/a"})
        .send(purge("/a"))
        .receive()
        .commit()
        .expect_deleted()
        .reply()
        .commit()
        .expect_done(1)
        .advance(seconds(2))
        .commit()
        .expect_send({"/a"})
        .reply()
        .commit()
        .expect_done(2)
        .fails_at_every_step();
}

TEST(merging, a_wildcard_settles_what_it_covers_beside_it) {
    Script()
        .send(first_form({{account, "E1", "/img/cat"},
                          {account, "E1", "/img/*"},
                          {account, "E1", "/img/dog/*"},
                          {account, "E1", "/css"}}))
        .receive()
        .commit()
        .expect_deleted()
        .expect_send({"/img/*", "/css"})
        .reply()
        .commit()
        .expect_done(4)
        .fails_at_every_step();
}

TEST(merging, a_message_delivered_again_is_accepted_once) {
    const auto world = calm_world();
    world->send(purge("/a"));
    world->advance(std::chrono::milliseconds(5));
    world->queue().repeat_any(0, world->now().steady);
    ASSERT_TRUE(world->drain(minutes(1)));
    EXPECT_EQ(world->core().counts().messages, 2U);
    EXPECT_EQ(world->core().counts().duplicates, 1U);
    EXPECT_THAT(world->cloudfront().accepted(), SizeIs(1));
    EXPECT_TRUE(problems(*world).empty());
}

TEST(merging, a_task_sent_again_does_nothing_and_one_with_other_content_is_rejected) {
    const auto world = calm_world();
    world->send(second_form(account, "E1", {"/a"}, R"("id": "sale")"));
    world->send(second_form(account, "E1", {"/a"}, R"("id": "sale")"));
    world->send(second_form(account, "E1", {"/b"}, R"("id": "sale")"));
    world->send(second_form(account, "E1", {"/c"}, R"("id": "sale")"), "somebody else");
    ASSERT_TRUE(world->drain(minutes(1)));
    EXPECT_EQ(world->core().counts().accepted, 2U);
    EXPECT_EQ(world->core().counts().duplicates, 1U);
    EXPECT_EQ(world->core().counts().rejected, 1U);
    EXPECT_EQ(world->ledger().totals()->operations.rejected, 1);
    EXPECT_TRUE(problems(*world).empty());
}

TEST(merging, poison_is_recorded_and_deleted) {
    const auto world = calm_world();
    world->send("not JSON");
    world->send(R"({"entries": [7]})");
    world->send(std::string(100'000, '['));
    ASSERT_TRUE(world->drain(minutes(1)));
    EXPECT_TRUE(world->queue().empty());
    EXPECT_EQ(world->ledger().totals()->operations.rejected, 3);
    EXPECT_EQ(world->ledger().totals()->operations.total(), 3);
}

TEST(merging, six_hundred_entries_over_eight_lanes_take_six_seconds_and_few_calls) {
    const auto world = calm_world();
    for (int message = 0; message < 60; ++message) {
        std::vector<Entry> entries;
        for (int entry = 0; entry < 10; ++entry) {
            const int number = message * 10 + entry;
            entries.push_back({fmt::format("11112222333{}", number % 4),
                               fmt::format("E{}", number % 8), fmt::format("/p/{}", number)});
        }
        world->send(first_form(entries));
    }
    ASSERT_TRUE(world->drain(seconds(6)));
    std::map<std::string, int> calls;
    for (const auto& departure : world->departures()) {
        ++calls[departure.call.lane.resource];
    }
    EXPECT_THAT(calls, SizeIs(8));
    for (const auto& [lane, count] : calls) {
        EXPECT_LE(count, 4) << lane;
    }
    EXPECT_EQ(world->core().counts().throttled, 0U);
    EXPECT_EQ(world->checker().operations(OperationState::done), 600U);
    EXPECT_TRUE(problems(*world).empty());
}

TEST(merging, ten_thousand_paths_travel_in_as_many_calls_as_the_slots_need) {
    const auto world = calm_world();
    std::vector<std::string> paths;
    for (int path = 0; path < 10'000; ++path) {
        paths.push_back(fmt::format("/p/{}", path));
    }
    world->send(second_form(account, "E1", paths));
    ASSERT_TRUE(world->drain(minutes(10)));
    EXPECT_THAT(world->departures(), SizeIs(4));
    EXPECT_EQ(world->cloudfront().tally(account).slots_full, 0U);
    EXPECT_TRUE(problems(*world).empty());
}

TEST(fairness, a_flood_in_one_lane_delays_another_by_one_call) {
    const auto world = calm_world();
    std::vector<std::string> paths;
    for (int path = 0; path < 20'000; ++path) {
        paths.push_back(fmt::format("/p/{}", path));
    }
    world->send(second_form(account, "E1", paths), "flood");
    world->advance(seconds(1));
    world->send(purge("/mine"), "somebody");
    world->send(first_form({{account, "E2", "/mine"}}), "somebody");
    world->advance(seconds(4));
    EXPECT_THAT(world->cloudfront().accepted(),
                testing::Contains(testing::Field(&FakeCloudFront::Invalidation::distribution,
                                                 std::string("E2"))));
}

TEST(fairness, a_flood_of_distributions_delays_another_requester_by_a_few_calls) {
    for (const char* urgency : {"", R"("priority": 100)"}) {
        const auto world = calm_world();
        for (int lane = 0; lane < 100; ++lane) {
            world->send(second_form(account, fmt::format("flood{}", lane), {"/a"}, urgency),
                        "flood");
        }
        world->advance(seconds(3));
        world->send(first_form({{account, "E2", "/mine"}}), "somebody");
        // Where another has found work for the same lane before, it is no worse.
        world->send(first_form({{account, "flood90", "/mine"}}), "somebody");
        world->advance(seconds(20));
        std::vector<std::string> lanes;
        for (const auto& departure : world->departures()) {
            lanes.push_back(departure.call.lane.resource);
        }
        EXPECT_LT(lanes.size(), 30U);
        EXPECT_THAT(lanes, testing::Contains("E2")) << urgency;
        EXPECT_THAT(lanes, testing::Contains("flood90")) << urgency;
    }
}

TEST(fairness, urgent_lanes_go_first_and_the_others_are_not_forgotten) {
    const auto world = calm_world();
    world->send(purge("/first"));
    world->advance(std::chrono::milliseconds(100));
    world->send(first_form({{account, "patient", "/a"}}));
    for (int lane = 0; lane < 30; ++lane) {
        world->send(
            second_form(account, fmt::format("urgent{}", lane), {"/a"}, R"("priority": 9)"));
    }
    world->advance(seconds(10));
    std::vector<std::string> lanes;
    for (const auto& departure : world->departures()) {
        lanes.push_back(departure.call.lane.resource);
    }
    ASSERT_GE(lanes.size(), 9U);
    EXPECT_EQ(lanes[1].substr(0, 6), "urgent");
    EXPECT_THAT(lanes, testing::Contains("patient"));
}

} // namespace
} // namespace exarch::simulation
