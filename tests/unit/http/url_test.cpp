#include "http/url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::http {
namespace {

Url url(bool tls, std::string host, unsigned short port, std::string target) {
    return Url{.origin = {.tls = tls, .host = std::move(host), .port = port},
               .target = std::move(target)};
}

TEST(url, is_taken_apart_without_changing_what_goes_on_the_wire) {
    EXPECT_EQ(parse_url("https://sqs.eu-west-1.amazonaws.com/999900001111/tasks"),
              url(true, "sqs.eu-west-1.amazonaws.com", 443, "/999900001111/tasks"));
    EXPECT_EQ(parse_url("http://127.0.0.1:4600"), url(false, "127.0.0.1", 4600, "/"));
    EXPECT_EQ(parse_url("http://localhost:4600/"), url(false, "localhost", 4600, "/"));
    EXPECT_EQ(parse_url("https://a.example/%2Fb/../c//d?x=%20&y=/?"),
              url(true, "a.example", 443, "/%2Fb/../c//d?x=%20&y=/?"));
    EXPECT_EQ(parse_url("https://a.example?x=1"), url(true, "a.example", 443, "/?x=1"));
    EXPECT_EQ(parse_url("https://a.example/?"), url(true, "a.example", 443, "/?"));
    EXPECT_EQ(parse_url("http://a.example:/x"), url(false, "a.example", 80, "/x"));
}

TEST(url, host_and_scheme_are_compared_in_lower_case) {
    EXPECT_EQ(parse_url("HTTPS://Example.COM:8443/Path"), url(true, "example.com", 8443, "/Path"));
}

TEST(url, an_ipv6_host_loses_its_brackets) {
    EXPECT_EQ(parse_url("http://[fd00:EC2::23]/v1"), url(false, "fd00:ec2::23", 80, "/v1"));
    EXPECT_EQ(parse_url("https://[::1]:4600/"), url(true, "::1", 4600, "/"));
}

TEST(url, everything_else_is_refused_with_the_right_form_shown) {
    for (const std::string_view text : {"",
                                        "example.com",
                                        "//example.com/",
                                        "/path",
                                        "ftp://example.com/",
                                        "http:/example.com",
                                        "http:example.com",
                                        "http://",
                                        "http:///path",
                                        "https://:443/",
                                        "http://exa mple.com/",
                                        "http://example.com/a b",
                                        "http://example.com/\n",
                                        "http://example.com:0/",
                                        "http://example.com:65536/",
                                        "http://example.com:99999999999/",
                                        "http://example.com:x/",
                                        "http://example.com/#top",
                                        "http://[::1",
                                        "http://[::g]/",
                                        "http://[v1.a]/",
                                        "http://[fe80::1%25eth0]/",
                                        "http://ex%61mple.com/",
                                        "http://.example.com/",
                                        "http://a..b/",
                                        "http://ex!ample.com/",
                                        "http://example.com/%zz",
                                        "http://m\xc3\xbcller/",
                                        "http://a,b/"}) {
        const auto parsed = parse_url(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_EQ(parsed.error().kind(), base::ErrorKind::invalid);
        EXPECT_TRUE(parsed.error().message().contains("https://example.com:8443/path"));
    }
    EXPECT_FALSE(parse_url("http://" + std::string(254, 'a') + "/").has_value());
    EXPECT_FALSE(parse_url(std::string("http://a\0b/", 11)).has_value());
}

TEST(url, a_refusal_does_not_show_credentials) {
    for (const std::string_view text :
         {"https://user:hush-hush@example.com/", "https://hush-hush@example.com/",
          "ftp://user:hush-hush@example.com/", "https://user:hush-hush@exa mple/",
          "user:hush-hush@example.com", "https://user:hush@hush-hush@b/",
          "user:hush//hush@example.com", "user:hush://hush@b", "hush@hush://hush@b"}) {
        const auto parsed = parse_url(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_FALSE(parsed.error().message().contains("hush")) << parsed.error().message();
    }
}

TEST(url, a_refusal_of_a_huge_text_is_short_and_printable) {
    const auto parsed = parse_url("http://a/\x1b[31m" + std::string(100'000, 'b'));
    ASSERT_FALSE(parsed.has_value());
    EXPECT_LT(parsed.error().message().size(), 300U);
    EXPECT_FALSE(parsed.error().message().contains('\x1b'));
    const std::string masked = mask_credentials(std::string(100'000, 'a') + "://user@b");
    EXPECT_LT(masked.size(), 300U) << "what stands before the credentials is cut too";
    EXPECT_EQ(mask_credentials("http://a/\r\n"), R"(http://a/\x0d\x0a)");
}

} // namespace
} // namespace exarch::http
