#include "cli/terminal/progress.hpp"
#include "unit/cli/support.hpp"

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Progress, a_bar_fills_from_the_left) {
    EXPECT_EQ(render_bar(0, 10, 5), "[-----]");
    EXPECT_EQ(render_bar(5, 10, 5), "[##---]");
    EXPECT_EQ(render_bar(10, 10, 5), "[#####]");
    EXPECT_EQ(render_bar(11, 10, 5), "[#####]");
    EXPECT_EQ(render_bar(0, 0, 5), "[-----]");
}

TEST(Progress, what_ends_within_a_second_shows_none) {
    RecordingTerminal terminal;
    terminal.is_terminal = true;
    const ManualClock clock;
    {
        Progress(terminal, clock).show("1 of 2");
    }
    EXPECT_EQ(terminal.complaints, "");
}

TEST(Progress, on_a_terminal_one_line_is_drawn_again_and_taken_away) {
    RecordingTerminal terminal;
    terminal.is_terminal = true;
    ManualClock clock;
    {
        Progress progress(terminal, clock);
        clock.advance(seconds(1));
        progress.show("1 of 3");
        clock.advance(milliseconds(10));
        progress.show("2 of 3");
        clock.advance(milliseconds(200));
        progress.show("3 of 3");
    }
    EXPECT_EQ(terminal.complaints, "\r1 of 3\x1b[K\r3 of 3\x1b[K\r\x1b[K");
    EXPECT_EQ(terminal.written, "");
}

TEST(Progress, a_line_is_cut_where_the_terminal_ends) {
    RecordingTerminal terminal;
    terminal.is_terminal = true;
    ManualClock clock;
    Progress progress(terminal, clock);
    clock.advance(seconds(1));
    progress.show(std::string(100, 'x'));
    EXPECT_EQ(terminal.complaints, "\r" + std::string(79, 'x') + "\x1b[K");
}

TEST(Progress, elsewhere_a_plain_line_comes_each_ten_seconds) {
    RecordingTerminal terminal;
    ManualClock clock;
    {
        Progress progress(terminal, clock);
        for (int i = 0; i <= 12; ++i) {
            progress.show(std::to_string(i));
            clock.advance(seconds(1));
        }
    }
    EXPECT_EQ(terminal.complaints, "1\n11\n");
}

TEST(Progress, what_has_not_changed_is_not_said_again) {
    RecordingTerminal terminal;
    ManualClock clock;
    Progress progress(terminal, clock);
    for (int i = 0; i < 60; ++i) {
        clock.advance(seconds(1));
        progress.show("stuck");
    }
    EXPECT_EQ(terminal.complaints, "stuck\n");
}

} // namespace
} // namespace exarch::cli
