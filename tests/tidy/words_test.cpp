#include "tidy/words.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::tidy {
namespace {

Findings banned(const std::string& path, const std::string& text) {
    return check_banned_words({path, text}, banned_words());
}

TEST(Words, each_banned_word_is_found_where_it_is_banned) {
    for (const BannedWord& word : banned_words()) {
        for (const std::string_view folder : word.folders) {
            const TextFile bad{std::string(folder) + "made_up.cpp",
                               "void f() {\n    " + std::string(word.word) + "(1);\n}\n"};
            const Findings found = check_banned_words(bad, std::span(&word, 1));
            ASSERT_EQ(found.size(), 1U) << word.word;
            EXPECT_EQ(found[0].line, 2);
            EXPECT_NE(found[0].message.find(word.instead), std::string::npos);
        }
    }
}

TEST(Words, doors_may_use_what_they_guard) {
    EXPECT_EQ(banned("src/base/time.cpp", "clock_gettime(a, b);"), Findings{});
    EXPECT_EQ(banned("src/base/log.cpp", "clock_gettime(a, b);").size(), 1U);
}

TEST(Words, comments_strings_and_longer_names_are_not_meant) {
    EXPECT_EQ(banned("src/core/a.cpp", "// std::thread\nauto x = \"getenv\"; my_getenv();\n"
                                       "static_assert(true);"),
              Findings{});
}

TEST(Words, spaces_do_not_hide_a_word) {
    EXPECT_EQ(banned("src/core/a.cpp", "std :: thread t;").size(), 1U);
}

TEST(Words, marks_of_unfinished_work_are_found_in_any_text) {
    const std::string mark = std::string("TO") + "DO";
    EXPECT_EQ(check_leftovers({"docs/a.md", "fine\n" + mark + ": more\n"}).size(), 1U);
    EXPECT_EQ(check_leftovers({"docs/a.md", "MY_" + mark + "S\n"}), Findings{});
    EXPECT_EQ(check_leftovers({"tests/data/a", mark}), Findings{});
}

TEST(Words, a_header_without_pragma_once_is_found) {
    EXPECT_EQ(check_header_guard({"src/a/b.hpp", "#pragma once\n"}), Findings{});
    EXPECT_EQ(check_header_guard({"src/a/b.hpp", "#include <x>\n"}).size(), 1U);
    EXPECT_EQ(check_header_guard({"src/a/b.cpp", ""}), Findings{});
}

} // namespace
} // namespace exarch::tidy
