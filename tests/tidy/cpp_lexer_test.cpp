#include "tidy/cpp_lexer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::tidy {
namespace {

std::vector<std::string> texts(std::string_view text) {
    std::vector<std::string> result;
    for (const Token& token : tokenize(text)) {
        result.push_back(token.text);
    }
    return result;
}

TEST(CppLexer, comments_are_not_there) {
    EXPECT_EQ(texts("a // getenv {\n/* { \n } */ b"), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(texts("/* never closed").empty());
}

TEST(CppLexer, literals_lose_their_content) {
    EXPECT_EQ(texts(R"(f("{ \" {", '{', '\''))"),
              (std::vector<std::string>{"f", "(", "\"", ",", "'", ",", "'", ")"}));
    EXPECT_EQ(texts("R\"x({ \" )\" } )x\" b"), (std::vector<std::string>{"\"", "b"}));
}

TEST(CppLexer, digit_separators_open_no_character) {
    EXPECT_EQ(texts("1'048'576 + 0x1F"), (std::vector<std::string>{"1'048'576", "+", "0x1F"}));
}

TEST(CppLexer, lines_are_counted_through_comments_and_raw_strings) {
    const std::vector<Token> tokens = tokenize("/*\n*/ a R\"(\n\n)\"\nb");
    ASSERT_EQ(tokens.size(), 3U);
    EXPECT_EQ(tokens[0].line, 2);
    EXPECT_EQ(tokens[2].line, 5);
}

TEST(CppLexer, directives_reach_over_continued_lines) {
    const std::vector<Token> tokens = tokenize("#define A \\\n  {\nb");
    ASSERT_EQ(tokens.size(), 6U);
    EXPECT_TRUE(tokens[4].directive);
    EXPECT_FALSE(tokens[5].directive);
}

} // namespace
} // namespace exarch::tidy
