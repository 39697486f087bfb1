#include "route/entry_turns.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace exarch::route {
namespace {

std::vector<int> pop_all(EntryTurns<int>& turns) {
    std::vector<int> order;
    while (turns.size() > 0) {
        order.push_back(turns.pop());
    }
    return order;
}

TEST(EntryTurns, of_one_standing_come_in_order) {
    EntryTurns<int> turns;
    for (const int waiter : {1, 2, 3}) {
        turns.push(Standing::unknown, waiter);
    }
    EXPECT_THAT(pop_all(turns), testing::ElementsAre(1, 2, 3));
}

TEST(EntryTurns, standings_take_turns_whoever_is_more) {
    EntryTurns<int> turns;
    for (int waiter = 100; waiter < 110; ++waiter) {
        turns.push(Standing::refused, waiter);
    }
    for (const int waiter : {1, 2}) {
        turns.push(Standing::entered, waiter);
    }
    turns.push(Standing::unknown, 50);
    std::vector<int> first;
    for (int i = 0; i < 5; ++i) {
        first.push_back(turns.pop());
    }
    EXPECT_THAT(first, testing::UnorderedElementsAre(1, 2, 50, 100, 101));
    EXPECT_EQ(pop_all(turns).size(), 8U);
}

TEST(EntryTurns, who_goes_is_not_served) {
    EntryTurns<int> turns;
    turns.push(Standing::entered, 1);
    turns.push(Standing::refused, 2);
    turns.remove(Standing::entered, 1);
    turns.remove(Standing::refused, 7);
    EXPECT_EQ(turns.size(), 1U);
    EXPECT_THAT(pop_all(turns), testing::ElementsAre(2));
}

} // namespace
} // namespace exarch::route
