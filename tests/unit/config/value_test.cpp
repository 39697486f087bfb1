#include "config/value.hpp"

#include <gtest/gtest.h>

#include <array>

namespace exarch::config {
namespace {

TEST(Value, a_quotation_is_one_short_line) {
    EXPECT_EQ(quote("plain"), "\"plain\"");
    EXPECT_EQ(quote("a\nb\x7f"), "\"a\\x0ab\\x7f\"");
    EXPECT_EQ(quote(std::string(80, 'x')), '"' + std::string(80, 'x') + '"');
    EXPECT_EQ(quote(std::string(81, 'x')), '"' + std::string(80, 'x') + "…\"");
    EXPECT_EQ(quote(std::string(79, 'x') + "ä"), '"' + std::string(79, 'x') + "…\"");
}

TEST(Value, whole_numbers_are_whole_and_in_range) {
    EXPECT_EQ(parse_whole("1", {1, 3000}), 1);
    EXPECT_EQ(parse_whole("3000", {1, 3000}), 3000);
    for (const char* text : {"", "0", "3001", "-1", "1.0", "1e3", "0x10", "1_000", " 1", "1 ", "٣",
                             "99999999999999999999"}) {
        const auto value = parse_whole(text, {1, 3000});
        ASSERT_FALSE(value.has_value()) << text;
        EXPECT_EQ(value.error().message(), quote(text) + " is no whole number from 1 to 3000");
    }
}

TEST(Value, a_rate_is_neither_none_nor_endless) {
    EXPECT_EQ(parse_rate("0.5"), 0.5);
    EXPECT_EQ(parse_rate("10000"), 10'000.0);
    EXPECT_EQ(parse_rate("0.0001"), 0.0001);
    for (const char* text : {"", "0", "-1", "10000.1", "inf", "nan", "1,5", "1/s", "1e400", "+1",
                             "0.00009", "1e-300", "4e-324"}) {
        const auto value = parse_rate(text);
        ASSERT_FALSE(value.has_value()) << text;
        EXPECT_EQ(value.error().message(), quote(text) + " is no number from 0.0001 to 10000");
    }
}

TEST(Value, truth_is_true_or_false) {
    EXPECT_EQ(parse_boolean("true"), true);
    EXPECT_EQ(parse_boolean("false"), false);
    for (const char* text : {"yes", "no", "on", "off", "True", "TRUE", "1", "y", ""}) {
        EXPECT_FALSE(parse_boolean(text).has_value()) << text;
    }
}

TEST(Value, a_duration_keeps_its_range) {
    const Range<base::Duration> range{std::chrono::seconds(1), std::chrono::hours(48)};
    EXPECT_EQ(parse_span("90s", range), std::chrono::seconds(90));
    EXPECT_EQ(parse_span("48h", range), std::chrono::hours(48));
    const auto bad = parse_span("49h", range);
    ASSERT_FALSE(bad.has_value());
    EXPECT_EQ(bad.error().message(),
              "\"49h\" is no duration from 1 s to 2 d; write it like 90s, 15m, 24h or 30d");
    for (const char* text : {"", "90", "1w", "-1h", "1h30m", "1 h", "500ms"}) {
        EXPECT_FALSE(parse_span(text, range).has_value()) << text;
    }
}

TEST(Value, a_choice_names_the_others) {
    constexpr std::array<std::string_view, 3> choices = {"account", "lane", "none"};
    EXPECT_EQ(parse_choice("lane", choices), 1U);
    const auto bad = parse_choice("Lane", choices);
    ASSERT_FALSE(bad.has_value());
    EXPECT_EQ(bad.error().message(), "\"Lane\" is none of account, lane, none");
}

TEST(Value, reads_addresses_of_both_families) {
    EXPECT_EQ(parse_listen_address("127.0.0.1:9464"), (ListenAddress{"127.0.0.1", 9464}));
    EXPECT_EQ(parse_listen_address("[::1]:0"), (ListenAddress{"::1", 0}));
    EXPECT_EQ(format(ListenAddress{"::1", 80}), "[::1]:80");
    EXPECT_EQ(format(ListenAddress{"0.0.0.0", 80}), "0.0.0.0:80");
}

TEST(Value, refuses_what_is_no_address_and_port) {
    for (const char* text : {"", ":", "127.0.0.1", "127.0.0.1:", ":9464", "localhost:9464",
                             "::1:9464", "[::1]", "[127.0.0.1]:80", "127.0.0.1:65536",
                             "127.0.0.1:-1", "127.0.0.1:80 ", "256.0.0.1:80", "1.2.3:80"}) {
        const auto address = parse_listen_address(text);
        ASSERT_FALSE(address.has_value()) << text;
        EXPECT_EQ(address.error().message(),
                  quote(text) + " is no IP address and port; write it like 127.0.0.1:9464 or "
                                "[::1]:9464");
    }
}

TEST(Value, takes_the_urls_of_sqs_and_of_its_stand_ins) {
    for (const char* text : {"https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks",
                             "https://sqs.cn-north-1.amazonaws.com.cn/999900001111/tasks.fifo",
                             "http://127.0.0.1:4600/999900001111/tasks",
                             "http://localhost:9324/queue/tasks", "http://[::1]:5000/1/q"}) {
        EXPECT_EQ(parse_queue_url(text), text);
    }
}

TEST(Value, refuses_what_is_no_queue_s_url) {
    for (const char* text :
         {"", "exarch-tasks", "arn:aws:sqs:eu-west-1:999900001111:tasks", "https://", "https:///q",
          "ftp://host/1/q", "https://host", "https://host/", "https://host/1/",
          "https://host/1/q?x=1", "https://host/1/q#x", "https://host/1/q q", "//host/1/q"}) {
        EXPECT_FALSE(parse_queue_url(text).has_value()) << text;
    }
}

TEST(Value, credentials_in_a_url_are_refused_and_not_repeated) {
    const auto url = parse_queue_url("https://AKIDEXAMPLE:hunter2@sqs.eu-west-1.amazonaws.com/1/q");
    ASSERT_FALSE(url.has_value());
    EXPECT_FALSE(url.error().message().contains("hunter2")) << url.error().message();
}

TEST(Value, a_region_has_a_region_s_form) {
    for (const char* text : {"eu-west-1", "us-gov-west-1", "ap-southeast-12", "eusc-de-east-1"}) {
        EXPECT_EQ(parse_region(text), text);
    }
    for (const char* text : {"", "euwest1", "EU-WEST-1", "eu-west-", "-1", "eu west-1", "eu_west-1",
                             "https://eu-west-1"}) {
        EXPECT_FALSE(parse_region(text).has_value()) << text;
    }
}

} // namespace
} // namespace exarch::config
