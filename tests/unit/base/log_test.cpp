#include "base/json.hpp"
#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <sstream>
#include <thread>
#include <vector>

namespace exarch::base {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;

// Everything that a log of its own wrote, its end among it.
std::vector<std::string> lines_of(bool json, LogLevel level, const std::function<void(Log&)>& use) {
    testing::internal::CaptureStderr();
    {
        Log log(level, {.json = json});
        use(log);
    }
    std::istringstream text(testing::internal::GetCapturedStderr());
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) {
        lines.push_back(line);
    }
    return lines;
}

TEST(log, writes_time_level_and_text_on_one_line) {
    const auto lines = lines_of(false, LogLevel::info, [](Log& log) {
        log.info("account {} has {} waiting", "111122223333", 7);
        log.warn("slow");
        log.error("bad {{}} end");
    });
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_THAT(lines[0], MatchesRegex("[0-9]+-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:"
                                       "[0-9][0-9].[0-9][0-9][0-9]Z info  account "
                                       "111122223333 has 7 waiting"));
    EXPECT_THAT(lines[1], EndsWith("Z warn  slow"));
    EXPECT_THAT(lines[2], EndsWith("Z error bad {} end"));
}

TEST(log, keeps_quiet_below_its_level) {
    const auto use = [](Log& log) {
        log.debug("a");
        log.info("b");
        log.warn("c");
        log.error("d");
    };
    EXPECT_THAT(lines_of(false, LogLevel::warn, use),
                ElementsAre(EndsWith("warn  c"), EndsWith("error d")));
    EXPECT_THAT(lines_of(false, LogLevel::off, use), ElementsAre());
    EXPECT_EQ(lines_of(false, LogLevel::trace, use).size(), 4U);
}

TEST(log, counts_equal_lines_instead_of_repeating_them) {
    const auto lines = lines_of(false, LogLevel::info, [](Log& log) {
        for (int i = 0; i < 1000; ++i) {
            log.warn("throttled");
            log.warn("denied");
        }
        log.info("other");
    });
    EXPECT_THAT(lines,
                testing::UnorderedElementsAre(
                    EndsWith("warn  throttled"), EndsWith("warn  denied"), EndsWith("info  other"),
                    EndsWith("throttled (999 more times)"), EndsWith("denied (999 more times)")));
}

TEST(log, remembers_a_bounded_number_of_lines_and_loses_no_count) {
    const auto lines = lines_of(false, LogLevel::debug, [](Log& log) {
        log.info("first");
        log.info("first");
        for (int i = 0; i < 5000; ++i) {
            log.debug("line {}", i);
        }
    });
    EXPECT_EQ(lines.size(), 5002U);
    EXPECT_THAT(lines, testing::Contains(EndsWith("first (1 more times)")).Times(1));
}

TEST(log, a_flood_of_different_lines_is_counted_and_not_written) {
    const auto lines = lines_of(false, LogLevel::info, [](Log& log) {
        for (int i = 0; i < 100'000; ++i) {
            log.warn("line {}", i);
        }
        log.error("the last straw");
    });
    ASSERT_EQ(lines.size(), 1001U);
    EXPECT_THAT(lines.back(), HasSubstr("error 99001 further lines were left out"));
}

TEST(log, long_lines_are_fewer) {
    const std::string text(10'000, 'x');
    const auto lines = lines_of(false, LogLevel::info, [&](Log& log) {
        for (int i = 0; i < 100; ++i) {
            log.info("{} {}", i, text);
        }
    });
    EXPECT_EQ(lines.size(), 14U);
}

TEST(log, a_text_from_outside_cannot_forge_an_entry_or_paint_the_terminal) {
    const auto lines = lines_of(false, LogLevel::info, [](Log& log) {
        log.info("path {}", "/a\n2026-01-01T00:00:00.000Z error forged\r\x1b[31m");
    });
    EXPECT_THAT(lines, ElementsAre(EndsWith("path /a\\n2026-01-01T00:00:00.000Z error forged"
                                            "\\x0d\\x1b[31m")));
}

TEST(log, cuts_an_endless_text) {
    const auto lines = lines_of(false, LogLevel::info,
                                [](Log& log) { log.info("{}", std::string(1'000'000, 'x')); });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_LT(lines[0].size(), 20'000U);
    EXPECT_THAT(lines[0], EndsWith("bytes more)"));
}

TEST(log, every_line_says_its_context) {
    const auto use = [](Log& log) {
        log.set_context({{"requestId", "8476a536"}, {"traceId", "Root=1"}});
        log.warn("slow");
        log.warn("slow");
        log.set_context({});
        log.warn("slow");
    };
    EXPECT_THAT(lines_of(false, LogLevel::info, use),
                ElementsAre(EndsWith("warn  requestId=8476a536 traceId=Root=1 slow"),
                            EndsWith("requestId=8476a536 traceId=Root=1 slow (1 more times)"),
                            EndsWith("warn  slow")));
    const auto lines = lines_of(true, LogLevel::info, use);
    ASSERT_EQ(lines.size(), 3U);
    const auto parsed = parse_json(lines[0]).value();
    EXPECT_EQ(parsed.at("level"), "WARN");
    EXPECT_EQ(parsed.at("requestId"), "8476a536");
    EXPECT_EQ(parsed.at("traceId"), "Root=1");
    EXPECT_EQ(parsed.at("message"), "slow");
}

TEST(log, a_figure_is_a_number_in_json_and_the_text_says_it_elsewhere) {
    const auto use = [](Log& log) {
        log.info({.name = "oldest_seconds", .value = 90}, "the oldest for 90 s");
    };
    const auto parsed = parse_json(lines_of(true, LogLevel::info, use).at(0)).value();
    EXPECT_EQ(parsed.at("oldest_seconds").as_int64(), 90);
    EXPECT_EQ(parsed.at("message").as_string(), "the oldest for 90 s");
    EXPECT_THAT(lines_of(false, LogLevel::info, use),
                ElementsAre(EndsWith("info  the oldest for 90 s")));
    EXPECT_THAT(lines_of(true, LogLevel::warn, use), ElementsAre());
}

TEST(log, where_nothing_else_keeps_it_nothing_is_left_out) {
    testing::internal::CaptureStderr();
    {
        Log log(LogLevel::info, {.json = false, .is_bounded = false});
        for (int line = 0; line < 3000; ++line) {
            log.warn("line {}", line / 2);
        }
    }
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(text, '\n'), 3000);
}

TEST(log, writes_json_that_parses_whatever_the_text) {
    const auto lines = lines_of(true, LogLevel::info,
                                [](Log& log) { log.warn("said \"{}\"", "a\\b\n\x01 %v %Y é"); });
    ASSERT_EQ(lines.size(), 1U);
    const auto parsed = parse_json(lines[0]);
    ASSERT_TRUE(parsed.has_value()) << lines[0];
    EXPECT_EQ(parsed->at("level").as_string(), "WARN");
    EXPECT_EQ(parsed->at("message").as_string(), "said \"a\\b\n\x01 %v %Y é\"");
    EXPECT_TRUE(parsed->at("timestamp").as_string().ends_with("Z"));
}

TEST(log, takes_entries_from_several_threads) {
    const auto lines = lines_of(false, LogLevel::info, [](Log& log) {
        const auto write = [&log](int thread) {
            for (int i = 0; i < 200; ++i) {
                log.info("thread {} line {} end", thread, i);
            }
        };
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back(write, thread);
        }
    });
    EXPECT_EQ(lines.size(), 800U);
    EXPECT_THAT(lines, testing::Each(AllOf(HasSubstr("info  thread"), EndsWith("end"))));
}

TEST(log_level, is_read_by_its_name_only) {
    LogLevel level = LogLevel::info;
    EXPECT_TRUE(parse_log_level("debug", level));
    EXPECT_EQ(level, LogLevel::debug);
    EXPECT_TRUE(parse_log_level("off", level));
    EXPECT_EQ(level, LogLevel::off);
    for (const std::string_view text : {"", "Debug", "debug ", "warning", "5"}) {
        EXPECT_FALSE(parse_log_level(text, level)) << text;
    }
    EXPECT_EQ(level, LogLevel::off);
}

} // namespace
} // namespace exarch::base
