#include "aws/clock_skew.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::aws {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Timestamp noon = base::parse_timestamp("2026-11-24T12:00:00Z").value();

ClockSkew::Reading reading(base::Duration difference, base::Duration applied = seconds(0),
                           bool refused = false) {
    return {"host", std::chrono::floor<milliseconds>(noon + difference), noon, applied, refused};
}

TEST(HttpDateTest, reads_the_one_form_that_is_sent) {
    EXPECT_EQ(parse_http_date("Tue, 24 Nov 2026 12:00:00 GMT"), noon);
    EXPECT_EQ(parse_http_date("Sat, 29 Feb 2020 23:59:60 GMT"),
              base::parse_timestamp("2020-03-01T00:00:00Z").value());
    for (const std::string_view text :
         {"", "Tue, 24 Nov 2026 12:00:00", "Tue, 24 Nov 2026 12:00:00 UTC",
          "Tue, 31 Nov 2026 12:00:00 GMT", "Tue, 24 Foo 2026 12:00:00 GMT",
          "Tue, 24 Nov 2026 24:00:00 GMT", "Tue, 24 Nov 2026 12:60:00 GMT",
          "Tue, 24 Nov 2026 12:00:61 GMT", "Tue, -4 Nov 2026 12:00:00 GMT",
          "Tue, 2x Nov 2026 12:00:00 GMT", "Tue, 24 Nov 2026 12:00:0  GMT",
          "Tuesday, 24-Nov-26 12:00:00 GMT", "Tue Nov 24 12:00:00 2026", "2026-11-24T12:00:00Z",
          "Tue, 24 Nov 2026 12-00-00 GMT", "Tue, 00 Nov 2026 12:00:00 GMT"}) {
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
    }
}

TEST(ClockSkewTest, small_differences_are_left_alone) {
    ClockSkew skew;
    EXPECT_FALSE(skew.observe(reading(minutes(4))));
    EXPECT_FALSE(skew.observe(reading(-minutes(4))));
    EXPECT_EQ(skew.correction("host"), seconds(0));
}

TEST(ClockSkewTest, large_differences_are_made_up_for_at_their_host_only) {
    ClockSkew skew;
    EXPECT_TRUE(skew.observe(reading(minutes(10))));
    EXPECT_EQ(skew.correction("host"), minutes(10));
    EXPECT_EQ(skew.correction("other"), seconds(0));
}

TEST(ClockSkewTest, refusal_for_the_date_corrects_small_differences_too) {
    ClockSkew skew;
    EXPECT_TRUE(skew.observe(reading(-minutes(2), seconds(0), true)));
    EXPECT_EQ(skew.correction("host"), -minutes(2));
}

TEST(ClockSkewTest, refusal_of_the_right_date_changes_nothing) {
    ClockSkew skew;
    EXPECT_TRUE(skew.observe(reading(minutes(10))));
    EXPECT_FALSE(skew.observe(reading(minutes(10), minutes(10), true)));
    EXPECT_FALSE(skew.observe(reading(minutes(10) + milliseconds(900), minutes(10), true)));
}

TEST(ClockSkewTest, follows_the_clock_once_corrected) {
    ClockSkew skew;
    EXPECT_TRUE(skew.observe(reading(minutes(10))));
    EXPECT_TRUE(skew.observe(reading(seconds(0), minutes(10))));
    EXPECT_EQ(skew.correction("host"), seconds(0));
}

TEST(ClockSkewTest, more_hosts_than_it_keeps_do_no_harm) {
    ClockSkew skew;
    for (std::size_t i = 0; i < ClockSkew::hosts_max + 1; ++i) {
        const std::string host = "host-" + std::to_string(i);
        ClockSkew::Reading each = reading(minutes(10));
        each.host = host;
        EXPECT_TRUE(skew.observe(each));
        EXPECT_EQ(skew.correction(host), minutes(10));
    }
}

TEST(ClockSkewTest, what_blames_the_date) {
    EXPECT_TRUE(blames_date("RequestTimeTooSkewed", ""));
    EXPECT_TRUE(blames_date("RequestExpired", ""));
    EXPECT_TRUE(blames_date("SignatureDoesNotMatch", "Signature expired: 20261124T120000Z is now "
                                                     "earlier than 20261124T121000Z"));
    EXPECT_TRUE(blames_date("InvalidSignatureException", "Signature not yet current: …"));
    EXPECT_FALSE(blames_date("SignatureDoesNotMatch", "The request signature we calculated …"));
    EXPECT_FALSE(blames_date("ExpiredToken", "The security token included is expired"));
    EXPECT_TRUE(may_blame_date("SignatureDoesNotMatch"));
    EXPECT_FALSE(may_blame_date("AccessDenied"));
}

} // namespace
} // namespace exarch::aws
