#include "simulation/scenarios/script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <tuple>

namespace exarch::simulation {
namespace {

using ledger::OperationState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::SizeIs;

const std::string account = "111122223333";

/// Proofs that take as long as they are told to, and calls that fail one after another.
class ScriptedConditions final : public CalmConditions {
public:
    base::Duration proof = seconds(2);
    /// What every sending meets.
    Fault fault = Fault::none;
    [[nodiscard]] Passage passage() override {
        Passage passage = CalmConditions::passage();
        passage.fault = fault;
        return passage;
    }
    base::Duration down = seconds(1);
    [[nodiscard]] base::Duration proof_time() override { return proof; }
    [[nodiscard]] base::Duration downtime() override { return down; }
};

class OutcomeSim : public testing::Test {
protected:
    FakeAccount& model() { return world.cloudfront().account(account); }
    std::size_t count(OperationState state) { return world.checker().operations(state); }
    void purge(const std::string& path) { world.send(first_form({{account, "E1", path}})); }
    void expect_no_problems() {
        const std::string text = problems(world);
        EXPECT_TRUE(text.empty()) << text;
    }

    ScriptedConditions* conditions = nullptr;
    World world{{}, [this] {
                    auto made = std::make_unique<ScriptedConditions>();
                    conditions = made.get();
                    return made;
                }()};
};

TEST_F(OutcomeSim, a_lost_answer_is_followed_by_the_same_call_unchanged) {
    for (const auto repeats : {FakeAccount::Repeats::replayed, FakeAccount::Repeats::already_exists,
                               FakeAccount::Repeats::caller_reference_used}) {
        model().repeats = repeats;
        const std::size_t before = world.departures().size();
        world.inject(Fault::lost_answer);
        purge("/a");
        ASSERT_TRUE(world.drain(seconds(10)));
        ASSERT_EQ(world.departures().size(), before + 2);
        const core::SendCall& first = world.departures()[before].call;
        const core::SendCall& again = world.departures()[before + 1].call;
        EXPECT_EQ(std::tie(first.call, first.lane, first.reference, first.items),
                  std::tie(again.call, again.lane, again.reference, again.items));
    }
    EXPECT_EQ(count(OperationState::done), 3U);
    EXPECT_THAT(world.cloudfront().accepted(), SizeIs(3));
    expect_no_problems();
}

TEST_F(OutcomeSim, what_arrives_meanwhile_is_not_put_into_the_call_that_is_sent_again) {
    world.inject(Fault::lost_request);
    purge("/a");
    world.advance(milliseconds(500));
    purge("/a");
    purge("/b");
    ASSERT_TRUE(world.drain(seconds(10)));
    EXPECT_EQ(world.cloudfront().accepted()[0].items, std::vector<std::string>{"/a"});
    EXPECT_EQ(count(OperationState::done), 3U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_refusal_after_a_lost_answer_proves_nothing) {
    world.inject(Fault::lost_answer);
    purge("/a");
    world.advance(milliseconds(100));
    model().denied_distributions = {"E1"};
    model().may_read = false;
    world.advance(minutes(30));
    EXPECT_EQ(count(OperationState::bound), 1U);
    model().denied_distributions.clear();
    world.advance(minutes(2));
    EXPECT_EQ(count(OperationState::done), 1U);
    EXPECT_THAT(world.cloudfront().accepted(), SizeIs(1));
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_that_aws_does_not_know_is_closed_by_proof_and_bound_anew) {
    model().refused_items = {"/bad"};
    world.inject(Fault::lost_request);
    purge("/bad");
    purge("/good");
    ASSERT_TRUE(world.drain(minutes(5)));
    EXPECT_EQ(count(OperationState::failed), 1U);
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_proof_that_began_before_a_later_attempt_proves_nothing_about_it) {
    conditions->proof = minutes(3);
    model().refused_items = {"/a"};
    world.inject(Fault::lost_request);
    purge("/a");
    world.advance(minutes(1) + seconds(40));
    ASSERT_THAT(world.trace().tail(), HasSubstr("-> prove"));
    // While AWS's lists are looked through the call is sent again, takes effect, and nobody hears.
    model().refused_items.clear();
    world.inject(Fault::lost_answer);
    world.advance(minutes(2));
    ASSERT_THAT(world.cloudfront().accepted(), SizeIs(1));
    model().refused_items = {"/a"};
    ASSERT_TRUE(world.drain(minutes(30)));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_whose_every_answer_is_lost_is_found_in_awss_records) {
    conditions->fault = Fault::lost_answer;
    purge("/a");
    world.advance(minutes(3));
    EXPECT_EQ(count(OperationState::done), 1U);
    EXPECT_THAT(world.cloudfront().accepted(), SizeIs(1));
    EXPECT_EQ(world.ledger().tasks("message-1")->front().incomplete, 0);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_found_while_it_is_on_its_way_again_needs_no_answer_any_more) {
    conditions->fault = Fault::lost_answer;
    conditions->proof = minutes(1) + milliseconds(10);
    purge("/a");
    world.advance(minutes(4));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

/// Found by `simulation --seed 10397`.
TEST_F(OutcomeSim, a_throttle_slows_its_account_down_although_the_call_itself_was_found) {
    conditions->fault = Fault::lost_answer;
    conditions->proof = minutes(1) + milliseconds(10);
    purge("/a");
    world.advance(seconds(100));
    conditions->fault = Fault::none;
    world.inject(Fault::throttled);
    purge("/b");
    world.advance(seconds(5));
    EXPECT_THAT(world.reports(), testing::IsEmpty());
    conditions->fault = Fault::throttled;
    world.advance(seconds(20));
    conditions->fault = Fault::none;
    EXPECT_EQ(count(OperationState::done), 2U);
    EXPECT_THAT(world.reports(), testing::ElementsAre(HasSubstr("throttled, ")));
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_that_awss_records_lack_waits_on_while_no_attempt_is_answered) {
    conditions->fault = Fault::lost_request;
    purge("/a");
    world.advance(hours(10));
    EXPECT_EQ(count(OperationState::bound), 1U);
    EXPECT_GE(world.proofs().size(), 10U);
    EXPECT_LE(world.proofs().size(), 16U);
    conditions->fault = Fault::none;
    ASSERT_TRUE(world.drain(minutes(2)));
    EXPECT_EQ(count(OperationState::done), 1U);
    EXPECT_THAT(world.cloudfront().accepted(), SizeIs(1));
    expect_no_problems();
}

TEST_F(OutcomeSim, a_role_that_may_read_but_no_more_invalidate_settles_what_it_sent_before) {
    world.inject(Fault::lost_answer);
    purge("/a");
    world.advance(milliseconds(100));
    model().denied_distributions = {"E1"};
    world.advance(minutes(3));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, proofs_of_an_account_come_one_after_another_and_nothing_is_asked_beside_them) {
    conditions->proof = seconds(20);
    conditions->fault = Fault::lost_request;
    model().refused_items = {"/bad"};
    model().completion = minutes(20);
    for (int number = 0; number < 10; ++number) {
        world.send(first_form({{account, fmt::format("E{}", number), "/bad"}}));
        world.send(first_form({{account, fmt::format("F{}", number), "/good"}}));
    }
    world.advance(minutes(2));
    conditions->fault = Fault::none;
    ASSERT_TRUE(world.drain(minutes(30)));
    EXPECT_EQ(count(OperationState::failed), 10U);
    EXPECT_EQ(count(OperationState::done), 10U);
    ASSERT_GE(world.proofs().size(), 10U);
    std::size_t between = 0;
    for (std::size_t index = 1; index < world.proofs().size(); ++index) {
        const World::Proof& before = world.proofs()[index - 1];
        const World::Proof& next = world.proofs()[index];
        EXPECT_GE(next.begin, before.end + milliseconds(500));
        for (const base::Instant read : world.read_times()) {
            EXPECT_FALSE(read > before.begin && read < before.end + milliseconds(500));
            between += read > before.end && read < next.begin ? 1 : 0;
        }
    }
    EXPECT_GE(between, 5U);
    expect_no_problems();
}

TEST_F(OutcomeSim, an_outcome_never_learned_ends_as_failed_at_max_age_with_its_reference) {
    world.inject(Fault::lost_answer);
    purge("/a");
    world.advance(milliseconds(100));
    model().is_denied = true;
    model().may_read = false;
    world.advance(hours(23));
    EXPECT_EQ(count(OperationState::bound), 1U);
    world.advance(hours(1) + seconds(1));
    EXPECT_EQ(world.checker().given_up(), 1U);
    const auto failed = world.ledger().unsuccessful({}, 1);
    EXPECT_THAT(failed->front().reason, HasSubstr("outcome unknown"));
    EXPECT_EQ(failed->front().reference, world.departures().front().call.reference);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_deadline_does_not_drop_a_call_whose_outcome_is_unknown) {
    world.inject(Fault::lost_answer);
    world.send(second_form(account, "E1", {"/a"}, R"("deadline": "2026-11-24T00:01:00Z")"));
    world.advance(milliseconds(100));
    model().denied_distributions = {"E1"};
    model().may_read = false;
    world.advance(minutes(5));
    EXPECT_EQ(count(OperationState::bound), 1U);
    model().denied_distributions.clear();
    world.advance(minutes(2));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, an_operation_that_waited_long_for_its_time_does_not_end_the_call_it_travels_in) {
    world.send(second_form(account, "E1", {"/a"}, R"("not_before": "2026-11-27T00:00:00Z")"));
    world.advance(hours(72) - milliseconds(100));
    world.send(first_form({{account, "E2", "/first"}}));
    world.advance(milliseconds(90));
    world.inject(Fault::lost_answer);
    world.send(second_form(account, "E1", {"/b"}, R"("deadline": "2026-11-27T00:00:01.500Z")"));
    world.advance(minutes(1));
    EXPECT_EQ(world.checker().given_up(), 0U);
    EXPECT_EQ(count(OperationState::done), 3U);
    EXPECT_THAT(world.departures(), SizeIs(3));
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_that_comes_back_too_old_still_gets_its_chance_to_be_settled) {
    world.inject(Fault::lost_answer);
    purge("/a");
    world.advance(milliseconds(100));
    conditions->down = hours(30);
    world.crash();
    world.advance(hours(30) + minutes(1));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_that_comes_back_too_old_and_stays_unknown_is_given_up_in_time) {
    model().failing_distributions = {"E1"};
    purge("/a");
    world.advance(milliseconds(100));
    conditions->down = hours(30);
    world.crash();
    world.advance(hours(30) + minutes(9));
    EXPECT_EQ(count(OperationState::bound), 1U);
    world.advance(minutes(3));
    EXPECT_EQ(world.checker().given_up(), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_crash_with_a_call_on_its_way_sends_the_same_call_again) {
    purge("/a");
    world.advance(milliseconds(12));
    ASSERT_THAT(world.departures(), SizeIs(1));
    world.crash();
    ASSERT_TRUE(world.drain(minutes(1)));
    ASSERT_THAT(world.departures(), SizeIs(2));
    EXPECT_EQ(world.departures()[0].call.reference, world.departures()[1].call.reference);
    EXPECT_THAT(world.cloudfront().accepted(), SizeIs(1));
    expect_no_problems();
}

TEST_F(OutcomeSim, no_reference_is_used_by_two_lives_for_different_batches) {
    for (int life = 0; life < 5; ++life) {
        purge(fmt::format("/{}", life));
        world.advance(milliseconds(life * 7));
        world.crash();
        world.advance(seconds(3));
    }
    ASSERT_TRUE(world.drain(minutes(5)));
    EXPECT_EQ(count(OperationState::done), 5U);
    expect_no_problems();
}

} // namespace
} // namespace exarch::simulation
