#include "ledger/memory.hpp"
#include "unit/ledger/support.hpp"

#include <gtest/gtest.h>

namespace exarch::ledger {
namespace {

TEST(MemoryLedger, a_copy_is_what_a_crash_would_leave) {
    MemoryLedger ledger;
    commit(ledger, {task_of(1, {"/a"})});
    MemoryLedger left(ledger);
    commit(ledger, {task_of(2, {"/b"})});
    EXPECT_EQ(left.totals().value().operations.pending, 1);
    EXPECT_EQ(ledger.totals().value().operations.pending, 2);
    commit(left, {task_of(3, {"/c"})});
    EXPECT_EQ(left.totals().value().operations.pending, 2);
}

TEST(MemoryLedger, the_commit_told_to_fail_leaves_nothing) {
    MemoryLedger ledger;
    ledger.fail_commit(2, MemoryLedger::Fault::lost);
    commit(ledger, {task_of(1, {"/a"})});
    const auto failed = ledger.commit(std::vector<Record>{task_of(2, {"/b"})});
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().kind(), base::ErrorKind::system);
    MemoryLedger left(ledger);
    EXPECT_EQ(left.totals().value().operations.pending, 1);
    commit(left, {task_of(2, {"/b"})});
}

TEST(MemoryLedger, a_failed_commit_may_have_been_kept) {
    MemoryLedger ledger;
    ledger.fail_commit(1, MemoryLedger::Fault::kept);
    EXPECT_FALSE(ledger.commit(std::vector<Record>{task_of(1, {"/a"})}).has_value());
    MemoryLedger left(ledger);
    EXPECT_EQ(commit(left, {task_of(1, {"/a"})}).at(0).verdict, TaskReceipt::Verdict::duplicate);
}

TEST(MemoryLedger, a_failure_is_final) {
    MemoryLedger ledger;
    ledger.fail_commit(1, MemoryLedger::Fault::lost);
    EXPECT_FALSE(ledger.commit(std::vector<Record>{task_of(1, {"/a"})}).has_value());
    EXPECT_FALSE(ledger.commit(std::vector<Record>{task_of(1, {"/a"})}).has_value());
    EXPECT_EQ(ledger.totals().value().operations.total(), 0);
}

} // namespace
} // namespace exarch::ledger
