#include "cli/terminal/table.hpp"

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

Table three_columns() {
    Table table;
    table.add_column("NAME");
    table.add_column("COUNT", Table::Align::right);
    table.add_column("WHY");
    return table;
}

TEST(Table, columns_are_as_wide_as_they_need) {
    Table table = three_columns();
    table.add_row({{"a"}, {"1"}, {"because"}});
    table.add_row({{"longer"}, {"1,234,567"}, {""}});
    EXPECT_EQ(table.render({}), "NAME        COUNT  WHY\n"
                                "a               1  because\n"
                                "longer  1,234,567\n");
}

TEST(Table, empty_columns_are_left_out) {
    Table table = three_columns();
    table.add_row({{"a"}, {"1"}, {""}});
    EXPECT_EQ(table.render({}), "NAME  COUNT\na         1\n");
}

TEST(Table, long_lines_are_cut_where_the_terminal_ends) {
    Table table = three_columns();
    table.add_row({{"änderung"}, {"1"}, {"because"}});
    EXPECT_EQ(table.render({.has_colour = false, .columns = 19}), "NAME      COUNT  WH\n"
                                                                  "änderung      1  be\n");
}

TEST(Table, colour_does_not_count_as_width) {
    Table table = three_columns();
    table.add_row({{"a", Style::bad}, {"1"}, {"x"}});
    EXPECT_EQ(table.render({.has_colour = true, .columns = 0}),
              "\x1b[1mNAME\x1b[0m  \x1b[1mCOUNT\x1b[0m  \x1b[1mWHY\x1b[0m\n"
              "\x1b[31ma\x1b[0m         1  x\n");
}

TEST(Table, control_characters_from_outside_do_not_reach_the_terminal) {
    Table table = three_columns();
    table.add_row({{"a\x1b[2J\n"}, {"1"}, {"x"}});
    EXPECT_EQ(table.render({}), "NAME          COUNT  WHY\n"
                                "a\\x1b[2J\\x0a      1  x\n");
}

TEST(Table, numbers_have_commas) {
    EXPECT_EQ(with_commas(0), "0");
    EXPECT_EQ(with_commas(999), "999");
    EXPECT_EQ(with_commas(1000), "1,000");
    EXPECT_EQ(with_commas(1234567), "1,234,567");
    EXPECT_EQ(with_commas(-100), "-100");
    EXPECT_EQ(with_commas(-1000), "-1,000");
}

} // namespace
} // namespace exarch::cli
