#include "tidy/limits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::tidy {
namespace {

std::string repeat(std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) {
        result += text;
    }
    return result;
}

TEST(Limits, a_line_of_101_characters_is_too_long) {
    const std::string line(100, 'x');
    EXPECT_EQ(check_line_lengths({"src/a/b.cpp", "\n" + line + "\n"}, {}), Findings{});
    const Findings found = check_line_lengths({"src/a/b.cpp", "\n" + line + "x\n"}, {});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].line, 2);
}

TEST(Limits, characters_are_counted_not_bytes) {
    EXPECT_EQ(check_line_lengths({"tests/a.py", repeat("é", 100)}, {}), Findings{});
    EXPECT_EQ(check_line_lengths({"script/test", repeat("é", 101)}, {}).size(), 1U);
}

TEST(Limits, prose_and_data_have_no_line_length) {
    EXPECT_EQ(check_line_lengths({"README.md", std::string(300, 'x')}, {}), Findings{});
    EXPECT_EQ(check_line_lengths({"tests/fuzz/corpus/config/a.yaml", std::string(300, 'x')}, {}),
              Findings{});
}

TEST(Limits, each_sort_of_file_has_its_length) {
    struct Case {
        std::string path;
        int lines_max;
    };
    for (const auto& [path, lines_max] : std::vector<Case>{{"src/core/lane.cpp", 400},
                                                           {"src/core/lane.hpp", 250},
                                                           {"tests/unit/core/lane_test.cpp", 600},
                                                           {"tests/integration/lane.py", 600},
                                                           {"CMakeLists.txt", 80}}) {
        EXPECT_EQ(check_file_length({path, repeat("x\n", lines_max)}, {}), Findings{}) << path;
        EXPECT_EQ(check_file_length({path, repeat("x\n", lines_max + 1)}, {}).size(), 1U) << path;
    }
}

TEST(Limits, a_function_of_71_lines_is_too_long) {
    const std::string good = "void f() {\n" + repeat("x();\n", 68) + "}\n";
    const std::string bad = "void f() {\n" + repeat("x();\n", 69) + "}\n";
    EXPECT_EQ(check_functions({"a.cpp", good}, {}), Findings{});
    EXPECT_EQ(check_functions({"a.cpp", bad}, {}).size(), 1U);
}

TEST(Limits, a_python_function_of_71_lines_is_too_long) {
    const std::string good = "def f(\n    a,\n):\n" + repeat("    x()\n", 67) + "\n\nx = 1\n";
    const std::string bad = "class A:\n    async def f(a):\n" + repeat("        x()\n", 70);
    EXPECT_EQ(check_functions({"a.py", good}, {}), Findings{});
    EXPECT_EQ(check_functions({"a.py", bad}, {}).size(), 1U);
}

TEST(Limits, six_parameters_are_too_many) {
    EXPECT_EQ(check_functions({"a.hpp", "void f(int, int, int, int, int);"}, {}), Findings{});
    EXPECT_EQ(check_functions({"a.hpp", "void f(int, int, int, int, int, int);"}, {}).size(), 1U);
}

TEST(Limits, four_levels_are_too_deep) {
    EXPECT_EQ(check_functions({"a.cpp", "void f() { if (a) { if (b) { if (c) { } } } }"}, {}),
              Findings{});
    EXPECT_EQ(check_functions({"a.cpp", "void f() { if (a) { if (b) { if (c) { do { } } } } }"}, {})
                  .size(),
              1U);
}

TEST(Limits, a_folder_of_26_files_is_too_large) {
    std::vector<std::string> paths;
    std::vector<std::string> data;
    for (int i = 0; i < 25; ++i) {
        paths.push_back("src/core/" + std::to_string(i));
        data.push_back("tests/data/" + std::to_string(i));
    }
    data.emplace_back("tests/data/one_more");
    paths.emplace_back("src/core/deeper/file");
    EXPECT_EQ(check_folder_sizes(paths, {}), Findings{});
    EXPECT_EQ(check_folder_sizes(data, {}), Findings{});
    paths.emplace_back("src/core/one_more");
    EXPECT_EQ(check_folder_sizes(paths, {}).size(), 1U);
}

TEST(Limits, a_large_binary_is_found_a_large_text_is_not) {
    const std::string text(70'000, 'x');
    EXPECT_EQ(check_binary({"a.bin", text}, {}), Findings{});
    EXPECT_EQ(check_binary({"a.bin", text + '\0'}, {}).size(), 1U);
    EXPECT_EQ(check_binary({"a.bin", std::string(1, '\0')}, {}), Findings{});
}

} // namespace
} // namespace exarch::tidy
