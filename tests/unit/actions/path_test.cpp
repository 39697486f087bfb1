#include "actions/path.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace exarch::actions {
namespace {

using testing::HasSubstr;

/// The canonical form, or what is wrong.
std::string canonical(std::string_view path) {
    const auto result = canonical_path(path);
    return result.has_value() ? *result : "refused: " + result.error().message();
}

bool is_refused(std::string_view path) {
    const auto result = canonical_path(path);
    return !result.has_value() && result.error().kind() == base::ErrorKind::invalid;
}

TEST(path, plain_paths_stay_as_they_came) {
    for (const char* path : {"/", "/a", "/images/cat.jpg", "/*", "/img/*", "/img*", "/a/b/", "//",
                             "/a//b", "/./../a", "/A-Z_a.z~0"}) {
        EXPECT_EQ(canonical(path), path);
    }
}

TEST(path, reserved_characters_and_what_is_already_encoded_stay_as_they_came) {
    const std::string path = "/a~b&c=d?e+f,g;h:i@j$k!l'm(n)o%20p%c3%A9";
    EXPECT_EQ(canonical(path), path);
}

TEST(path, unsafe_characters_are_percent_encoded) {
    EXPECT_EQ(canonical("/a b\"c<d>e#f{g}h|i\\j^k[l]m`n"), "/a%20b%22c%3Cd%3E"
                                                           "e%23f%7Bg%7Dh%7Ci%5Cj%5Ek%5Bl%5Dm%60n");
}

TEST(path, a_percent_sign_without_two_digits_is_encoded) {
    EXPECT_EQ(canonical("/100%"), "/100%25");
    EXPECT_EQ(canonical("/%2"), "/%252");
    EXPECT_EQ(canonical("/%zz"), "/%25zz");
    EXPECT_EQ(canonical("/%%20"), "/%25%20");
    EXPECT_EQ(canonical("/%2*"), "/%252*");
}

TEST(path, what_is_not_ascii_is_encoded_as_utf8) {
    EXPECT_EQ(canonical("/caf\xc3\xa9"), "/caf%C3%A9");
    EXPECT_EQ(canonical("/\xe2\x82\xac/\xf0\x9f\x98\x80*"), "/%E2%82%AC/%F0%9F%98%80*");
}

TEST(path, a_path_starts_with_a_slash) {
    for (const char* path :
         {"", "a", "images/cat.jpg", "*", " /a", "?x=1", "%2Fa", "https://example.org/a", "\\a"}) {
        EXPECT_TRUE(is_refused(path)) << path;
    }
    EXPECT_THAT(canonical("a"), HasSubstr("starts with '/'"));
}

TEST(path, a_wildcard_is_only_the_last_character) {
    EXPECT_THAT(canonical("/a*b"), HasSubstr("'*' at byte 2"));
    for (const char* path : {"/*/a", "/a**", "/*.jpg", "/a*?b"}) {
        EXPECT_TRUE(is_refused(path)) << path;
    }
    EXPECT_EQ(canonical("/a%2Ab"), "/a%2Ab");
}

TEST(path, control_characters_are_refused_wherever_they_stand) {
    for (const char control : {'\x01', '\t', '\n', '\r', '\x1f', '\x7f'}) {
        EXPECT_TRUE(is_refused(std::string("/a") + control)) << static_cast<int>(control);
        EXPECT_TRUE(is_refused(control + std::string("/a"))) << static_cast<int>(control);
        EXPECT_TRUE(is_refused(std::string("#a") + control)) << static_cast<int>(control);
    }
    EXPECT_TRUE(is_refused(std::string_view("/a\0b", 4)));
    EXPECT_THAT(canonical("/ab\n"), HasSubstr("0x0a at byte 3"));
}

TEST(path, bytes_that_are_not_utf8_are_refused) {
    for (const char* path : {"/\x80", "/\xff", "/\xc3", "/\xc0\xaf", "/\xc1\x81", "/\xe0\x80\xaf",
                             "/\xed\xa0\x80", "/\xf0\x80\x80\x80", "/\xf4\x90\x80\x80",
                             "/\xf5\x80\x80\x80", "/\xe2\x82", "/\xe2\x28x"}) {
        EXPECT_TRUE(is_refused(path)) << path;
    }
}

TEST(path, four_thousand_characters_once_encoded_are_the_limit) {
    EXPECT_EQ(canonical("/" + std::string(3999, 'a')).size(), 4000U);
    EXPECT_THAT(canonical("/" + std::string(4000, 'a')), HasSubstr("4001 characters"));
    EXPECT_TRUE(is_refused("/" + std::string(5000, 'a')));
    EXPECT_TRUE(is_refused("/" + std::string(1334, ' ')));
    EXPECT_FALSE(is_refused("/" + std::string(1333, ' ')));
}

TEST(path, cache_tags_are_compared_without_case) {
    EXPECT_EQ(canonical("#Product:Electronics"), "#product:electronics");
    EXPECT_EQ(canonical("##a#b"), "##a#b");
    EXPECT_EQ(canonical("#" + std::string(256, 'a')).size(), 257U);
}

TEST(path, what_cannot_be_a_cache_tag_is_refused) {
    for (const char* tag : {"#", "#a b", "#a,b", "#a*", "#\xc3\xa9"}) {
        EXPECT_TRUE(is_refused(tag)) << tag;
    }
    EXPECT_TRUE(is_refused("#" + std::string(257, 'a')));
}

RC_GTEST_PROP(path, canonical_paths_are_plain_ascii_and_stay_the_same, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::oneOf(
        rc::gen::element('/', '*', '%', '2', 'f', ' ', '#', 'a'), rc::gen::arbitrary<char>()));
    const auto once = canonical_path("/" + text);
    if (!once.has_value()) {
        RC_ASSERT(once.error().kind() == base::ErrorKind::invalid);
        return;
    }
    for (const char c : *once) {
        RC_ASSERT(c > 0x20);
        RC_ASSERT(c < 0x7f);
    }
    const auto again = canonical_path(*once);
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == *once);
}

} // namespace
} // namespace exarch::actions
