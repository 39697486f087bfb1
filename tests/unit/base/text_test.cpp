#include "base/text.hpp"

#include <gtest/gtest.h>

namespace exarch::base {
namespace {

TEST(TextTest, lowers_ascii_letters_and_nothing_else) {
    EXPECT_EQ(lowered("AbZ\xc3\x89[`"), "abz\xc3\x89[`");
}

} // namespace
} // namespace exarch::base
