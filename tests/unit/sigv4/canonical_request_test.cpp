#include "sigv4/canonical_request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::sigv4 {
namespace {

struct Lines {
    std::string path;
    std::string query;
};

Lines canonical_lines(std::string_view target, PathRules rules = {}) {
    CanonicalRequest canonical;
    build_canonical_request({"GET", target, {}, "", rules}, {}, canonical);
    const std::size_t first = canonical.text.find('\n') + 1;
    const std::size_t second = canonical.text.find('\n', first) + 1;
    const std::size_t third = canonical.text.find('\n', second);
    return {canonical.text.substr(first, second - first - 1),
            canonical.text.substr(second, third - second)};
}

CanonicalRequest canonical_of(const std::vector<HeaderView>& headers,
                              const std::vector<HeaderView>& added = {}) {
    CanonicalRequest canonical;
    build_canonical_request({"POST", "/", headers, "body"}, added, canonical);
    return canonical;
}

TEST(CanonicalRequestTest, path_is_normalized_and_encoded_once_more) {
    struct Case {
        std::string_view target;
        std::string_view path;
    };
    const std::vector<Case> cases = {
        {"", "/"},
        {"/", "/"},
        {"/a/b", "/a/b"},
        {"/a/b/", "/a/b/"},
        {"//a///b//", "/a/b/"},
        {"/a/./b/.", "/a/b/"},
        {"/a/../b", "/b"},
        {"/a/b/..", "/a/"},
        {"/../../etc", "/etc"},
        {"/..", "/"},
        {"/.hidden", "/.hidden"},
        {"/a%20b", "/a%2520b"},
        {"/a b", "/a%20b"},
        {"/arn:aws:x", "/arn%3Aaws%3Ax"},
        {"/a?b=/../c", "/a"},
        {"/\xff", "/%FF"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(canonical_lines(each.target).path, each.path) << each.target;
    }
}

TEST(CanonicalRequestTest, path_stays_as_it_is_by_the_rules_of_s3) {
    const PathRules rules{.double_encode = false, .normalize = false};
    EXPECT_EQ(canonical_lines("//a/../b%20c", rules).path, "//a/../b%20c");
}

TEST(CanonicalRequestTest, query_is_sorted_and_encoded_whatever_its_form) {
    struct Case {
        std::string_view target;
        std::string_view query;
    };
    const std::vector<Case> cases = {
        {"/", ""},
        {"/?", ""},
        {"/?b=2&a=1", "a=1&b=2"},
        {"/?a=2&a=1", "a=1&a=2"},
        {"/?flag", "flag="},
        {"/?flag=", "flag="},
        {"/?&&a=1&", "a=1"},
        {"/?=x", "=x"},
        {"/?a=b=c", "a=b%3Dc"},
        {"/?a=%2f", "a=%2F"},
        {"/?a=/", "a=%2F"},
        {"/?a=100%", "a=100%25"},
        {"/?a=%4", "a=%254"},
        {"/?a=%zz", "a=%25zz"},
        {"/?a=%", "a=%25"},
        {"/?Param-3=1&Param=2", "Param=2&Param-3=1"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(canonical_lines(each.target).query, each.query) << each.target;
    }
}

TEST(CanonicalRequestTest, headers_are_lowered_sorted_trimmed_and_joined) {
    const CanonicalRequest canonical = canonical_of(
        {{"Zed", "  many   spaces\t here "}, {"host", "h"}, {"ZED", "second"}, {"empty", "  "}},
        {{"X-Amz-Date", "now"}});
    EXPECT_EQ(canonical.signed_headers, "empty;host;x-amz-date;zed");
    EXPECT_TRUE(canonical.text.contains("empty:\nhost:h\nx-amz-date:now\nzed:many spaces "
                                        "here,second\n\nempty;host;x-amz-date;zed\n"))
        << canonical.text;
}

TEST(CanonicalRequestTest, headers_that_change_on_the_way_are_not_signed) {
    for (const std::string_view name :
         {"Connection", "expect", "KEEP-ALIVE", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
          "User-Agent", "X-Amzn-Trace-Id", "Proxy-Authorization", "proxy-connection",
          "Authorization"}) {
        EXPECT_FALSE(is_signed_header(name)) << name;
    }
    for (const std::string_view name :
         {"Host", "content-type", "X-Amz-Target", "x-amz-security-token", "Proxy", "", "t"}) {
        EXPECT_TRUE(is_signed_header(name)) << name;
    }
    EXPECT_EQ(canonical_of({{"Host", "h"}, {"User-Agent", "u"}}).signed_headers, "host");
}

TEST(CanonicalRequestTest, line_break_in_a_value_adds_no_line) {
    const CanonicalRequest canonical = canonical_of({{"host", "h\r\nx-evil: 1"}});
    EXPECT_TRUE(canonical.text.contains("\nhost:h x-evil: 1\n")) << canonical.text;
}

TEST(CanonicalRequestTest, buffer_used_again_holds_nothing_of_the_last_request) {
    CanonicalRequest canonical;
    const std::vector<HeaderView> headers = {{"host", "h"}};
    build_canonical_request({"GET", "/x", headers, ""}, {}, canonical);
    const std::string once = canonical.text;
    build_canonical_request({"GET", "/x", headers, ""}, {}, canonical);
    EXPECT_EQ(canonical.text, once);
    EXPECT_EQ(canonical.signed_headers, "host");
}

} // namespace
} // namespace exarch::sigv4
