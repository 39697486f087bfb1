#include "base/time.hpp"

#include <gtest/gtest.h>

namespace exarch::base {
namespace {

using namespace std::chrono_literals;

Timestamp at(std::int64_t milliseconds) {
    return Timestamp(std::chrono::milliseconds(milliseconds));
}

TEST(timestamp, formats_milliseconds_only_where_there_are_any) {
    EXPECT_EQ(format(at(1'795'479'000'000)), "2026-11-24T00:10:00Z");
    EXPECT_EQ(format(at(1'795'479'000'007)), "2026-11-24T00:10:00.007Z");
    EXPECT_EQ(format(at(0)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(format(at(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(timestamp, reads_what_it_writes) {
    for (const std::int64_t value : {0LL, 1LL, -1LL, 951'782'400'000LL, 1'795'479'000'123LL,
                                     253'402'300'799'999LL, -62'135'596'800'000LL}) {
        const auto parsed = parse_timestamp(format(at(value)));
        ASSERT_TRUE(parsed.has_value()) << format(at(value));
        EXPECT_EQ(*parsed, at(value));
    }
}

TEST(timestamp, reads_every_form_of_rfc_3339) {
    const Timestamp expected = at(1'795'479'000'000);
    EXPECT_EQ(parse_timestamp("2026-11-24T00:10:00Z"), expected);
    EXPECT_EQ(parse_timestamp("2026-11-24t00:10:00z"), expected);
    EXPECT_EQ(parse_timestamp("2026-11-24T01:10:00+01:00"), expected);
    EXPECT_EQ(parse_timestamp("2026-11-23T18:40:00-05:30"), expected);
    EXPECT_EQ(parse_timestamp("2026-11-24T00:10:00-00:00"), expected);
    EXPECT_EQ(parse_timestamp("2026-11-24T00:10:00.5Z"), expected + 500ms);
    EXPECT_EQ(parse_timestamp("2026-11-24T00:10:00.0019999999999Z"), expected + 1ms);
    EXPECT_EQ(parse_timestamp("2024-02-29T00:00:00Z"), at(1'709'164'800'000));
}

TEST(timestamp, refuses_everything_else_and_shows_the_right_form) {
    for (const std::string_view text : {"",
                                        "2026-11-24",
                                        "2026-11-24T00:10:00",
                                        "2026-11-24 00:10:00Z",
                                        "2026-11-24T00:10Z",
                                        "2026-11-24T00:10:00.Z",
                                        "2026-11-24T00:10:00Zjunk",
                                        "2026-11-24T00:10:00 Z",
                                        "26-11-24T00:10:00Z",
                                        "2026-11-24T24:00:00Z",
                                        "2026-11-24T00:60:00Z",
                                        "2026-11-24T00:00:60Z",
                                        "2026-02-29T00:00:00Z",
                                        "2026-13-01T00:00:00Z",
                                        "2026-00-10T00:00:00Z",
                                        "2026-04-31T00:00:00Z",
                                        "2026-11-24T00:10:00+24:00",
                                        "2026-11-24T00:10:00+01:60",
                                        "2026-11-24T00:10:00+0100",
                                        "2026-11-24T00:10:00,5Z",
                                        "+026-11-24T00:10:00Z",
                                        "2026-11-24T-1:10:00Z",
                                        "1795479000",
                                        "tomorrow"}) {
        const auto parsed = parse_timestamp(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_EQ(parsed.error().kind(), ErrorKind::invalid);
        EXPECT_TRUE(parsed.error().message().contains("2026-11-24T00:10:00Z"));
    }
}

TEST(timestamp, what_it_reads_can_be_read_again_in_utc) {
    for (const std::string_view text :
         {"9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-23:59"}) {
        const auto parsed = parse_timestamp(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_TRUE(parsed.error().message().contains("0000 to 9999")) << parsed.error().message();
    }
    for (const std::string_view text : {"9999-12-31T23:59:59.999Z", "0000-01-01T00:00:00Z"}) {
        EXPECT_EQ(format(parse_timestamp(text).value()), text);
    }
}

TEST(timestamp, a_refusal_does_not_repeat_a_huge_text) {
    const auto parsed = parse_timestamp(std::string(100'000, '9'));
    ASSERT_FALSE(parsed.has_value());
    EXPECT_LT(parsed.error().message().size(), 200U);
}

TEST(duration, reads_a_whole_number_and_one_unit) {
    EXPECT_EQ(parse_duration("250ms"), Duration(250ms));
    EXPECT_EQ(parse_duration("90s"), Duration(90s));
    EXPECT_EQ(parse_duration("15m"), Duration(15min));
    EXPECT_EQ(parse_duration("24h"), Duration(24h));
    EXPECT_EQ(parse_duration("30d"), Duration(720h));
    EXPECT_EQ(parse_duration("0s"), Duration(0));
    EXPECT_EQ(parse_duration("007s"), Duration(7s));
}

TEST(duration, refuses_everything_else) {
    for (const std::string_view text :
         {"", "s", "10", "10 s", " 10s", "10s ", "-10s", "+10s", "1.5h", "1h30m", "10S", "10us",
          "10w", "0x10s", "99999999999999999999s", "9223372036854775807d", "106751992d"}) {
        const auto parsed = parse_duration(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_EQ(parsed.error().kind(), ErrorKind::invalid);
    }
    EXPECT_EQ(parse_duration("106751991d"), Duration(std::chrono::days(106'751'991)));
}

TEST(duration, is_shown_to_people_in_two_units_at_most) {
    EXPECT_EQ(format_for_people(0us), "0 ms");
    EXPECT_EQ(format_for_people(999us), "0 ms");
    EXPECT_EQ(format_for_people(850ms), "850 ms");
    EXPECT_EQ(format_for_people(42s), "42 s");
    EXPECT_EQ(format_for_people(42'900ms), "42 s");
    EXPECT_EQ(format_for_people(200s), "3 min 20 s");
    EXPECT_EQ(format_for_people(180s), "3 min");
    EXPECT_EQ(format_for_people(125min + 59s), "2 h 5 min");
    EXPECT_EQ(format_for_people(76h + 10min), "3 d 4 h");
    EXPECT_EQ(format_for_people(-200s), "-3 min 20 s");
    EXPECT_TRUE(format_for_people(Duration::min()).starts_with("-"));
}

TEST(system_clock, goes_forward_and_knows_the_century) {
    const SystemClock clock;
    const Moment first = clock.now();
    const Moment second = clock.now();
    EXPECT_LE(first.steady, second.steady);
    EXPECT_GT(first.wall, at(1'600'000'000'000));
    EXPECT_GT(first.steady.time_since_epoch(), Duration::zero());
}

} // namespace
} // namespace exarch::base
