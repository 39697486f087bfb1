#include "core/lane/leaf.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace exarch::core {
namespace {

/// Digests of few values, so that most slots are wanted by many, at both ends of the table.
constexpr std::uint32_t digests = 5;
std::uint32_t digest_of(std::uint32_t first) {
    return first % digests - 2;
}

Leaf::Slot* find(Leaf& leaf, std::uint32_t wanted) {
    return leaf.find(digest_of(wanted), [&](std::uint32_t first) { return first == wanted; });
}

TEST(leaf, has_nothing_at_first) {
    Leaf leaf;
    EXPECT_EQ(find(leaf, 7), nullptr);
    EXPECT_EQ(leaf.size(), 0U);
}

RC_GTEST_PROP(leaf, finds_what_was_added_and_not_erased, ()) {
    Leaf leaf;
    std::map<std::uint32_t, bool> known;
    const auto steps =
        *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(0, 40));
    for (const std::uint32_t number : steps) {
        bool& is_here = known[number];
        is_here ? leaf.erase(find(leaf, number)) : leaf.add({digest_of(number), number});
        is_here = !is_here;
        std::size_t here = 0;
        for (const auto& [one, is_one_here] : known) {
            RC_ASSERT((find(leaf, one) != nullptr) == is_one_here);
            here += is_one_here ? 1 : 0;
        }
        RC_ASSERT(leaf.size() == here);
        const auto used = std::ranges::count_if(
            leaf.slots(), [](const Leaf::Slot& slot) { return !slot.is_free(); });
        RC_ASSERT(static_cast<std::size_t>(used) == here);
    }
}

} // namespace
} // namespace exarch::core
