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

TEST(TextTest, measures_the_first_character) {
    EXPECT_EQ(character_bytes("ab"), 1U);
    EXPECT_EQ(character_bytes(std::string_view("\0", 1)), 1U);
    EXPECT_EQ(character_bytes("éa"), 2U);
    EXPECT_EQ(character_bytes("€a"), 3U);
    EXPECT_EQ(character_bytes("\U0001f600a"), 4U);
    for (const char* bad : {"", "\x80", "\xc1\x80", "\xc3", "\xc3(", "\xe0\x9f\x80", "\xed\xa0\x80",
                            "\xf0\x8f\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
        EXPECT_EQ(character_bytes(bad), 0U) << printable(bad);
    }
}

TEST(TextTest, measures_what_is_utf_8) {
    EXPECT_EQ(utf8_bytes(""), 0U);
    EXPECT_EQ(utf8_bytes("aé€"), 6U);
    EXPECT_EQ(utf8_bytes("aé\xc4.é"), 3U);
    EXPECT_EQ(utf8_bytes("a\xe2\x82"), 1U);
}

TEST(TextTest, escapes_what_would_move_the_cursor) {
    EXPECT_EQ(printable("a\tb\r\n\x1b[31m\x7f"), R"(a\x09b\x0d\x0a\x1b[31m\x7f)");
    EXPECT_EQ(printable(std::string_view("\0", 1)), R"(\x00)");
    EXPECT_EQ(printable("é \\ \""), "é \\ \"") << "the rest as it is";
    // CSI and NEL of C1, a line separator, an override of direction and an isolate.
    EXPECT_EQ(printable("\u009b31m\u0085\u2028\u202e\u2066"),
              R"(\xc2\x9b31m\xc2\x85\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6)");
    EXPECT_EQ(printable("\u00a0\u2027\u202f\u2065\u206a"), "\u00a0\u2027\u202f\u2065\u206a");
    EXPECT_EQ(printable("\xc2"), "\xc2");
    EXPECT_EQ(printable("\xe2\x80"), "\xe2\x80");
}

TEST(SplitArn, gives_the_six_parts_of_which_some_may_be_empty) {
    EXPECT_EQ(split_arn("arn:aws:sqs:eu-west-1:999900001111:tasks"),
              (ArnParts{"arn", "aws", "sqs", "eu-west-1", "999900001111", "tasks"}));
    EXPECT_EQ(split_arn("arn:aws:iam::999900001111:role/a"),
              (ArnParts{"arn", "aws", "iam", "", "999900001111", "role/a"}));
    EXPECT_EQ(split_arn(":::::"), ArnParts());
}

TEST(SplitArn, leaves_the_colons_of_the_resource) {
    EXPECT_EQ(split_arn("arn:aws:lambda:eu-west-1:999900001111:function:f:1").value().back(),
              "function:f:1");
}

TEST(SplitArn, gives_none_where_a_part_is_missing) {
    for (const char* text : {"", "arn", "arn:aws:sqs", "arn:aws:sqs:eu-west-1:999900001111"}) {
        EXPECT_EQ(split_arn(text), std::nullopt) << text;
    }
}

} // namespace
} // namespace exarch::base
