#include "simulation/scenarios/script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace exarch::simulation {
namespace {

using ledger::OperationState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string account = "111122223333";

/// What one distribution suffers from, and what that costs the others of its account.
class FairnessSim : public testing::Test {
protected:
    FakeAccount& model() { return world_.cloudfront().account(account); }
    std::size_t count(OperationState state) { return world_.checker().operations(state); }
    void purge(const std::string& distribution, const std::string& path) {
        world_.send(first_form({{account, distribution, path}}));
    }
    /// Calls that took effect at the distribution.
    std::ptrdiff_t accepted(const std::string& distribution) {
        return std::ranges::count(world_.cloudfront().accepted(), distribution,
                                  &FakeCloudFront::Invalidation::distribution);
    }
    std::ptrdiff_t departed(const std::string& distribution) {
        return std::ranges::count_if(world_.departures(), [&](const auto& departure) {
            return departure.call.lane.resource == distribution;
        });
    }
    void expect_no_problems() {
        const std::string text = problems(world_);
        EXPECT_TRUE(text.empty()) << text;
    }

    World world_{{}, std::make_unique<CalmConditions>()};
};

TEST_F(FairnessSim, a_distribution_that_never_answers_binds_few_calls_and_repeats_those) {
    model().failing_distributions = {"E1"};
    for (int number = 0; number < 1200; ++number) {
        purge("E1", fmt::format("/{}", number));
        purge("E2", fmt::format("/{}", number));
        world_.advance(seconds(1));
    }
    EXPECT_LE(departed("E1"), 150);
    EXPECT_GE(accepted("E2"), 950);
    EXPECT_GE(count(OperationState::done), 1190U);
    EXPECT_LE(count(OperationState::bound), 20U);
    model().failing_distributions.clear();
    ASSERT_TRUE(world_.drain(minutes(5)));
    EXPECT_EQ(count(OperationState::done), 2400U);
    expect_no_problems();
}

TEST_F(FairnessSim, repeated_calls_of_many_distributions_take_half_of_the_tokens_at_most) {
    for (int number = 0; number < 40; ++number) {
        model().failing_distributions.insert(fmt::format("F{}", number));
    }
    for (int number = 0; number < 2400; ++number) {
        purge(fmt::format("F{}", number % 40), fmt::format("/{}", number));
        purge("E2", fmt::format("/{}", number));
        world_.advance(seconds(1));
    }
    EXPECT_GE(count(OperationState::done), 2300U);
    const auto before = accepted("E2");
    world_.advance(seconds(1));
    for (int number = 0; number < 300; ++number) {
        purge("E2", fmt::format("/late/{}", number));
        world_.advance(seconds(1));
    }
    EXPECT_GE(accepted("E2") - before, 140);
    EXPECT_LE(accepted("E2") - before, 160);
    model().failing_distributions.clear();
    ASSERT_TRUE(world_.drain(minutes(10)));
    EXPECT_EQ(count(OperationState::done), 5100U);
    expect_no_problems();
}

TEST_F(FairnessSim, probes_of_many_denied_distributions_leave_half_of_the_tokens) {
    for (int number = 0; number < 200; ++number) {
        model().denied_distributions.insert(fmt::format("D{}", number));
        purge(fmt::format("D{}", number), "/a");
    }
    world_.advance(minutes(10));
    const auto before = accepted("E2");
    for (int number = 0; number < 300; ++number) {
        purge("E2", fmt::format("/{}", number));
        world_.advance(seconds(1));
    }
    EXPECT_GE(accepted("E2") - before, 140);
    model().denied_distributions.clear();
    world_.advance(minutes(10));
    EXPECT_EQ(count(OperationState::done), 500U);
    expect_no_problems();
}

TEST_F(FairnessSim, a_probe_carries_one_item) {
    model().denied_distributions = {"E1"};
    world_.cloudfront().account("444455556666").is_denied = true;
    const std::vector<std::string> paths{"/a", "/b", "/c", "/img/*", "/css/*"};
    world_.send(second_form(account, "E1", paths));
    world_.send(second_form("444455556666", "E3", paths));
    world_.send(second_form("444455556666", "E4", {"/img/*", "/img/a", "/css/*"}));
    world_.advance(seconds(30));
    const std::size_t first = world_.departures().size();
    world_.advance(minutes(5));
    ASSERT_GE(world_.departures().size(), first + 8);
    for (std::size_t index = first; index < world_.departures().size(); ++index) {
        EXPECT_EQ(world_.departures()[index].call.items.size(), 1U);
    }
    model().denied_distributions.clear();
    world_.cloudfront().account("444455556666").is_denied = false;
    world_.advance(minutes(3));
    ASSERT_TRUE(world_.drain(minutes(1)));
    EXPECT_EQ(count(OperationState::done), 13U);
    expect_no_problems();
}

TEST(FairnessOfRequesters, all_sessions_of_a_role_have_one_turn_together) {
    WorldParams params;
    params.in_progress.paths = 10;
    World small(params, std::make_unique<CalmConditions>());
    small.send(first_form({{account, "E9", "/first"}}));
    small.advance(std::chrono::milliseconds(100));
    for (int number = 0; number < 50; ++number) {
        small.send(first_form({{account, "E1", fmt::format("/session/{}", number)}}),
                   fmt::format("AROAEXAMPLEEXAMPLEEXA:build-{}", number));
        small.send(first_form({{account, "E1", fmt::format("/alice/{}", number)}}), "AIDAALICE");
    }
    small.advance(seconds(2));
    ASSERT_GE(small.departures().size(), 2U);
    const auto& items = small.departures()[1].call.items;
    EXPECT_EQ(items.size(), 10U);
    EXPECT_EQ(std::ranges::count_if(
                  items, [](const std::string& item) { return item.starts_with("/alice/"); }),
              5);
}

TEST(FairnessOfRequesters, more_senders_than_are_remembered_are_all_served) {
    World world({}, std::make_unique<CalmConditions>());
    for (int number = 0; number < 5000; ++number) {
        world.send(first_form({{account, "E1", fmt::format("/{}", number % 100)}}),
                   fmt::format("AIDA{}", number));
    }
    ASSERT_TRUE(world.drain(minutes(1)));
    EXPECT_EQ(world.checker().operations(OperationState::done), 5000U);
    const std::string text = problems(world);
    EXPECT_TRUE(text.empty()) << text;
}

/// Entries for different paths of a distribution.
std::string batch(const std::string& of, const std::string& distribution, int number) {
    std::vector<Entry> entries;
    for (int entry = 0; entry < 10; ++entry) {
        entries.push_back({of, distribution, fmt::format("/{}/{}", number, entry)});
    }
    return first_form(entries);
}

TEST(FairnessOfIntake, what_waited_when_its_account_was_paused_does_not_keep_others_waiting) {
    WorldParams params;
    params.pending_max = 50;
    World small(params, std::make_unique<CalmConditions>());
    small.cloudfront().account("444455556666").is_denied = true;
    for (int number = 0; number < 8; ++number) {
        small.send(batch("444455556666", fmt::format("E{}", number), number));
    }
    small.advance(milliseconds(10));
    EXPECT_FALSE(small.core().wants_messages());
    small.send(batch(account, "E9", 0));
    small.advance(seconds(2));
    EXPECT_EQ(small.checker().operations(OperationState::done), 10U);
}

TEST(FairnessOfIntake, what_is_stuck_or_delayed_does_not_keep_other_accounts_waiting) {
    WorldParams params;
    params.pending_max = 50;
    World small(params, std::make_unique<CalmConditions>());
    small.cloudfront().account("444455556666").is_denied = true;
    small.send(batch("444455556666", "E3", 0));
    small.advance(seconds(1));
    for (int number = 1; number <= 8; ++number) {
        small.send(batch("444455556666", "E3", number));
        small.advance(seconds(1));
    }
    std::vector<std::string> paths;
    for (int number = 0; number < 60; ++number) {
        paths.push_back(fmt::format("/later/{}", number));
    }
    small.send(second_form(account, "E5", paths, R"("not_before": "2026-11-24T01:00:00Z")"));
    small.send(batch(account, "E1", 0));
    small.advance(seconds(2));
    EXPECT_EQ(small.checker().operations(OperationState::done), 10U);
    EXPECT_THAT(small.reports(), testing::SizeIs(1)); // That the account is paused.

    for (int number = 9; number < 30; ++number) {
        small.send(batch("444455556666", "E3", number));
    }
    small.advance(seconds(5));
    EXPECT_FALSE(small.core().wants_messages());
    EXPECT_LE(small.core().open_operations(), 200U + 100U);
    ASSERT_THAT(small.reports(), testing::SizeIs(2));
    EXPECT_THAT(small.reports().back(), testing::HasSubstr("no more messages are taken"));
    small.cloudfront().account("444455556666").is_denied = false;
    small.advance(hours(1));
    EXPECT_TRUE(small.core().wants_messages());
    EXPECT_THAT(small.reports(), testing::Contains(testing::HasSubstr("are taken again")));
    EXPECT_EQ(small.checker().operations(OperationState::done), 370U);
    const std::string text = problems(small);
    EXPECT_TRUE(text.empty()) << text;
}

TEST_F(FairnessSim, a_distribution_moves_up_where_something_urgent_joins_what_waits_there) {
    purge("E0", "/first");
    world_.advance(milliseconds(10));
    purge("E2", "/a");
    purge("E3", "/a");
    world_.advance(milliseconds(10));
    world_.send(second_form(account, "E3", {"/urgent"}, R"("priority": 100)"));
    world_.advance(seconds(1) + milliseconds(200));
    EXPECT_EQ(accepted("E3"), 1);
    EXPECT_EQ(accepted("E2"), 0);
}

TEST_F(FairnessSim, splitting_beside_urgent_work_leaves_other_lanes_their_turn) {
    for (int number = 0; number < 256; ++number) {
        model().refused_items.insert(fmt::format("/p/{}", number));
    }
    std::vector<std::string> hopeless(model().refused_items.begin(), model().refused_items.end());
    world_.send(second_form(account, "hopeless", hopeless));
    world_.advance(seconds(2));
    for (int number = 0; number < 60; ++number) {
        world_.send(
            second_form(account, "urgent", {fmt::format("/{}", number)}, R"("priority": 9)"));
        purge("E2", "/a");
        world_.advance(seconds(1));
    }
    EXPECT_GE(accepted("E2"), 2);
}

/// Two hundred thousand wishes for one distribution came first. A hundred accounts, the giant's
/// among them, have a hundred other distributions each, with one wish: at a call a second and a
/// margin of a twentieth, the last of a hundred and one lanes has its turn within 107 seconds.
TEST_F(FairnessSim, ten_thousand_small_lanes_keep_their_pace_beside_a_giant) {
    constexpr int accounts = 100;
    constexpr int lanes = 100;
    for (int message = 0; message < 20; ++message) {
        std::vector<std::string> paths;
        for (int number = 0; number < 10'000; ++number) {
            paths.push_back(fmt::format("/{}/{}", message, number));
        }
        world_.send(second_form(account, "EGIANT", paths));
    }
    for (int owner = 0; owner < accounts; ++owner) {
        std::vector<Entry> entries;
        for (int lane = 0; lane < lanes; ++lane) {
            entries.push_back(
                {owner == 0 ? account : fmt::format("{:012}", 500'000'000'000 + owner),
                 fmt::format("E{}", lane), "/index.html"});
        }
        world_.send(first_form(entries));
    }
    const base::Instant begun = world_.now().steady;
    world_.advance(minutes(2));
    std::size_t small = 0;
    base::Duration longest{};
    for (const FakeCloudFront::Invalidation& made : world_.cloudfront().accepted()) {
        if (made.distribution != "EGIANT") {
            ++small;
            longest = std::max(longest, made.accepted_at - begun);
        }
    }
    EXPECT_EQ(small, accounts * lanes);
    EXPECT_LE(longest, seconds(112)) << "turns, and a few seconds to take all of it in";
    EXPECT_GE(accepted("EGIANT"), 2);
    EXPECT_THAT(world_.checker().violations(), testing::IsEmpty());
}

TEST_F(FairnessSim, a_newcomer_with_many_distributions_waits_beside_who_was_there_before) {
    for (int lane = 0; lane < 200; ++lane) {
        world_.send(first_form({{account, fmt::format("old{}", lane), "/a"}}), "old");
    }
    world_.advance(seconds(100));
    for (int lane = 0; lane < 200; ++lane) {
        world_.send(first_form({{account, fmt::format("new{}", lane), "/a"}}), "new");
    }
    const auto before = static_cast<std::ptrdiff_t>(world_.departures().size());
    world_.advance(seconds(20));
    const std::ptrdiff_t old =
        std::count_if(world_.departures().begin() + before, world_.departures().end(),
                      [](const auto& one) { return one.call.lane.resource.starts_with("old"); });
    EXPECT_GE(old, 7);
}

TEST_F(FairnessSim, four_calls_without_an_answer_are_enough_for_a_distribution) {
    model().failing_distributions = {"E1"};
    for (int number = 0; number < 600; ++number) {
        purge("E1", fmt::format("/{}", number));
        world_.advance(seconds(1));
    }
    std::set<std::string> references;
    for (const auto& departure : world_.departures()) {
        references.insert(departure.call.reference);
    }
    EXPECT_LE(references.size(), 4U);
}

} // namespace
} // namespace exarch::simulation
