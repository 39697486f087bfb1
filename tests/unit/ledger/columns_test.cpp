#include "ledger/sqlite/columns.hpp"
#include "unit/ledger/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exarch::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string through_compact(const std::string& text) {
    const CompactText compact(text);
    return compact.is_short() ? expand_compact(compact.bytes()) : std::string(compact.bytes());
}

TEST(Columns, uuids_and_digests_are_stored_in_half_the_bytes) {
    const std::string uuid = "01234567-89ab-cdef-0123-456789abcdef";
    const std::string digest(64, 'e');
    EXPECT_EQ(CompactText(uuid).bytes().size(), 16U);
    EXPECT_EQ(CompactText(digest).bytes().size(), 32U);
    EXPECT_EQ(through_compact(uuid), uuid);
    EXPECT_EQ(through_compact(digest), digest);
}

TEST(Columns, what_is_almost_a_uuid_stays_as_it_is) {
    for (const std::string text :
         {"", "x", "01234567-89AB-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdeg",
          "0123456789ab-cdef-0123--456789abcdef", "01234567-89ab-cdef-0123-456789abcde",
          "0000000000000000000000000000000000000000000000000000000000000-00"}) {
        const CompactText compact(text);
        EXPECT_FALSE(compact.is_short()) << text;
        EXPECT_EQ(compact.bytes(), text);
    }
}

TEST(Columns, operation_lists_keep_their_order) {
    for (const std::vector<std::int64_t>& numbers : std::vector<std::vector<std::int64_t>>{
             {}, {7}, {1, 2, 3}, {3, 2, 1}, {5, 6, 9, 1, 2, 3, 2}, {1'000'000'000'000}}) {
        const std::vector<OperationId> operations = ids(numbers);
        EXPECT_EQ(decode_operations(encode_operations(operations)).value(), operations);
    }
    EXPECT_EQ(encode_operations(ids({3, 4, 5, 9, 8})), "3-5,9,8");
}

TEST(Columns, damaged_operation_lists_are_corrupt) {
    for (const char* text :
         {",", "1,", "1,,2", "-1", "1-", "3-2", "1-1", "x", "1 2", "1-2-3", "99999999999999999999",
          "1-9000000000000000000", "6,7", "007", "1-2,3"}) {
        const auto decoded = decode_operations(text);
        ASSERT_FALSE(decoded.has_value()) << text;
        EXPECT_EQ(decoded.error().kind(), base::ErrorKind::corrupt);
    }
}

TEST(Columns, items_keep_their_bytes_and_empty_ones_count) {
    std::string lines;
    EXPECT_THAT(decode_items(lines), IsEmpty());
    append_item(lines, "");
    EXPECT_THAT(decode_items(lines), ElementsAre(""));
    append_item(lines, "/a b\t\xff");
    append_item(lines, "");
    EXPECT_THAT(decode_items(lines), ElementsAre("", "/a b\t\xff", ""));
    EXPECT_EQ(item_at(lines, 0), "");
    EXPECT_EQ(item_at(lines, 1), "/a b\t\xff");
    EXPECT_EQ(item_at(lines, 9), "");
}

} // namespace
} // namespace exarch::ledger
