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
    FakeAccount& model() { return world_.cloudfront().account(account); }
    std::size_t count(OperationState state) { return world_.checker().operations(state); }
    void purge(const std::string& path) { world_.send(first_form({{account, "E1", path}})); }
    void expect_no_problems() {
        const std::string text = problems(world_);
        EXPECT_TRUE(text.empty()) << text;
    }

    ScriptedConditions* conditions_ = nullptr;
    World world_{{}, [this] {
                     auto made = std::make_unique<ScriptedConditions>();
                     conditions_ = made.get();
                     return made;
                 }()};
};

TEST_F(OutcomeSim, a_lost_answer_is_followed_by_the_same_call_unchanged) {
    for (const auto repeats : {FakeAccount::Repeats::replayed, FakeAccount::Repeats::already_exists,
                               FakeAccount::Repeats::caller_reference_used}) {
        model().repeats = repeats;
        const std::size_t before = world_.departures().size();
        world_.inject(Fault::lost_answer);
        purge("/a");
        ASSERT_TRUE(world_.drain(seconds(10)));
        ASSERT_EQ(world_.departures().size(), before + 2);
        const core::SendCall& first = world_.departures()[before].call;
        const core::SendCall& again = world_.departures()[before + 1].call;
        EXPECT_EQ(std::tie(first.call, first.lane, first.reference, first.items),
                  std::tie(again.call, again.lane, again.reference, again.items));
    }
    EXPECT_EQ(count(OperationState::done), 3U);
    EXPECT_THAT(world_.cloudfront().accepted(), SizeIs(3));
    expect_no_problems();
}

TEST_F(OutcomeSim, what_arrives_meanwhile_is_not_put_into_the_call_that_is_sent_again) {
    world_.inject(Fault::lost_request);
    purge("/a");
    world_.advance(milliseconds(500));
    purge("/a");
    purge("/b");
    ASSERT_TRUE(world_.drain(seconds(10)));
    EXPECT_EQ(world_.cloudfront().accepted()[0].items, std::vector<std::string>{"/a"});
    EXPECT_EQ(count(OperationState::done), 3U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_refusal_after_a_lost_answer_proves_nothing) {
    world_.inject(Fault::lost_answer);
    purge("/a");
    world_.advance(milliseconds(100));
    model().denied_distributions = {"E1"};
    model().may_read = false;
    world_.advance(minutes(30));
    EXPECT_EQ(count(OperationState::bound), 1U);
    model().denied_distributions.clear();
    world_.advance(minutes(2));
    EXPECT_EQ(count(OperationState::done), 1U);
    EXPECT_THAT(world_.cloudfront().accepted(), SizeIs(1));
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_that_aws_does_not_know_is_closed_by_proof_and_bound_anew) {
    model().refused_items = {"/bad"};
    world_.inject(Fault::lost_request);
    purge("/bad");
    purge("/good");
    ASSERT_TRUE(world_.drain(minutes(5)));
    EXPECT_EQ(count(OperationState::failed), 1U);
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_proof_that_began_before_a_later_attempt_proves_nothing_about_it) {
    conditions_->proof = minutes(3);
    model().refused_items = {"/a"};
    world_.inject(Fault::lost_request);
    purge("/a");
    world_.advance(minutes(1) + seconds(40));
    ASSERT_THAT(world_.trace().tail(), HasSubstr("-> prove"));
    // While AWS's lists are looked through the call is sent again, takes effect, and nobody hears.
    model().refused_items.clear();
    world_.inject(Fault::lost_answer);
    world_.advance(minutes(2));
    ASSERT_THAT(world_.cloudfront().accepted(), SizeIs(1));
    model().refused_items = {"/a"};
    ASSERT_TRUE(world_.drain(minutes(30)));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_whose_every_answer_is_lost_is_found_in_awss_records) {
    conditions_->fault = Fault::lost_answer;
    purge("/a");
    world_.advance(minutes(3));
    EXPECT_EQ(count(OperationState::done), 1U);
    EXPECT_THAT(world_.cloudfront().accepted(), SizeIs(1));
    EXPECT_EQ(world_.ledger().tasks("message-1")->front().incomplete, 0);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_found_while_it_is_on_its_way_again_needs_no_answer_any_more) {
    conditions_->fault = Fault::lost_answer;
    conditions_->proof = minutes(1) + milliseconds(10);
    purge("/a");
    world_.advance(minutes(4));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

/// Found by `simulation --seed 10397`.
TEST_F(OutcomeSim, a_throttle_slows_its_account_down_although_the_call_itself_was_found) {
    conditions_->fault = Fault::lost_answer;
    conditions_->proof = minutes(1) + milliseconds(10);
    purge("/a");
    world_.advance(seconds(100));
    conditions_->fault = Fault::none;
    world_.inject(Fault::throttled);
    purge("/b");
    world_.advance(seconds(5));
    EXPECT_THAT(world_.reports(), testing::IsEmpty());
    conditions_->fault = Fault::throttled;
    world_.advance(seconds(20));
    conditions_->fault = Fault::none;
    EXPECT_EQ(count(OperationState::done), 2U);
    EXPECT_THAT(world_.reports(), testing::ElementsAre(HasSubstr("throttled, ")));
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_that_awss_records_lack_waits_on_while_no_attempt_is_answered) {
    conditions_->fault = Fault::lost_request;
    purge("/a");
    world_.advance(hours(10));
    EXPECT_EQ(count(OperationState::bound), 1U);
    EXPECT_GE(world_.proofs().size(), 10U);
    EXPECT_LE(world_.proofs().size(), 16U);
    conditions_->fault = Fault::none;
    ASSERT_TRUE(world_.drain(minutes(2)));
    EXPECT_EQ(count(OperationState::done), 1U);
    EXPECT_THAT(world_.cloudfront().accepted(), SizeIs(1));
    expect_no_problems();
}

TEST_F(OutcomeSim, a_role_that_may_read_but_no_more_invalidate_settles_what_it_sent_before) {
    world_.inject(Fault::lost_answer);
    purge("/a");
    world_.advance(milliseconds(100));
    model().denied_distributions = {"E1"};
    world_.advance(minutes(3));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, proofs_of_an_account_come_one_after_another_and_nothing_is_asked_beside_them) {
    conditions_->proof = seconds(20);
    conditions_->fault = Fault::lost_request;
    model().refused_items = {"/bad"};
    model().completion = minutes(20);
    for (int number = 0; number < 10; ++number) {
        world_.send(first_form({{account, fmt::format("E{}", number), "/bad"}}));
        world_.send(first_form({{account, fmt::format("F{}", number), "/good"}}));
    }
    world_.advance(minutes(2));
    conditions_->fault = Fault::none;
    ASSERT_TRUE(world_.drain(minutes(30)));
    EXPECT_EQ(count(OperationState::failed), 10U);
    EXPECT_EQ(count(OperationState::done), 10U);
    ASSERT_GE(world_.proofs().size(), 10U);
    std::size_t between = 0;
    for (std::size_t index = 1; index < world_.proofs().size(); ++index) {
        const World::Proof& before = world_.proofs()[index - 1];
        const World::Proof& next = world_.proofs()[index];
        EXPECT_GE(next.begin, before.end + milliseconds(500));
        for (const base::Instant read : world_.read_times()) {
            EXPECT_FALSE(read > before.begin && read < before.end + milliseconds(500));
            between += read > before.end && read < next.begin ? 1 : 0;
        }
    }
    EXPECT_GE(between, 5U);
    expect_no_problems();
}

TEST_F(OutcomeSim, an_outcome_never_learned_ends_as_failed_at_max_age_with_its_reference) {
    world_.inject(Fault::lost_answer);
    purge("/a");
    world_.advance(milliseconds(100));
    model().is_denied = true;
    model().may_read = false;
    world_.advance(hours(23));
    EXPECT_EQ(count(OperationState::bound), 1U);
    world_.advance(hours(1) + seconds(1));
    EXPECT_EQ(world_.checker().given_up(), 1U);
    const auto failed = world_.ledger().unsuccessful({}, 1);
    EXPECT_THAT(failed->front().reason, HasSubstr("outcome unknown"));
    EXPECT_EQ(failed->front().reference, world_.departures().front().call.reference);
    expect_no_problems();
}

TEST_F(OutcomeSim, what_is_given_up_holds_no_slots) {
    const auto wildcards = [](int from) {
        std::vector<std::string> paths;
        for (int number = from; number < from + 15; ++number) {
            paths.push_back(fmt::format("/{}/*", number));
        }
        return second_form(account, "E1", paths);
    };
    world_.inject(Fault::lost_answer);
    world_.send(wildcards(0));
    world_.advance(milliseconds(100));
    model().is_denied = true;
    model().may_read = false;
    world_.advance(hours(24) + seconds(2));
    EXPECT_EQ(world_.checker().given_up(), 15U);
    model().is_denied = false;
    world_.advance(minutes(2));
    world_.send(wildcards(15));
    world_.advance(minutes(2));
    EXPECT_EQ(count(OperationState::done), 15U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_deadline_does_not_drop_a_call_whose_outcome_is_unknown) {
    world_.inject(Fault::lost_answer);
    world_.send(second_form(account, "E1", {"/a"}, R"("deadline": "2026-11-24T00:01:00Z")"));
    world_.advance(milliseconds(100));
    model().denied_distributions = {"E1"};
    model().may_read = false;
    world_.advance(minutes(5));
    EXPECT_EQ(count(OperationState::bound), 1U);
    model().denied_distributions.clear();
    world_.advance(minutes(2));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, an_operation_that_waited_long_for_its_time_does_not_end_the_call_it_travels_in) {
    world_.send(second_form(account, "E1", {"/a"}, R"("not_before": "2026-11-27T00:00:00Z")"));
    world_.advance(hours(72) - milliseconds(100));
    world_.send(first_form({{account, "E2", "/first"}}));
    world_.advance(milliseconds(90));
    world_.inject(Fault::lost_answer);
    world_.send(second_form(account, "E1", {"/b"}, R"("deadline": "2026-11-27T00:00:01.500Z")"));
    world_.advance(minutes(1));
    EXPECT_EQ(world_.checker().given_up(), 0U);
    EXPECT_EQ(count(OperationState::done), 3U);
    EXPECT_THAT(world_.departures(), SizeIs(3));
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_that_comes_back_too_old_still_gets_its_chance_to_be_settled) {
    world_.inject(Fault::lost_answer);
    purge("/a");
    world_.advance(milliseconds(100));
    conditions_->down = hours(30);
    world_.crash();
    world_.advance(hours(30) + minutes(1));
    EXPECT_EQ(count(OperationState::done), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_call_that_comes_back_too_old_and_stays_unknown_is_given_up_in_time) {
    model().failing_distributions = {"E1"};
    purge("/a");
    world_.advance(milliseconds(100));
    conditions_->down = hours(30);
    world_.crash();
    world_.advance(hours(30) + minutes(9));
    EXPECT_EQ(count(OperationState::bound), 1U);
    world_.advance(minutes(3));
    EXPECT_EQ(world_.checker().given_up(), 1U);
    expect_no_problems();
}

TEST_F(OutcomeSim, a_crash_with_a_call_on_its_way_sends_the_same_call_again) {
    purge("/a");
    world_.advance(milliseconds(12));
    ASSERT_THAT(world_.departures(), SizeIs(1));
    world_.crash();
    ASSERT_TRUE(world_.drain(minutes(1)));
    ASSERT_THAT(world_.departures(), SizeIs(2));
    EXPECT_EQ(world_.departures()[0].call.reference, world_.departures()[1].call.reference);
    EXPECT_THAT(world_.cloudfront().accepted(), SizeIs(1));
    expect_no_problems();
}

TEST_F(OutcomeSim, no_reference_is_used_by_two_lives_for_different_batches) {
    for (int life = 0; life < 5; ++life) {
        purge(fmt::format("/{}", life));
        world_.advance(milliseconds(life * 7));
        world_.crash();
        world_.advance(seconds(3));
    }
    ASSERT_TRUE(world_.drain(minutes(5)));
    EXPECT_EQ(count(OperationState::done), 5U);
    expect_no_problems();
}

} // namespace
} // namespace exarch::simulation
