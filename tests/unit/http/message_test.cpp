#include "http/message.hpp"

#include <gtest/gtest.h>

#include <map>

namespace exarch::http {
namespace {

TEST(headers, finds_the_first_of_a_name_whatever_its_case) {
    Headers headers;
    headers.add("Content-Type", "text/xml");
    headers.add("x-amz-date", "1");
    headers.add("X-Amz-Date", "2");
    EXPECT_EQ(headers.get("content-TYPE"), "text/xml");
    EXPECT_EQ(headers.get("X-AMZ-DATE"), "1");
    EXPECT_EQ(headers.get("X-Amz"), std::nullopt);
    EXPECT_EQ(headers.size(), 3U);
}

TEST(headers, set_leaves_one_field_of_the_name) {
    Headers headers = {{"A", "1"}, {"b", "2"}, {"a", "3"}};
    headers.set("a", "4");
    EXPECT_EQ(headers, (Headers{{"b", "2"}, {"a", "4"}}));
}

TEST(headers, letters_outside_ascii_keep_their_case) {
    EXPECT_TRUE(equal_ignoring_case("[aZ", "[Az"));
    EXPECT_FALSE(equal_ignoring_case("[", "{"));
    EXPECT_FALSE(equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
    EXPECT_FALSE(equal_ignoring_case("a", "ab"));
}

TEST(origin, authority_shows_the_port_unless_it_is_the_schemes_own) {
    EXPECT_EQ((Origin{true, "sts.amazonaws.com", 443}.authority()), "sts.amazonaws.com");
    EXPECT_EQ((Origin{true, "sts.amazonaws.com", 80}.authority()), "sts.amazonaws.com:80");
    EXPECT_EQ((Origin{false, "127.0.0.1", 80}.authority()), "127.0.0.1");
    EXPECT_EQ((Origin{false, "127.0.0.1", 443}.authority()), "127.0.0.1:443");
    EXPECT_EQ((Origin{false, "::1", 4600}.authority()), "[::1]:4600");
    EXPECT_EQ((Origin{true, "fd00:ec2::23", 443}.authority()), "[fd00:ec2::23]");
}

TEST(origin, differs_by_scheme_host_and_port) {
    std::map<Origin, int> pools;
    pools[{true, "a", 443}] = 1;
    pools[{false, "a", 443}] = 2;
    pools[{true, "b", 443}] = 3;
    pools[{true, "a", 444}] = 4;
    EXPECT_EQ(pools.size(), 4U);
}

} // namespace
} // namespace exarch::http
