#include "cli/terminal/spool.hpp"
#include "unit/cli/support.hpp"

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

TEST(Spool, all_is_printed_in_order_and_nothing_before_it_is_wanted) {
    for (const std::size_t bytes_max : {0U, 7U, 100'000U, 10'000'000U}) {
        RecordingTerminal terminal;
        Spool spool(bytes_max);
        std::string all;
        for (int i = 0; i < 50'000; ++i) {
            const std::string line = std::to_string(i) + "\n";
            ASSERT_TRUE(spool.add(line).has_value());
            all += line;
        }
        EXPECT_EQ(terminal.written, "");
        ASSERT_TRUE(spool.print(terminal).has_value());
        EXPECT_EQ(terminal.written, all) << bytes_max;
    }
}

TEST(Spool, nothing_is_nothing) {
    RecordingTerminal terminal;
    Spool spool;
    ASSERT_TRUE(spool.print(terminal).has_value());
    EXPECT_EQ(terminal.written, "");
}

} // namespace
} // namespace exarch::cli
