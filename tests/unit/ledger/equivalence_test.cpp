#include "unit/ledger/history.hpp"
#include "unit/ledger/support.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace exarch::ledger {
namespace {

/// Writes the next commit of a history into both ledgers.
void write_both(History& history, MemoryStorage& memory, SqliteStorage& sqlite) {
    const std::vector<Record> records = history.next_commit();
    const auto expected = memory.ledger().commit(records);
    const auto written = sqlite.ledger().commit(records);
    RC_ASSERT(expected.has_value());
    RC_ASSERT(written.has_value());
    RC_ASSERT(*written == *expected);
    history.accepted(records, *expected);
}

void prune_both(History& history, MemoryStorage& memory, SqliteStorage& sqlite) {
    const base::Timestamp now = history.tick();
    const auto ago = [&](std::size_t most) {
        return now - std::chrono::seconds(history.choose(most));
    };
    const base::Timestamp settled_before = ago(60);
    const base::Timestamp duplicates_before = ago(60);
    prune_all(memory.ledger(), settled_before, duplicates_before);
    prune_all(sqlite.ledger(), settled_before, duplicates_before);
}

TEST(Equivalence, any_history_gives_the_same_answers_from_memory_and_from_sqlite) {
    const bool held = rc::check([](std::vector<std::uint8_t> choices) {
        History history(std::move(choices));
        MemoryStorage memory;
        SqliteStorage sqlite;
        while (!history.over()) {
            write_both(history, memory, sqlite);
            if (history.choose(5) == 0) {
                prune_both(history, memory, sqlite);
            }
            if (history.choose(10) == 0) {
                memory.reopen();
                sqlite.reopen();
            }
        }
        RC_ASSERT(describe(sqlite.reporter()) == describe(memory.reporter()));
        RC_ASSERT(describe_open(sqlite.ledger()) == describe_open(memory.ledger()));
        memory.reopen();
        sqlite.reopen();
        RC_ASSERT(describe(sqlite.reporter()) == describe(memory.reporter()));
        RC_ASSERT(describe_open(sqlite.ledger()) == describe_open(memory.ledger()));
    });
    EXPECT_TRUE(held);
}

/// The same with a long history, whose length rapidcheck's vectors do not reach.
TEST(Equivalence, a_long_history_gives_the_same_answers) {
    History history(draw_choices(1, 20'000));
    MemoryStorage memory;
    SqliteStorage sqlite;
    while (!history.over()) {
        write_both(history, memory, sqlite);
        if (history.choose(100) == 0) {
            prune_both(history, memory, sqlite);
        }
        if (history.choose(200) == 0) {
            memory.reopen();
            sqlite.reopen();
            ASSERT_EQ(describe(sqlite.reporter()), describe(memory.reporter()));
            ASSERT_EQ(describe_open(sqlite.ledger()), describe_open(memory.ledger()));
        }
    }
    EXPECT_EQ(describe(sqlite.reporter()), describe(memory.reporter()));
}

} // namespace
} // namespace exarch::ledger
