#include "simulation/scenarios/script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace exarch::simulation {
namespace {

using base::Instant;
using ledger::OperationState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Each;
using testing::SizeIs;

const std::string account = "111122223333";

std::vector<std::string> numbered(const std::string& pattern, int from, int to) {
    std::vector<std::string> paths;
    for (int number = from; number < to; ++number) {
        paths.push_back(fmt::format(fmt::runtime(pattern), number));
    }
    return paths;
}

class ScriptedConditions final : public CalmConditions {
public:
    bool reads_fail = false;
    [[nodiscard]] bool strikes(Fault fault) override {
        return reads_fail && fault == Fault::read_failed;
    }
};

class SlotsSim : public testing::Test {
protected:
    void make(core::SlotLimits limits) {
        WorldParams params;
        params.in_progress = limits;
        auto made = std::make_unique<ScriptedConditions>();
        conditions_ = made.get();
        world_ = std::make_unique<World>(params, std::move(made));
    }
    FakeAccount& model() { return world_->cloudfront().account(account); }
    std::uint64_t slots_full() { return world_->cloudfront().tally(account).slots_full; }
    void send(const std::vector<std::string>& paths, const std::string& distribution = "E1") {
        world_->send(second_form(account, distribution, paths));
    }
    std::size_t done() { return world_->checker().operations(OperationState::done); }

    ScriptedConditions* conditions_ = nullptr;
    std::unique_ptr<World> world_;
};

TEST_F(SlotsSim, exarch_counts_its_own_and_frees_them_as_it_sees_them_complete) {
    make({.paths = 100, .wildcards = 3});
    model().completion = seconds(10);
    send(numbered("/p/{}", 0, 350));
    send(numbered("/w{}/*", 0, 10));
    ASSERT_TRUE(world_->drain(minutes(2)));
    EXPECT_EQ(slots_full(), 0U);
    EXPECT_EQ(done(), 360U);
    EXPECT_TRUE(problems(*world_).empty());
}

TEST_F(SlotsSim, what_a_wildcard_covered_goes_at_once_where_that_expires_for_want_of_slots) {
    make({.paths = 100, .wildcards = 3});
    model().completion = hours(1);
    model().may_read = false;
    send(numbered("/w{}/*", 0, 3));
    world_->advance(seconds(10));
    world_->send(second_form(account, "E1", {"/x/*"}, R"("deadline": "2026-11-24T00:01:00Z")"));
    send({"/x/1"});
    world_->advance(seconds(45));
    EXPECT_EQ(done(), 3U);
    world_->advance(seconds(8));
    EXPECT_EQ(done(), 4U);
}

TEST_F(SlotsSim, a_full_lane_is_asked_about_although_another_lane_always_has_work) {
    make({.paths = 10, .wildcards = 3});
    model().completion = seconds(7);
    send(numbered("/p/{}", 0, 60), "full");
    for (int number = 0; number < 120; ++number) {
        send({fmt::format("/{}", number)}, fmt::format("busy{}", number % 20));
        world_->advance(seconds(1));
    }
    const auto full =
        std::ranges::count_if(world_->cloudfront().accepted(), [](const auto& invalidation) {
            return invalidation.distribution == "full";
        });
    EXPECT_EQ(full, 6);
}

TEST_F(SlotsSim, where_nothing_may_be_read_slots_come_free_by_a_learned_time) {
    make({.paths = 100, .wildcards = 3});
    model().may_read = false;
    model().completion = seconds(45);
    send(numbered("/p/{}", 0, 300));
    ASSERT_TRUE(world_->drain(minutes(5)));
    EXPECT_EQ(slots_full(), 0U);
    EXPECT_LE(world_->reads().size(), 3U);
    EXPECT_TRUE(world_->reports().empty());
}

TEST_F(SlotsSim, the_slots_of_its_own_lost_attempt_do_not_lengthen_the_learned_time) {
    make({.paths = 10, .wildcards = 3});
    model().may_read = false;
    model().counts_slots_first = true;
    send(numbered("/p/{}", 0, 10));
    world_->advance(seconds(1));
    world_->inject(Fault::lost_answer);
    send(numbered("/q/{}", 0, 10));
    world_->advance(seconds(69));
    ASSERT_GE(slots_full(), 2U);
    send(numbered("/r/{}", 0, 10));
    world_->advance(seconds(95));
    EXPECT_EQ(done(), 30U);
}

TEST_F(SlotsSim, a_time_learned_when_aws_was_slow_is_unlearned_as_it_is_quick_again) {
    make({.paths = 10, .wildcards = 3});
    model().may_read = false;
    model().completion = minutes(10);
    send(numbered("/p/{}", 0, 60));
    ASSERT_TRUE(world_->drain(hours(2)));
    EXPECT_GE(slots_full(), 3U);
    model().completion = seconds(20);
    send(numbered("/q/{}", 0, 600));
    ASSERT_TRUE(world_->drain(hours(8)));
    const Instant before = world_->now().steady;
    send(numbered("/r/{}", 0, 40));
    ASSERT_TRUE(world_->drain(hours(2)));
    EXPECT_LE(world_->now().steady - before, minutes(6));
}

TEST_F(SlotsSim, a_distribution_that_may_not_be_read_blinds_no_other) {
    make({});
    model().completion = seconds(10);
    model().unreadable_distributions = {"E1"};
    for (int number = 0; number < 10; ++number) {
        send({fmt::format("/{}", number)}, "E1");
        send({fmt::format("/{}", number)}, "E2");
        world_->advance(seconds(30));
    }
    const auto read = [&](const std::string& distribution) {
        return std::ranges::count(world_->reads(), distribution,
                                  [](const auto& one) { return one.lane.resource; });
    };
    EXPECT_EQ(read("E1"), 1);
    EXPECT_GE(read("E2"), 8);
}

TEST_F(SlotsSim, an_invalidation_that_aws_does_not_know_says_nothing_of_the_others) {
    make({});
    model().completion = seconds(10);
    model().absent = {"I1"};
    for (int number = 0; number < 10; ++number) {
        send({fmt::format("/{}", number)});
        world_->advance(seconds(30));
    }
    EXPECT_EQ(std::ranges::count(world_->reads(), "I1", &core::ReadProgress::result_id), 1);
    EXPECT_GE(world_->reads().size(), 9U);
}

TEST_F(SlotsSim, questions_that_always_fail_do_not_hold_slots_for_ever) {
    make({.paths = 10, .wildcards = 3});
    conditions_->reads_fail = true;
    send(numbered("/p/{}", 0, 30));
    ASSERT_TRUE(world_->drain(minutes(5)));
    EXPECT_EQ(slots_full(), 0U);
    EXPECT_EQ(done(), 30U);
}

TEST_F(SlotsSim, completion_is_noticed_soon_although_nobody_waits_for_it) {
    make({});
    model().completion = seconds(10);
    for (int number = 0; number < 40; ++number) {
        send({fmt::format("/{}", number)});
        world_->advance(minutes(3));
    }
    EXPECT_EQ(world_->ledger().tasks("message-40")->front().incomplete, 0);
}

TEST_F(SlotsSim, slots_that_others_hold_are_found_out_by_halving_and_probing) {
    make({.paths = 1000, .wildcards = 15});
    model().completion = seconds(5);
    model().held_by_others = {.paths = 700, .wildcards = 0};
    send(numbered("/p/{}", 0, 1000));
    ASSERT_TRUE(world_->drain(minutes(10)));
    EXPECT_EQ(done(), 1000U);
    EXPECT_LE(slots_full(), 12U);
    EXPECT_TRUE(problems(*world_).empty());
}

TEST_F(SlotsSim, nothing_is_lost_while_others_hold_every_slot) {
    make({.paths = 1000, .wildcards = 15});
    model().held_by_others = {.paths = 1000, .wildcards = 15};
    send({"/a", "/b", "/c/*"});
    world_->advance(hours(1));
    EXPECT_EQ(done(), 0U);
    EXPECT_LE(world_->departures().size(), 140U);
    model().held_by_others = {};
    ASSERT_TRUE(world_->drain(minutes(3)));
    EXPECT_EQ(done(), 3U);
    EXPECT_TRUE(problems(*world_).empty());
}

TEST_F(SlotsSim, exact_paths_go_on_while_wildcards_lack_slots) {
    make({.paths = 3000, .wildcards = 15});
    model().held_by_others = {.paths = 0, .wildcards = 15};
    send({"/a", "/b", "/c/*", "/c/d"});
    world_->advance(seconds(20));
    EXPECT_EQ(done(), 2U);
    model().held_by_others = {};
    ASSERT_TRUE(world_->drain(minutes(3)));
    EXPECT_EQ(done(), 4U);
}

TEST_F(SlotsSim, slots_are_held_over_a_restart) {
    make({.paths = 100, .wildcards = 3});
    model().completion = minutes(2);
    send(numbered("/p/{}", 0, 100));
    world_->advance(seconds(10));
    world_->crash();
    world_->advance(seconds(10));
    send(numbered("/q/{}", 0, 100));
    ASSERT_TRUE(world_->drain(minutes(5)));
    EXPECT_EQ(slots_full(), 0U);
    EXPECT_EQ(done(), 200U);
}

TEST_F(SlotsSim, where_aws_counts_by_account_so_does_exarch) {
    make({.paths = 100, .wildcards = 3, .scope = core::SlotLimits::Scope::account});
    model().completion = seconds(30);
    send(numbered("/p/{}", 0, 100), "E1");
    send(numbered("/p/{}", 0, 100), "E2");
    world_->advance(seconds(20));
    EXPECT_EQ(world_->cloudfront().accepted().size(), 1U);
    ASSERT_TRUE(world_->drain(minutes(3)));
    EXPECT_EQ(done(), 200U);
}

TEST_F(SlotsSim, a_lane_that_waits_has_another_lanes_call_asked_about_where_they_share_slots) {
    make({.paths = 100, .wildcards = 3, .scope = core::SlotLimits::Scope::account});
    model().completion = seconds(6);
    send(numbered("/p/{}", 0, 100), "E1");
    send(numbered("/p/{}", 0, 100), "E2");
    world_->advance(seconds(15));
    EXPECT_EQ(done(), 200U);
}

TEST_F(SlotsSim, parts_of_a_refused_batch_are_cut_to_the_slots_there_are) {
    make({.paths = 1000, .wildcards = 15});
    model().refused_items = {"/p/7"};
    model().completion = seconds(5);
    send(numbered("/p/{}", 0, 1000));
    world_->advance(seconds(1));
    model().held_by_others = {.paths = 900, .wildcards = 14};
    send({"/v/*", "/w/*"});
    ASSERT_TRUE(world_->drain(minutes(30)));
    EXPECT_EQ(done(), 1001U);
    EXPECT_EQ(world_->checker().operations(OperationState::failed), 1U);
    EXPECT_TRUE(problems(*world_).empty());
}

TEST_F(SlotsSim, a_role_that_may_read_again_is_asked_again) {
    make({});
    model().may_read = false;
    send({"/a"});
    world_->advance(minutes(3));
    model().may_read = true;
    world_->advance(minutes(12));
    const std::size_t before = world_->reads().size();
    send({"/b"});
    world_->advance(minutes(5));
    EXPECT_GT(world_->reads().size(), before);
}

} // namespace
} // namespace exarch::simulation
