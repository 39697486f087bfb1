#include "cli/config/line_diff.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace exarch::cli {
namespace {

std::string unified(std::string_view from, std::string_view to) {
    return render_unified(from, diff_lines(from, to));
}

/// `from` with the changes made, which is what they promise.
std::string changed(std::string_view from, const std::vector<LineChange>& changes) {
    const std::vector<std::string_view> lines = split_lines(from);
    std::string text;
    std::size_t at = 0;
    std::size_t written = 0;
    const auto keep = [&](std::size_t end) {
        for (; at < end; ++at, ++written) {
            text += lines.at(at);
        }
    };
    for (const LineChange& change : changes) {
        keep(change.from);
        EXPECT_EQ(written, change.to);
        EXPECT_NE(change.removed, change.added);
        for (const std::string_view line : change.removed) {
            EXPECT_EQ(line, lines.at(at++));
        }
        for (const std::string_view line : change.added) {
            text += line;
            ++written;
        }
    }
    keep(lines.size());
    return text;
}

std::size_t size_of(const std::vector<LineChange>& changes) {
    std::size_t lines = 0;
    for (const LineChange& change : changes) {
        lines += change.removed.size() + change.added.size();
    }
    return lines;
}

TEST(LineDiffTest, lines_keep_their_ends) {
    EXPECT_EQ(split_lines("a\n\nb"), (std::vector<std::string_view>{"a\n", "\n", "b"}));
    EXPECT_TRUE(split_lines("").empty());
}

TEST(LineDiffTest, equal_texts_do_not_differ) {
    EXPECT_TRUE(diff_lines("", "").empty());
    EXPECT_TRUE(diff_lines("a\nb\n", "a\nb\n").empty());
    EXPECT_EQ(unified("a\n", "a\n"), "");
}

TEST(LineDiffTest, a_change_is_shown_with_three_lines_around_it) {
    EXPECT_EQ(unified("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\nand\n6\n7\n8\n9\n"),
              "@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+and\n 6\n 7\n 8\n");
}

TEST(LineDiffTest, changes_far_from_each_other_are_shown_apart) {
    const std::string middle = "b\nc\nd\ne\nf\ng\n";
    EXPECT_EQ(unified("a\n" + middle + "h\n", "A\n" + middle + "H\n"),
              "@@ -1,8 +1,8 @@\n-a\n+A\n b\n c\n d\n e\n f\n g\n-h\n+H\n");
    EXPECT_EQ(unified("a\n" + middle + "g\nh\n", "A\n" + middle + "g\nH\n"),
              "@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n d\n@@ -6,4 +6,4 @@\n f\n g\n g\n-h\n+H\n");
}

TEST(LineDiffTest, nothing_becomes_something_and_the_other_way_round) {
    EXPECT_EQ(unified("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
    EXPECT_EQ(unified("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
}

TEST(LineDiffTest, a_missing_end_of_the_last_line_is_a_difference) {
    EXPECT_EQ(unified("a\nb", "a\nb\n"),
              "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
}

TEST(LineDiffTest, what_would_move_a_terminal_is_escaped) {
    const std::string shown = unified("a\n", "\x1b[2Ja\r\n");
    EXPECT_FALSE(shown.contains('\x1b'));
    EXPECT_FALSE(shown.contains('\r'));
}

TEST(LineDiffTest, any_text_becomes_any_other_in_as_few_lines_as_there_can_be) {
    std::mt19937 dice(7); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in every run
    const auto text = [&](int lines, int kinds) {
        std::string made;
        for (int i = 0; i < lines; ++i) {
            made += fmt::format("{}\n", std::uniform_int_distribution<>(0, kinds)(dice));
        }
        return made;
    };
    for (int round = 0; round < 500; ++round) {
        const int kinds = 1 + round % 7;
        const std::string from = text(round % 23, kinds);
        const std::string to = text(round % 19, kinds);
        const std::vector<LineChange> changes = diff_lines(from, to);
        ASSERT_EQ(changed(from, changes), to) << from << "---\n" << to;
        // The longest common subsequence by its definition.
        const auto a = split_lines(from);
        const auto b = split_lines(to);
        std::vector<std::vector<std::size_t>> longest(a.size() + 1,
                                                      std::vector<std::size_t>(b.size() + 1));
        for (std::size_t i = 0; i < a.size(); ++i) {
            for (std::size_t j = 0; j < b.size(); ++j) {
                longest[i + 1][j + 1] = a[i] == b[j]
                                            ? longest[i][j] + 1
                                            : std::max(longest[i][j + 1], longest[i + 1][j]);
            }
        }
        ASSERT_EQ(size_of(changes), a.size() + b.size() - 2 * longest[a.size()][b.size()]);
    }
}

TEST(LineDiffTest, where_too_much_differs_all_of_it_is_replaced) {
    std::string from = "same\n";
    std::string to = "same\n";
    for (int i = 0; i < 20'000; ++i) {
        from += fmt::format("from {}\n", i);
        to += fmt::format("to {}\n", i);
    }
    from += "end\n";
    to += "end\n";
    const std::vector<LineChange> changes = diff_lines(from, to);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes.front().removed.size(), 20'000U);
    EXPECT_EQ(changed(from, changes), to);
}

} // namespace
} // namespace exarch::cli
