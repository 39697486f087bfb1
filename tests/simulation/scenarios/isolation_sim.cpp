#include "simulation/scenarios/script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace exarch::simulation {
namespace {

using base::Instant;
using ledger::OperationState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::string account = "111122223333";

class IsolationSim : public testing::Test {
protected:
    FakeAccount& model() { return world_.cloudfront().account(account); }
    std::size_t count(OperationState state) { return world_.checker().operations(state); }
    static std::vector<std::string> numbered(int count) {
        std::vector<std::string> paths;
        for (int number = 0; number < count; ++number) {
            paths.push_back(fmt::format("/p/{}", number));
        }
        return paths;
    }
    void expect_no_problems() {
        const std::string text = problems(world_);
        EXPECT_TRUE(text.empty()) << text;
    }

    World world_{{}, std::make_unique<CalmConditions>()};
};

TEST_F(IsolationSim, one_culprit_among_three_thousand_is_found_in_few_calls) {
    model().refused_items = {"/p/1234"};
    world_.send(second_form(account, "E1", numbered(3000)));
    ASSERT_TRUE(world_.drain(minutes(2)));
    EXPECT_EQ(count(OperationState::done), 2999U);
    EXPECT_EQ(count(OperationState::failed), 1U);
    EXPECT_LE(world_.departures().size(), 26U);
    const auto failed = world_.ledger().unsuccessful({}, 10);
    ASSERT_THAT(*failed, SizeIs(1));
    EXPECT_EQ(failed->front().item, "/p/1234");
    EXPECT_THAT(failed->front().reason, HasSubstr("InvalidArgument"));
    expect_no_problems();
}

TEST_F(IsolationSim, a_culprit_costs_another_requester_one_further_call) {
    model().refused_items = {"/bad"};
    world_.send(first_form({{account, "E9", "/first"}}));
    world_.advance(milliseconds(100));
    world_.send(second_form(account, "E1", {"/bad", "/x", "/y", "/z"}), "mallory");
    world_.send(second_form(account, "E1", numbered(50)), "alice");
    world_.advance(milliseconds(3500));
    EXPECT_EQ(count(OperationState::done), 51U);
    ASSERT_TRUE(world_.drain(minutes(1)));
    EXPECT_EQ(count(OperationState::failed), 1U);
    expect_no_problems();
}

TEST_F(IsolationSim, splitting_takes_at_most_half_of_an_accounts_tokens) {
    for (int number = 0; number < 256; ++number) {
        model().refused_items.insert(fmt::format("/p/{}", number));
    }
    world_.send(second_form(account, "hopeless", numbered(256)));
    world_.advance(seconds(2));
    for (int number = 0; number < 60; ++number) {
        world_.send(first_form({{account, fmt::format("E{}", number % 10), "/a"}}));
        world_.advance(seconds(1));
    }
    const auto hopeless = std::ranges::count_if(world_.departures(), [](const auto& departure) {
        return departure.call.lane.resource == "hopeless";
    });
    EXPECT_LE(hopeless, 33);
    EXPECT_GE(hopeless, 20);
}

TEST_F(IsolationSim, what_a_refused_wildcard_covered_is_tried_on_its_own) {
    model().refused_items = {"/img/*"};
    world_.send(first_form({{account, "E1", "/img/*"}, {account, "E1", "/img/a"}}));
    ASSERT_TRUE(world_.drain(minutes(1)));
    EXPECT_EQ(count(OperationState::done), 1U);
    EXPECT_EQ(count(OperationState::failed), 1U);
    expect_no_problems();
}

TEST_F(IsolationSim, wildcards_without_slots_hold_back_no_part_of_exact_paths) {
    model().refused_items = {"/p/7"};
    world_.send(second_form(account, "E1", {"/v/*", "/w/*"}), "alice");
    world_.send(second_form(account, "E1", numbered(8)), "bob");
    world_.advance(milliseconds(500));
    model().held_by_others = {.paths = 0, .wildcards = 15};
    world_.advance(seconds(30));
    EXPECT_EQ(count(OperationState::done), 7U);
    EXPECT_EQ(count(OperationState::failed), 1U);
    model().held_by_others = {};
    ASSERT_TRUE(world_.drain(minutes(3)));
    EXPECT_EQ(count(OperationState::done), 9U);
    expect_no_problems();
}

TEST_F(IsolationSim, a_distribution_that_does_not_exist_fails_its_operations_alone) {
    model().missing_distributions = {"E404"};
    world_.send(
        first_form({{account, "E404", "/a"}, {account, "E404", "/b"}, {account, "E1", "/c"}}));
    ASSERT_TRUE(world_.drain(minutes(1)));
    EXPECT_EQ(count(OperationState::failed), 2U);
    EXPECT_EQ(count(OperationState::done), 1U);
    EXPECT_THAT(world_.departures(), SizeIs(2));
    expect_no_problems();
}

TEST_F(IsolationSim, a_broken_account_is_probed_by_one_call_a_minute_until_it_is_mended) {
    model().is_denied = true;
    for (int number = 0; number < 600; ++number) {
        world_.send(first_form({{account, fmt::format("E{}", number % 5), "/a"}}));
        world_.advance(seconds(1));
    }
    EXPECT_GE(world_.departures().size(), 10U);
    EXPECT_LE(world_.departures().size(), 12U);
    for (std::size_t index = 1; index < world_.departures().size(); ++index) {
        EXPECT_GE(world_.departures()[index].at - world_.departures()[index - 1].at, minutes(1));
    }
    EXPECT_THAT(world_.reports(), Contains(HasSubstr("111122223333: paused")));
    EXPECT_EQ(world_.ledger().accounts()->front().blocked_reason, "AccessDenied: sts:AssumeRole");
    ASSERT_TRUE(world_.drain(seconds(5)));
    const core::Outlook outlook = world_.core().outlook();
    EXPECT_EQ(outlook.blocked_operations, 600U);
    EXPECT_THAT(outlook.blocked, SizeIs(5));

    model().is_denied = false;
    world_.advance(minutes(2));
    ASSERT_TRUE(world_.drain(minutes(1)));
    EXPECT_EQ(count(OperationState::done), 600U);
    EXPECT_EQ(world_.ledger().accounts()->front().blocked_reason, "");
    expect_no_problems();
}

TEST_F(IsolationSim, in_a_broken_account_operations_end_at_their_time) {
    model().is_denied = true;
    world_.send(second_form(account, "E1", {"/a"}, R"("deadline": "2026-11-24T00:03:00Z")"));
    world_.send(first_form({{account, "E1", "/b"}}));
    world_.advance(minutes(3) + seconds(1));
    EXPECT_EQ(count(OperationState::expired), 1U);
    world_.advance(hours(24));
    EXPECT_EQ(count(OperationState::expired), 2U);
    EXPECT_EQ(world_.core().counts().refused, 0U);
    expect_no_problems();
}

TEST_F(IsolationSim, a_denied_distribution_stops_its_lane_alone) {
    model().denied_distributions = {"secret"};
    for (int number = 0; number < 120; ++number) {
        world_.send(first_form({{account, "secret", "/a"}, {account, "open", "/a"}}));
        world_.advance(seconds(1));
    }
    const auto secret = std::ranges::count_if(world_.departures(), [](const auto& departure) {
        return departure.call.lane.resource == "secret";
    });
    EXPECT_LE(secret, 3);
    EXPECT_GE(count(OperationState::done), 110U);
    EXPECT_THAT(world_.core().outlook().blocked, SizeIs(1));
    model().denied_distributions.clear();
    world_.advance(minutes(2));
    ASSERT_TRUE(world_.drain(minutes(1)));
    EXPECT_EQ(count(OperationState::done), 240U);
    expect_no_problems();
}

TEST_F(IsolationSim, parts_of_a_refused_batch_end_at_their_time_though_their_lane_is_denied) {
    model().refused_items = {"/p/7"};
    world_.send(second_form(account, "E1", numbered(64), R"("deadline": "2026-11-24T00:02:00Z")"));
    world_.advance(milliseconds(1500));
    model().denied_distributions = {"E1"};
    world_.advance(minutes(2));
    EXPECT_EQ(count(OperationState::expired) + count(OperationState::done), 64U);
    EXPECT_GE(count(OperationState::expired), 32U);
    expect_no_problems();
}

TEST_F(IsolationSim, a_deadline_in_a_part_ends_its_operation_and_leaves_the_rest_apart) {
    model().refused_items = {"/p/7"};
    model().rate = 0.05;
    std::vector<std::string> rest = numbered(64);
    world_.send(second_form(account, "E1", rest));
    world_.send(second_form(account, "E1", {"/soon"}, R"("deadline": "2026-11-24T00:00:30Z")"));
    world_.advance(seconds(31));
    EXPECT_EQ(count(OperationState::expired) + count(OperationState::done), 1U);
    ASSERT_TRUE(world_.drain(minutes(60)));
    EXPECT_EQ(count(OperationState::failed), 1U);
    expect_no_problems();
}

TEST_F(IsolationSim, errors_of_the_network_never_open_a_breaker) {
    for (const Fault fault : {Fault::lost_request, Fault::lost_answer, Fault::not_sent,
                              Fault::throttled, Fault::lost_request}) {
        world_.inject(fault);
        world_.send(first_form({{account, "E1", "/a"}}));
        world_.advance(seconds(90));
    }
    EXPECT_TRUE(world_.reports().empty());
    EXPECT_EQ(count(OperationState::done), 5U);
    expect_no_problems();
}

/// Found by `simulation --seed 230`: it was asked a thousand times a second what could be sent, and
/// the account stayed paused for a day after it had been mended.
TEST(isolation_of_full_distributions, slots_that_are_taken_keep_no_mended_account_paused) {
    WorldParams params;
    params.in_progress.paths = 2;
    World world(params, std::make_unique<CalmConditions>());
    FakeAccount& model = world.cloudfront().account("111122223333");
    model.completion = minutes(20);
    world.send(second_form("111122223333", "E1", {"/a", "/b"}));
    world.advance(seconds(5));
    model.is_denied = true;
    world.send(second_form("111122223333", "E1", {"/c"}));
    world.send(second_form("111122223333", "E2", {"/x"}));
    const std::uint64_t before = world.events();
    world.advance(minutes(10));
    EXPECT_LE(world.events() - before, 200U);
    model.is_denied = false;
    world.advance(minutes(3));
    EXPECT_EQ(world.checker().operations(OperationState::done), 3U);
    ASSERT_TRUE(world.drain(minutes(30)));
    EXPECT_EQ(world.checker().operations(OperationState::done), 4U);
    EXPECT_EQ(problems(world), "");
}

/// A distribution that is denied is an answer of its account.
TEST_F(IsolationSim, a_denied_distribution_shows_that_its_account_was_mended) {
    model().is_denied = true;
    world_.send(first_form({{account, "secret", "/a"}}));
    world_.advance(seconds(5));
    model().is_denied = false;
    model().denied_distributions = {"secret"};
    world_.advance(minutes(2));
    world_.send(first_form({{account, "open", "/a"}}));
    world_.advance(minutes(3));
    EXPECT_EQ(count(OperationState::done), 1U);
}

TEST_F(IsolationSim, a_throttled_probe_mends_no_distribution) {
    model().denied_distributions = {"secret"};
    world_.send(first_form({{account, "secret", "/a"}}));
    world_.advance(seconds(5));
    world_.inject(Fault::throttled);
    world_.advance(seconds(70));
    EXPECT_THAT(world_.core().outlook().blocked, SizeIs(1));
    EXPECT_THAT(world_.reports(), Not(Contains(HasSubstr("answers again"))));
}

} // namespace
} // namespace exarch::simulation
