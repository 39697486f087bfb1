#include "unit/table/ledger_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <vector>

namespace exarch::table {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Verdict = Taken::Verdict;

TEST_F(ModelLedgerTest, who_dies_before_writing_leaves_a_gap_that_the_next_one_closes) {
    // The claim is the second request; the batch would be the third.
    ModelTable dying(store_, 1,
                     {.delays_max = 0, .repeated_percent = 0, .refused_percent = 0, .dies_at = 3});
    Intake intake(dying, clock_, {});
    EXPECT_FALSE(run(io_, intake.take({task_of("m-1", {"/a"})})).has_value());
    ASSERT_TRUE(dying.is_dead());
    const auto ledger = load("w");
    EXPECT_THAT(read_on(*ledger), IsEmpty());
    EXPECT_TRUE(ledger->is_behind());
    EXPECT_EQ(take(table(), {task_of("m-1", {"/a"})})[0].verdict, Verdict::in_doubt);
    clock_.pass(std::chrono::seconds(31));
    EXPECT_EQ(take(table(), {task_of("m-1", {"/a"})})[0].verdict, Verdict::accepted);
    EXPECT_EQ(take(table(), {task_of("m-1", {"/a"})})[0].verdict, Verdict::duplicate);
    std::vector<Discovered> found = read_on(*ledger);
    clock_.pass(std::chrono::seconds(31));
    std::ranges::move(read_on(*ledger), std::back_inserter(found));
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_FALSE(ledger->is_behind());
}

TEST_F(ModelLedgerTest, who_come_and_go_close_a_gap_between_them) {
    die_after_reserving("m-1");
    EXPECT_EQ(take(table(), {task_of("m-2", {"/b"})})[0].verdict, Verdict::accepted);
    for (const std::string holder : {"w1", "w2"}) {
        const auto ledger = load(holder);
        EXPECT_TRUE(ledger->is_behind()) << "its batch may be on its way";
        EXPECT_TRUE(release(*ledger, clock_.moment.wall + std::chrono::seconds(15)));
        clock_.pass(std::chrono::seconds(15));
    }
    // None of them has waited for as long as one that stays would have.
    const auto ledger = load("w3");
    EXPECT_FALSE(ledger->is_behind());
    EXPECT_THAT(restored(*ledger).operations, ElementsAre(testing::StartsWith("E1 /b")));
    EXPECT_EQ(ledger->view().lease().gap, std::nullopt);
}

TEST_F(ModelLedgerTest, no_gap_is_closed_up_to_a_batch_beyond_the_end_of_the_log) {
    take(table(), {task_of("m-1", {"/a"})});
    const std::string partition = account_partition(account_one);
    aws::Item foreign = store_.items.at({partition, "batch#000000000001"});
    foreign.insert_or_assign("sk", aws::AttributeValue("batch#700000000003"));
    store_.items.emplace(std::pair(partition, std::string("batch#700000000003")), foreign);
    auto ledger = acquire("w");
    const base::Status read = run(io_, ledger->read(1'000));
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().kind(), base::ErrorKind::corrupt);
    EXPECT_THAT(read.error().message(), HasSubstr("account#111122223333 batch#700000000003"));
    EXPECT_THAT(read.error().message(), HasSubstr("beyond the end of the log"));
}

TEST_F(ModelLedgerTest, a_log_that_is_nearly_all_gaps_is_none) {
    take(table(), {task_of("m-1", {"/a"})});
    const std::string partition = account_partition(account_one);
    store_.items.at({partition, "log"})
        .insert_or_assign("next", aws::AttributeValue(std::int64_t{700'000'000'000}));
    auto ledger = load("w");
    EXPECT_TRUE(ledger->is_behind());
    clock_.pass(std::chrono::seconds(31));
    const auto found = run(io_, ledger->read_on(1'000));
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().kind(), base::ErrorKind::corrupt);
    EXPECT_THAT(found.error().message(), HasSubstr("account#111122223333 log"));
}

TEST_F(ModelLedgerTest, a_gap_stays_closed_for_as_long_as_its_message_may_come) {
    die_after_reserving("m-1");
    AccountLedgerParts short_lived = parts(table());
    short_lived.retention.settled = std::chrono::seconds(1);
    auto ledger = run(io_, AccountLedger::acquire(short_lived, account_one, "w")).value().ledger;
    ASSERT_TRUE(run(io_, ledger->read(1'000)).has_value());
    clock_.pass(std::chrono::seconds(31));
    EXPECT_THAT(read_on(*ledger), IsEmpty());
    ASSERT_FALSE(ledger->is_behind());
    // Who had taken the number may have stood still meanwhile.
    clock_.pass(std::chrono::days(14));
    remove_expired();
    EXPECT_TRUE(store_.items.contains({account_partition(account_one), "batch#000000000001"}));
}

TEST_F(ModelLedgerTest, gaps_that_were_there_together_are_closed_together) {
    for (const std::string name : {"m-1", "m-2", "m-3"}) {
        die_after_reserving(name);
        EXPECT_EQ(take(table(), {task_of(name + "-behind", {"/b"})})[0].verdict, Verdict::accepted);
    }
    const auto ledger = load("w");
    EXPECT_THAT(read_on(*ledger), IsEmpty());
    clock_.pass(std::chrono::seconds(15));
    EXPECT_THAT(read_on(*ledger), SizeIs(3));
    EXPECT_FALSE(ledger->is_behind());
}

TEST_F(ModelLedgerTest, who_took_a_number_after_a_gap_was_met_has_as_long_to_write) {
    die_after_reserving("m-1");
    const auto ledger = load("w");
    EXPECT_THAT(read_on(*ledger), IsEmpty());
    clock_.pass(std::chrono::seconds(14));
    die_after_reserving("m-2");
    clock_.pass(std::chrono::seconds(1));
    EXPECT_THAT(read_on(*ledger), IsEmpty());
    EXPECT_TRUE(ledger->is_behind());
    clock_.pass(std::chrono::seconds(14));
    EXPECT_THAT(read_on(*ledger), IsEmpty());
    EXPECT_TRUE(ledger->is_behind());
    clock_.pass(std::chrono::seconds(1));
    EXPECT_THAT(read_on(*ledger), IsEmpty());
    EXPECT_FALSE(ledger->is_behind());
}

} // namespace
} // namespace exarch::table
