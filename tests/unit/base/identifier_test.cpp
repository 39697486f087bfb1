#include "base/identifier.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <set>

namespace exarch::base {
namespace {

static_assert(!std::convertible_to<AccountId, Region>);
static_assert(!std::constructible_from<AccountId, Region>);
static_assert(!std::convertible_to<std::string, AccountId>);

TEST(identifier, compares_and_orders_by_value) {
    EXPECT_EQ(AccountId("111122223333"), AccountId(std::string("111122223333")));
    EXPECT_LT(AccountId("111122223333"), AccountId("444455556666"));
    EXPECT_TRUE(AccountId().empty());
    const std::set<Region> regions = {Region("b"), Region("a"), Region("b")};
    EXPECT_EQ(regions.size(), 2U);
    EXPECT_EQ(regions.begin()->value(), "a");
}

TEST(sequence, counts_upward) {
    using Position = Sequence<struct PositionTag>;
    static_assert(Position(3).plus(2) == Position(5));
    EXPECT_LT(Position(), Position().plus(1));
}

TEST(account_id, is_exactly_twelve_ascii_digits) {
    EXPECT_TRUE(is_account_id("111122223333"));
    EXPECT_TRUE(is_account_id("000000000000"));
    for (const std::string_view text :
         {"", "11112222333", "1111222233334", "11112222333x", " 11112222333", "-11112222333",
          "1111-2222-33", "１１１１"}) {
        EXPECT_FALSE(is_account_id(text)) << text;
    }
    EXPECT_FALSE(is_account_id(std::string_view("11112222333\0", 12)));
}

} // namespace
} // namespace exarch::base
