#include "http/proxy.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace exarch::http {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

ProxyRules rules(Variables variables) {
    return ProxyRules(base::Environment(std::move(variables)));
}

Origin https(std::string host) {
    return {.tls = true, .host = std::move(host), .port = 443};
}

Origin http(std::string host) {
    return {.tls = false, .host = std::move(host), .port = 80};
}

// `host:port`, `direct`, or the refusal.
std::string choice(const ProxyRules& rules, const Origin& origin) {
    const auto proxy = rules.choose(origin);
    if (!proxy.has_value()) {
        EXPECT_EQ(proxy.error().kind(), base::ErrorKind::invalid);
        return proxy.error().message();
    }
    return *proxy ? (*proxy)->origin.authority() : "direct";
}

TEST(proxy, none_is_used_where_none_is_named) {
    EXPECT_EQ(choice(rules({}), https("a.example")), "direct");
    EXPECT_EQ(choice(rules({{"HTTPS_PROXY", ""}}), https("a.example")), "direct");
}

TEST(proxy, each_scheme_has_its_own_and_lower_case_comes_first) {
    const auto set = rules({{"http_proxy", "http://p1:1"},
                            {"HTTP_PROXY", "http://p2:2"},
                            {"HTTPS_PROXY", "http://p3:3"}});
    EXPECT_EQ(choice(set, http("a.example")), "p1:1");
    EXPECT_EQ(choice(set, https("a.example")), "p3:3");
    EXPECT_EQ(choice(rules({{"HTTPS_PROXY", "http://p3:3"}}), http("a.example")), "direct");
}

TEST(proxy, scheme_and_port_may_be_left_out_as_curl_has_it) {
    const auto via = [](std::string value) {
        return choice(rules({{"https_proxy", std::move(value)}}), https("a.example"));
    };
    EXPECT_EQ(via("p.example"), "p.example:1080");
    EXPECT_EQ(via("p.example:3128"), "p.example:3128");
    EXPECT_EQ(via("http://p.example"), "p.example:1080");
    EXPECT_EQ(via("http://p.example:80/"), "p.example");
    EXPECT_EQ(via("HTTP://p.example:8080/ignored?x"), "p.example:8080");
    EXPECT_EQ(via("http://[::1]:3128"), "[::1]:3128");
    EXPECT_EQ(via("http://[::1]"), "[::1]:1080");
    EXPECT_EQ(via("user:pa@p.example:3128"), "p.example:3128");
}

TEST(proxy, user_and_password_become_basic_authorization) {
    const auto authorization = [](std::string value) {
        const auto proxy = rules({{"https_proxy", std::move(value)}}).choose(https("a.example"));
        return (*proxy)->authorization.reveal();
    };
    // RFC 7617, section 2.
    EXPECT_EQ(authorization("http://Aladdin:open%20sesame@p:1"),
              "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(authorization("http://user@p:1"), "Basic dXNlcjo=");
    EXPECT_EQ(authorization("http://u:a:b%40c@p:1"), "Basic dTphOmJAYw==");
    EXPECT_EQ(authorization("http://p:1"), "");
}

TEST(proxy, a_value_that_cannot_be_used_is_refused_by_its_variable) {
    for (const std::string_view value :
         {"https://p:1", "socks5://p:1", "http://", "http://:3128", "p:0", "p:99999", "p q:1",
          "http://u%zz:x@p:1", "http://[::1:1"}) {
        const auto set = rules({{"HTTPS_PROXY", std::string(value)}});
        const std::string refusal = choice(set, https("a.example"));
        EXPECT_TRUE(refusal.starts_with("HTTPS_PROXY is \"")) << value << ": " << refusal;
        EXPECT_EQ(choice(set, http("a.example")), "direct");
    }
}

TEST(proxy, a_refusal_does_not_show_the_password) {
    const std::string refusal =
        choice(rules({{"HTTPS_PROXY", "https://user:hush@p:1"}}), https("a.example"));
    EXPECT_FALSE(refusal.contains("hush"));
    EXPECT_TRUE(refusal.contains("@p:1"));
}

bool is_direct(std::string no_proxy, std::string host) {
    const auto set = rules({{"https_proxy", "http://p:1"}, {"no_proxy", std::move(no_proxy)}});
    return choice(set, https(std::move(host))) == "direct";
}

TEST(no_proxy, a_name_stands_for_itself_and_all_below_it) {
    for (const char* const entry : {"example.com", ".example.com", "EXAMPLE.com", "example.com."}) {
        EXPECT_TRUE(is_direct(entry, "example.com")) << entry;
        EXPECT_TRUE(is_direct(entry, "a.b.example.com")) << entry;
        EXPECT_TRUE(is_direct(entry, "a.example.com.")) << entry;
        EXPECT_FALSE(is_direct(entry, "badexample.com")) << entry;
        EXPECT_FALSE(is_direct(entry, "example.com.evil")) << entry;
        EXPECT_FALSE(is_direct(entry, "com")) << entry;
    }
}

TEST(no_proxy, is_a_list_with_commas_or_blanks) {
    for (const char* const list : {"a,b.c,d", "a b.c d", " a ,, b.c\t,d, "}) {
        EXPECT_TRUE(is_direct(list, "a")) << list;
        EXPECT_TRUE(is_direct(list, "b.c")) << list;
        EXPECT_TRUE(is_direct(list, "d")) << list;
        EXPECT_FALSE(is_direct(list, "c")) << list;
    }
    EXPECT_FALSE(is_direct(" , ", "a"));
}

TEST(no_proxy, a_star_stands_for_everything) {
    EXPECT_TRUE(is_direct("*", "anything.example"));
    EXPECT_TRUE(is_direct("x,*", "192.0.2.1"));
    EXPECT_FALSE(is_direct("*.example", "a.example"));
}

TEST(no_proxy, an_address_stands_for_itself_or_its_network) {
    EXPECT_TRUE(is_direct("169.254.169.254", "169.254.169.254"));
    EXPECT_FALSE(is_direct("169.254.169.254", "169.254.169.25"));
    EXPECT_TRUE(is_direct("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(is_direct("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(is_direct("192.0.2.128/25", "192.0.2.200"));
    EXPECT_FALSE(is_direct("192.0.2.128/25", "192.0.2.100"));
    EXPECT_TRUE(is_direct("0.0.0.0/0", "8.8.8.8"));
    EXPECT_FALSE(is_direct("0.0.0.0/0", "::1"));
    EXPECT_TRUE(is_direct("::1", "::1"));
    EXPECT_TRUE(is_direct("[fd00:ec2::23]", "fd00:ec2:0::23"));
    EXPECT_TRUE(is_direct("fd00::/8", "fd12::1"));
    EXPECT_FALSE(is_direct("fd00::/8", "fe80::1"));
    EXPECT_FALSE(is_direct("10.0.0.0/x", "10.0.0.1"));
    EXPECT_FALSE(is_direct("10.0.0.0/8", "10.example"));
}

TEST(no_proxy, an_entry_with_a_port_stands_for_that_port) {
    for (const char* const entry : {"example.com:443", ".example.com:443", "a.example.com:443"}) {
        EXPECT_TRUE(is_direct(entry, "a.example.com")) << entry;
    }
    EXPECT_TRUE(is_direct("192.0.2.1:443", "192.0.2.1"));
    EXPECT_TRUE(is_direct("[fd00::1]:443", "fd00::1"));
    for (const char* const entry : {"example.com:8443", "example.com:x", "example.com:"}) {
        EXPECT_FALSE(is_direct(entry, "example.com")) << entry;
    }
    EXPECT_FALSE(is_direct("192.0.2.1:80", "192.0.2.1"));
    EXPECT_FALSE(is_direct("[fd00::1]:80", "fd00::1"));
}

TEST(no_proxy, upper_case_counts_where_lower_case_is_unset) {
    const auto set = rules({{"https_proxy", "p:1"}, {"NO_PROXY", "a.example"}});
    EXPECT_EQ(choice(set, https("a.example")), "direct");
    EXPECT_EQ(choice(set, https("b.example")), "p:1");
}

} // namespace
} // namespace exarch::http
