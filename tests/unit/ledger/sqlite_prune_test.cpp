#include "unit/ledger/support.hpp"

#include <gtest/gtest.h>

namespace exarch::ledger {
namespace {

/// A ledger with one done and completed call of `count` operations.
void settle_many(Ledger& ledger, std::int64_t count) {
    std::vector<std::string> items;
    std::vector<std::int64_t> numbers;
    for (std::int64_t number = 1; number <= count; ++number) {
        items.push_back("/" + std::to_string(number));
        numbers.push_back(number);
    }
    commit(ledger, {task_of(1, items)});
    commit(ledger, {bind_of(1, numbers), close_of(1),
                    CompleteCall{.call = CallId(1), .completed_at = at(2002)}});
}

TEST(SqlitePrune, a_large_call_is_forgotten_in_small_steps) {
    SqliteStorage storage;
    settle_many(storage.ledger(), 3'500);
    int steps = 0;
    std::int64_t left = 3'500;
    for (bool more = true; more; ++steps) {
        const auto pruned = storage.ledger().prune(at(9999), at(0));
        ASSERT_TRUE(pruned.has_value()) << pruned.error().message();
        more = *pruned;
        const auto tasks = storage.reporter().tasks("1").value();
        ASSERT_EQ(tasks.size(), 1U);
        EXPECT_LT(tasks[0].operations.done, left);
        EXPECT_GE(tasks[0].operations.done, left - 1'000);
        left = tasks[0].operations.done;
        storage.reopen();
    }
    EXPECT_EQ(steps, 4);
    EXPECT_EQ(left, 0);
    EXPECT_EQ(storage.reporter().totals().value().operations.done, 3'500);
}

TEST(SqlitePrune, forgotten_work_makes_room_for_new) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("ledger.db");
    std::uintmax_t bytes = 0;
    const auto ledger = open_sqlite(path).value();
    for (std::int64_t round = 0; round < 12; ++round) {
        std::vector<std::string> items(500, std::string(100, 'x'));
        std::vector<std::int64_t> numbers;
        for (std::int64_t index = 1; index <= 500; ++index) {
            numbers.push_back(round * 500 + index);
        }
        commit(*ledger, {task_of(round, items)});
        commit(*ledger, {bind_of(round + 1, numbers), close_of(round + 1),
                         CompleteCall{.call = CallId(round + 1), .completed_at = at(5000)}});
        prune_all(*ledger, at(9999), at(9999));
        const auto reporter = SqliteReporter::open(path).value();
        EXPECT_TRUE(reporter->tasks(std::to_string(round + 1)).value().empty());
        if (round == 2) {
            bytes = std::filesystem::file_size(path) + std::filesystem::file_size(path + "-wal");
        }
    }
    EXPECT_EQ(ledger->prune(at(9999), at(9999)).value(), false);
    EXPECT_LT(std::filesystem::file_size(path), bytes + 1'000'000);
}

TEST(SqlitePrune, a_task_goes_only_with_its_last_operation) {
    SqliteStorage storage;
    commit(storage.ledger(), {task_of(1, {"/a", "/b"}), bind_of(1, {2}), close_of(1),
                              CompleteCall{.call = CallId(1), .completed_at = at(2002)}});
    prune_all(storage.ledger(), at(9999), at(9999));
    EXPECT_EQ(describe(storage.reporter().tasks("1").value().at(0).operations),
              "1 pending, 0 bound, 0 done, 0 failed, 0 rejected, 0 expired");
    commit(storage.ledger(), {EndOperations{.end = EndOperations::End::failed,
                                            .operations = ids({1}),
                                            .reason = "gone",
                                            .ended_at = at(3000)}});
    EXPECT_EQ(storage.reporter().unsuccessful(TaskId(), 10).value().at(0).item, "/a");
    prune_all(storage.ledger(), at(9999), at(9999));
    EXPECT_TRUE(storage.reporter().tasks("1").value().empty());
}

} // namespace
} // namespace exarch::ledger
