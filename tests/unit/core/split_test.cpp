#include "core/lane/split.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace exarch::core {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// A batch of items, each wished by one operation of this requester and task.
struct Origin {
    Requester requester = 1;
    std::int64_t task = 1;
};

Batch batch_of(const std::vector<Origin>& origins) {
    Batch batch;
    std::int64_t id = 0;
    for (const Origin& origin : origins) {
        ++id;
        Wished wished;
        wished.id = ledger::OperationId(id);
        wished.task = ledger::TaskId(origin.task);
        wished.requester = origin.requester;
        const std::string item = "/" + std::to_string(id);
        batch.carried.push_back({wished, item, static_cast<std::uint32_t>(batch.items.size())});
        batch.items.push_back(item);
    }
    return batch;
}

TEST(split, one_requester_is_parted_from_another) {
    const auto [first, second] = split(batch_of({{1, 1}, {2, 2}, {1, 3}, {1, 4}, {1, 5}}));
    EXPECT_THAT(first.items, UnorderedElementsAre("/1", "/3", "/4", "/5"));
    EXPECT_THAT(second.items, ElementsAre("/2"));
}

TEST(split, one_requesters_tasks_are_parted_next) {
    const auto [first, second] = split(batch_of({{1, 7}, {1, 7}, {1, 8}, {1, 7}}));
    EXPECT_THAT(first.items, UnorderedElementsAre("/1", "/2", "/4"));
    EXPECT_THAT(second.items, ElementsAre("/3"));
}

TEST(split, a_wildcard_belongs_to_who_wished_it_and_not_to_who_wished_what_it_covers) {
    // The wildcard is mallory's (2); alice (1) wished a path under it, earlier, and two others.
    Batch batch = batch_of({{1, 1}, {2, 2}, {1, 3}, {1, 4}});
    batch.items = {"/img/*", "/3", "/4"};
    batch.carried[0].item = "/img/a";
    batch.carried[1].item = "/img/*";
    batch.carried[1].sent = 0;
    batch.carried[2].sent = 1;
    batch.carried[3].sent = 2;
    const auto [first, second] = split(std::move(batch));
    EXPECT_THAT(first.items, ElementsAre("/3", "/4"));
    EXPECT_THAT(second.items, ElementsAre("/img/*"));
}

TEST(split, one_task_is_parted_in_the_middle) {
    const auto [first, second] = split(batch_of({{1, 7}, {1, 7}, {1, 7}, {1, 7}}));
    EXPECT_EQ(first.items.size(), 2U);
    EXPECT_EQ(second.items.size(), 2U);
}

TEST(split, what_an_item_settles_goes_with_it) {
    Batch batch = batch_of({{1, 1}, {2, 2}});
    Wished covered;
    covered.id = ledger::OperationId(9);
    covered.requester = 2;
    batch.carried.push_back({covered, "/1", 0});
    const auto [first, second] = split(std::move(batch));
    EXPECT_THAT(first.items, ElementsAre("/1"));
    EXPECT_EQ(first.carried.size(), 2U);
    EXPECT_EQ(second.carried.size(), 1U);
}

RC_GTEST_PROP(split, loses_and_doubles_nothing, ()) {
    std::vector<Origin> origins;
    const auto count = *rc::gen::inRange(2, 60);
    for (int index = 0; index < count; ++index) {
        origins.push_back({*rc::gen::inRange<Requester>(1, 4), *rc::gen::inRange(1, 6)});
    }
    const Batch whole = batch_of(origins);
    const auto [first, second] = split(whole);
    std::set<std::string> items;
    std::set<std::int64_t> operations;
    for (const Batch* part : {&first, &second}) {
        RC_ASSERT(!part->items.empty());
        items.insert(part->items.begin(), part->items.end());
        for (const Carried& carried : part->carried) {
            RC_ASSERT(part->items[carried.sent] == carried.item);
            operations.insert(carried.wished.id.value());
        }
    }
    RC_ASSERT(first.items.size() + second.items.size() == whole.items.size());
    RC_ASSERT(items.size() == whole.items.size());
    RC_ASSERT(operations.size() == whole.carried.size());
}

TEST(split, finds_one_culprit_among_three_thousand_in_a_dozen_rounds) {
    Batch batch = batch_of(std::vector<Origin>(3000, Origin{}));
    int calls = 0;
    while (batch.items.size() > 1) {
        auto [first, second] = split(std::move(batch));
        calls += 2;
        const bool in_first = std::ranges::find(first.items, "/1234") != first.items.end();
        batch = in_first ? std::move(first) : std::move(second);
    }
    EXPECT_THAT(batch.items, ElementsAre("/1234"));
    EXPECT_LE(calls, 24);
}

} // namespace
} // namespace exarch::core
