#include "tidy/tree.hpp"

#include <gtest/gtest.h>

namespace exarch::tidy {
namespace {

TEST(Tree, a_module_without_readme_is_found) {
    EXPECT_EQ(check_modules({{"src/a/CMakeLists.txt", ""}}).size(), 1U);
    EXPECT_EQ(check_modules({{"src/a/CMakeLists.txt", ""}, {"src/a/README.md", ""}}), Findings{});
}

TEST(Tree, a_source_that_nobody_builds_is_found) {
    const std::vector<TextFile> tree{{"src/a/CMakeLists.txt", "exarch_library(a SOURCES b.cpp)"},
                                     {"src/a/README.md", ""},
                                     {"src/a/b.cpp", ""},
                                     {"src/a/c.cpp", ""}};
    const Findings found = check_modules(tree);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].path, "src/a/c.cpp");
}

TEST(Tree, holds_nothing_that_a_merge_left_behind) {
    const Findings found = check_leftovers({{"src/a/b.cpp", ""}, {"src/a/b.cpp.orig", ""}});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].path, "src/a/b.cpp.orig");
}

TEST(Tree, keeps_the_house_style) {
    const std::vector<TextFile> tree = read_tree(EXARCH_SOURCE_DIR);
    ASSERT_FALSE(tree.empty());
    for (const Finding& finding : check_tree(tree)) {
        ADD_FAILURE() << finding;
    }
}

} // namespace
} // namespace exarch::tidy
