#include "base/text.hpp"

#include <gtest/gtest.h>

namespace exarch::base {
namespace {

TEST(TextTest, lowers_ascii_letters_and_nothing_else) {
    EXPECT_EQ(lowered("AbZ\xc3\x89[`"), "abz\xc3\x89[`");
}

TEST(TextTest, begins_with_whole_characters) {
    EXPECT_EQ(beginning("abc", 3), "abc");
    EXPECT_EQ(beginning("abc", 2), "ab");
    EXPECT_EQ(beginning("aé", 3), "aé");
    EXPECT_EQ(beginning("aéb", 2), "a") << "é has two bytes";
    EXPECT_EQ(beginning("€", 2), "");
    EXPECT_EQ(beginning("", 0), "");
    EXPECT_EQ(beginning("\x80\x80\x80", 1), "") << "no text at all";
}

} // namespace
} // namespace exarch::base
