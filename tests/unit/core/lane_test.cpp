#include "actions/cloudfront_invalidate.hpp"
#include "core/lane/lane.hpp"
#include "unit/core/lane_model.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace exarch::core {
namespace {

using actions::SlotCount;
using actions::SlotKind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr SlotCount plenty{.paths = 3000, .wildcards = 15};

class LaneTest : public testing::Test {
protected:
    WaitingRef add(const std::string& item, Requester requester = 1, std::int32_t priority = 0) {
        return lane_.add(wish(requester, priority), item);
    }
    Wished wish(Requester requester = 1, std::int32_t priority = 0) {
        ++last_;
        return {.id = ledger::OperationId(last_),
                .task = ledger::TaskId(last_),
                .ages_from = {},
                .expires_at = {},
                .requester = requester,
                .priority = priority};
    }
    static std::vector<std::int64_t> ids(const Batch& batch) {
        std::vector<std::int64_t> ids;
        for (const Carried& carried : batch.carried) {
            ids.push_back(carried.wished.id.value());
        }
        return ids;
    }

    std::int64_t last_ = 0;
    WaitingPool pool_;
    Lane lane_{actions::cloudfront_invalidate(), pool_, 0};
};

TEST_F(LaneTest, equal_wishes_are_sent_as_one_item_that_settles_them_all) {
    add("/a");
    add("/b");
    add("/a", 2);
    EXPECT_EQ(lane_.size(), 3U);
    EXPECT_EQ(lane_.entries(), 2U);
    const Batch batch = lane_.take(plenty);
    EXPECT_THAT(batch.items, UnorderedElementsAre("/a", "/b"));
    EXPECT_THAT(ids(batch), UnorderedElementsAre(1, 2, 3));
    EXPECT_TRUE(lane_.empty());
    EXPECT_EQ(pool_.size(), 0U);
}

TEST_F(LaneTest, a_wildcard_takes_along_what_it_covers_whatever_came_first) {
    add("/img/cat.jpg");
    add("/img/*");
    add("/img/dog/*");
    add("/img/dog/x");
    add("/imgs");
    const Batch batch = lane_.take(plenty);
    EXPECT_THAT(batch.items, ElementsAre("/img/*", "/imgs"));
    for (const Carried& carried : batch.carried) {
        EXPECT_EQ(carried.sent, carried.item == "/imgs" ? 1U : 0U) << carried.item;
    }
    EXPECT_EQ(batch.carried.size(), 5U);
}

TEST_F(LaneTest, a_wildcard_without_a_slash_covers_siblings_too) {
    add("/a*");
    add("/a/b");
    add("/ab");
    add("/b");
    EXPECT_THAT(lane_.take(plenty).items, ElementsAre("/a*", "/b"));
}

TEST_F(LaneTest, the_root_wildcard_covers_every_path_but_no_tag) {
    add("#product");
    add("/x/y");
    add("/z/*");
    add("/*");
    EXPECT_THAT(lane_.take(plenty).items, ElementsAre("/*", "#product"));
}

TEST_F(LaneTest, a_tag_takes_a_path_slot) {
    add("#product");
    EXPECT_THAT(lane_.take({.paths = 0, .wildcards = 15}).items, IsEmpty());
    EXPECT_THAT(lane_.take({.paths = 1, .wildcards = 0}).items, ElementsAre("#product"));
}

TEST_F(LaneTest, exact_paths_go_alone_where_wildcard_slots_are_short) {
    add("/img/*");
    add("/img/a");
    add("/css/b");
    EXPECT_TRUE(lane_.lacks(SlotKind::wildcard, {.paths = 3000, .wildcards = 0}));
    EXPECT_THAT(lane_.take({.paths = 3000, .wildcards = 0}).items, ElementsAre("/css/b"));
    EXPECT_THAT(lane_.take({.paths = 3000, .wildcards = 0}).items, IsEmpty());
    EXPECT_FALSE(lane_.has_work_for({.paths = 3000, .wildcards = 0}));
    const Batch batch = lane_.take(plenty);
    EXPECT_THAT(batch.items, ElementsAre("/img/*"));
    EXPECT_EQ(batch.carried.size(), 2U);
}

TEST_F(LaneTest, covered_paths_are_on_their_own_again_when_their_wildcard_leaves_unsent) {
    const WaitingRef wildcard = add("/img/*");
    add("/img/a");
    add("/img/b", 2);
    add("/img/b", 3);
    EXPECT_THAT(lane_.take({.paths = 3000, .wildcards = 0}).items, IsEmpty());
    lane_.remove(wildcard.index);
    const Batch batch = lane_.take({.paths = 3000, .wildcards = 0});
    EXPECT_THAT(batch.items, UnorderedElementsAre("/img/a", "/img/b"));
    EXPECT_EQ(batch.carried.size(), 3U);
}

TEST_F(LaneTest, a_narrower_wildcard_covers_again_when_the_wider_one_leaves) {
    const WaitingRef wide = add("/img/*");
    add("/img/dog/*");
    add("/img/dog/a");
    add("/img/cat");
    lane_.remove(wide.index);
    EXPECT_THAT(lane_.take(plenty).items, ElementsAre("/img/dog/*", "/img/cat"));
}

TEST_F(LaneTest, a_wildcard_wished_twice_covers_until_both_have_left) {
    const WaitingRef first = add("/img/*");
    const WaitingRef second = add("/img/*");
    add("/img/a");
    lane_.remove(first.index);
    EXPECT_THAT(lane_.take({.paths = 9, .wildcards = 0}).items, IsEmpty());
    lane_.remove(second.index);
    EXPECT_THAT(lane_.take({.paths = 9, .wildcards = 0}).items, ElementsAre("/img/a"));
}

TEST_F(LaneTest, an_operation_that_leaves_takes_none_of_its_equals_with_it) {
    const WaitingRef first = add("/a");
    const WaitingRef middle = add("/a", 2);
    add("/a", 3);
    lane_.remove(middle.index);
    lane_.remove(first.index);
    EXPECT_EQ(lane_.size(), 1U);
    const Batch batch = lane_.take(plenty);
    EXPECT_THAT(batch.items, ElementsAre("/a"));
    EXPECT_THAT(ids(batch), ElementsAre(3));
}

TEST_F(LaneTest, requesters_take_turns_so_that_a_flood_delays_others_by_one_each) {
    for (int path = 0; path < 100; ++path) {
        add("/flood/" + std::to_string(path), 1);
    }
    add("/mine/1", 2);
    add("/mine/2", 2);
    const Batch batch = lane_.take({.paths = 5, .wildcards = 0});
    EXPECT_THAT(batch.items, testing::IsSupersetOf({"/mine/1", "/mine/2"}));
}

TEST_F(LaneTest, one_requesters_wishes_go_by_priority_and_then_by_age) {
    add("/old");
    add("/new");
    add("/urgent", 1, 5);
    EXPECT_EQ(lane_.priority(), 5);
    EXPECT_THAT(lane_.take({.paths = 2, .wildcards = 0}).items, ElementsAre("/urgent", "/old"));
    EXPECT_EQ(lane_.priority(), 0);
}

TEST_F(LaneTest, what_comes_back_goes_before_what_has_not_been_out) {
    add("/a");
    add("/b");
    const Batch batch = lane_.take({.paths = 1, .wildcards = 0});
    lane_.add_returned(batch.carried[0].wished, batch.carried[0].item);
    EXPECT_THAT(lane_.take({.paths = 1, .wildcards = 0}).items, ElementsAre("/a"));
}

TEST_F(LaneTest, a_batch_has_at_most_three_thousand_items) {
    for (int path = 0; path < 3500; ++path) {
        add("/" + std::to_string(path));
    }
    EXPECT_EQ(lane_.take({.paths = 10'000, .wildcards = 15}).items.size(), 3000U);
    EXPECT_EQ(lane_.take({.paths = 10'000, .wildcards = 15}).items.size(), 500U);
}

TEST_F(LaneTest, ten_thousand_equal_wishes_leave_one_by_one_from_either_end_in_no_time) {
    std::vector<WaitingRef> refs;
    for (int number = 0; number < 10'000; ++number) {
        refs.push_back(add("/same"));
    }
    for (auto ref = refs.rbegin(); ref != refs.rend(); ++ref) {
        lane_.remove(ref->index);
    }
    EXPECT_TRUE(lane_.empty());
}

TEST_F(LaneTest, more_equal_wishes_than_a_call_may_carry_go_in_several) {
    for (int number = 0; number < 7; ++number) {
        add("/a");
    }
    add("/b");
    const Batch first = lane_.take(plenty, {.operations = 4});
    EXPECT_THAT(first.items, ElementsAre("/a"));
    EXPECT_EQ(first.carried.size(), 4U);
    const Batch second = lane_.take(plenty, {.operations = 4});
    EXPECT_THAT(second.items, UnorderedElementsAre("/a", "/b"));
    EXPECT_EQ(second.carried.size(), 4U);
    EXPECT_TRUE(lane_.empty());
    EXPECT_EQ(pool_.size(), 0U);
}

TEST_F(LaneTest, an_item_goes_once_in_a_call_whoever_has_the_turn) {
    add("/a", 2);
    add("/a", 1);
    for (int number = 0; number < 3; ++number) {
        add("/b", 1);
    }
    const Batch batch = lane_.take(plenty, {.operations = 4});
    EXPECT_THAT(batch.items, ElementsAre("/a", "/b"));
    EXPECT_EQ(batch.carried.size(), 4U);
}

TEST_F(LaneTest, a_wildcard_that_is_wished_more_often_than_a_call_may_carry_still_covers) {
    for (const char* item : {"/a/*", "/a/*", "/a/*", "/a/1", "/a/2"}) {
        add(item);
    }
    const Batch first = lane_.take(plenty, {.operations = 2});
    EXPECT_THAT(first.items, ElementsAre("/a/*"));
    EXPECT_THAT(ids(first), ElementsAre(1, 2));
    // Its last wish takes along all that it covers, however many they are.
    const Batch second = lane_.take(plenty, {.operations = 2});
    EXPECT_THAT(second.items, ElementsAre("/a/*"));
    EXPECT_THAT(ids(second), UnorderedElementsAre(3, 4, 5));
    EXPECT_TRUE(lane_.empty());
}

TEST_F(LaneTest, what_a_call_has_no_room_for_goes_without_its_wildcard) {
    for (const char* item : {"/a/1", "/a/2", "/a/3", "/a/4", "/a/b/*", "/a/b/1", "/a/*"}) {
        add(item);
    }
    const CarryLimits limits{.operations = 2, .covered = 4};
    const Batch first = lane_.take(plenty, limits);
    EXPECT_THAT(first.items, ElementsAre("/a/*"));
    EXPECT_EQ(first.carried.size(), 4U);
    std::vector<std::string> items;
    while (!lane_.empty()) {
        const Batch batch = lane_.take(plenty, limits);
        ASSERT_LE(batch.carried.size(), 4U);
        ASSERT_FALSE(batch.items.empty());
        items.insert(items.end(), batch.items.begin(), batch.items.end());
    }
    EXPECT_EQ(items.size(), 3U);
    EXPECT_THAT(items, testing::Not(testing::Contains("/a/*")));
    EXPECT_EQ(pool_.size(), 0U);
}

RC_GTEST_PROP(lane, is_the_same_whether_many_come_at_once_or_one_by_one, ()) {
    WaitingPool pool_of_one;
    WaitingPool pool_of_many;
    Lane one_by_one{actions::cloudfront_invalidate(), pool_of_one, 0};
    Lane at_once{actions::cloudfront_invalidate(), pool_of_many, 0};
    std::vector<std::uint32_t> indexes;
    const auto operations = *rc::gen::inRange(1, 60);
    for (int number = 1; number <= operations; ++number) {
        const std::string item = *LaneModel::items();
        const Wished wished{.id = ledger::OperationId(number),
                            .task = {},
                            .ages_from = {},
                            .expires_at = {},
                            .requester = *rc::gen::inRange<Requester>(1, 4),
                            .priority = *rc::gen::inRange(-1, 2)};
        one_by_one.add(wished, item);
        indexes.push_back(at_once.store(wished, item).index);
    }
    at_once.add_all(indexes);
    for (std::uint32_t turn = 0; !one_by_one.empty(); ++turn) {
        RC_ASSERT(at_once.size() == one_by_one.size());
        RC_ASSERT(at_once.priority() == one_by_one.priority());
        const SlotCount some{.paths = 2, .wildcards = turn % 2};
        RC_ASSERT(at_once.take(some) == one_by_one.take(some));
    }
    RC_ASSERT(at_once.empty());
    RC_ASSERT(pool_of_many.size() == 0U);
}

/// Limits that a handful of operations reaches; of what is covered there may be none.
CarryLimits few() {
    CarryLimits limits;
    limits.operations = *rc::gen::inRange<std::size_t>(1, 5);
    if (*rc::gen::arbitrary<bool>()) {
        limits.covered = limits.operations + *rc::gen::inRange<std::size_t>(0, 4);
    }
    return limits;
}

RC_GTEST_PROP(lane, loses_nothing_however_little_a_call_may_carry, ()) {
    LaneModel model;
    const auto steps = *rc::gen::inRange(1, 120);
    for (int step = 0; step < steps; ++step) {
        switch (*rc::gen::inRange(0, 6)) {
        default:
            model.add(*LaneModel::items(), *rc::gen::inRange<Requester>(1, 4),
                      *rc::gen::inRange(-1, 2));
            break;
        case 3:
            model.remove(*rc::gen::arbitrary<std::size_t>());
            break;
        case 4:
            model.take_some(
                {.paths = *rc::gen::inRange(0U, 5U), .wildcards = *rc::gen::inRange(0U, 3U)},
                few());
            break;
        case 5:
            model.put_back();
            break;
        }
    }
    while (model.waiting() > 0U) {
        model.take_some({.paths = 3, .wildcards = 1}, {.operations = 2, .covered = 3});
    }
}

RC_GTEST_PROP(lane, keeps_its_rules_whatever_happens_to_it, ()) {
    LaneModel model;
    const auto steps = *rc::gen::inRange(1, 120);
    for (int step = 0; step < steps; ++step) {
        switch (*rc::gen::inRange(0, 8)) {
        default:
            model.add(*LaneModel::items(), *rc::gen::inRange<Requester>(1, 4),
                      *rc::gen::inRange(-1, 2));
            break;
        case 4:
            model.remove(*rc::gen::arbitrary<std::size_t>());
            break;
        case 5:
        case 6:
            model.take(
                {.paths = *rc::gen::inRange(0U, 5U), .wildcards = *rc::gen::inRange(0U, 3U)});
            break;
        case 7:
            model.put_back();
            break;
        }
    }
    model.take_all();
    RC_ASSERT(model.waiting() == 0U);
}

} // namespace
} // namespace exarch::core
