#include "core/task/task.hpp"

#include <gmock/gmock.h>

namespace exarch::core {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

TEST(excerpt, plain_text_stays_as_it_is) {
    const std::string text =
        R"({"entries": [{"invalidation_path": "/images/2026/cat-and-dog.jpg", "n": 7}]})";
    EXPECT_EQ(masked_excerpt(text), text);
    EXPECT_EQ(masked_excerpt(""), "");
}

TEST(excerpt, long_paths_and_digests_are_no_credentials) {
    const std::string path = "/static/js/Main.0a1B2c3D4e5F6a7B8c9D0e1F2a3B4c5D6e7F8a9B.chunk.js";
    EXPECT_EQ(masked_excerpt(path), path);
    const std::string digest = std::string(32, 'a') + std::string(32, '0');
    EXPECT_EQ(masked_excerpt(digest), digest);
}

TEST(excerpt, access_key_ids_are_masked) {
    EXPECT_EQ(masked_excerpt("key AKIAIOSFODNN7EXAMPLE and ASIAIOSFODNN7EXAMPLE."),
              "key *** and ***");
    EXPECT_EQ(masked_excerpt("entries[0].AKIAIOSFODNN7EXAMPLE, ?key=ASIAIOSFODNN7EXAMPLE"),
              "entries[0]***, ?***");
}

TEST(excerpt, secret_keys_are_masked_in_whatever_spelling) {
    for (const std::string& text :
         {secret_key, "\"" + secret_key + "\"", "aws_secret_access_key=" + secret_key,
          std::string(R"("wJalrXUtnFEMI\/K7MDENG\/bPxRfiCYEXAMPLEKEY")"),
          std::string("/Jalr3UtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")}) {
        EXPECT_THAT(masked_excerpt(text), HasSubstr("***")) << text;
        EXPECT_THAT(masked_excerpt(text), Not(HasSubstr("FEMI"))) << text;
        EXPECT_THAT(masked_excerpt(text), Not(HasSubstr("bPxRf"))) << text;
    }
}

TEST(excerpt, session_tokens_and_bearer_tokens_are_masked) {
    const std::string token = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==";
    EXPECT_EQ(masked_excerpt("[" + token + "]"), "[***]");
    EXPECT_EQ(masked_excerpt("Authorization: Bearer hunter2"), "Authorization: Bearer ***");
    EXPECT_EQ(masked_excerpt("eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSIsImEiOjF9.x"), "***");
}

TEST(excerpt, fields_whose_name_says_so_are_masked) {
    EXPECT_EQ(masked_excerpt(R"({"password": "hunter2", "user": "me"})"),
              R"({"password": "***", "user": "me"})");
    EXPECT_EQ(masked_excerpt(R"({"AWS_SESSION_TOKEN" : "a\"b", "x": "y"})"),
              R"({"AWS_SESSION_TOKEN" : "***", "x": "y"})");
    EXPECT_EQ(masked_excerpt("https://example.org/?token=abc&x=1"), "https://example.org/?***&x=1");
}

TEST(excerpt, names_of_secrets_tell_of_what_follows_them_in_plain_text_too) {
    EXPECT_EQ(masked_excerpt("login: me, password: hunter2; go"), "login: me, password: ***; go");
    EXPECT_EQ(masked_excerpt("pwd:hunter2"), "pwd:***");
    EXPECT_EQ(masked_excerpt("Authorization: Basic bWU6aHVudGVyMg=="), "Authorization: Basic ***");
    EXPECT_EQ(masked_excerpt("a token, a path: /a"), "a token, a path: /a");
    EXPECT_EQ(masked_excerpt(R"({"private_key": "x", "privateKey": "y"})"),
              R"({"private_key": "***", "privateKey": "***"})");
}

TEST(excerpt, who_a_url_signs_on_as_is_masked) {
    EXPECT_EQ(masked_excerpt("https://me:hunt@r!2@example.org/a@b and http://x/"),
              "https://***@example.org/a@b and http://x/");
    EXPECT_EQ(masked_excerpt(R"({"path": "https://me:hunter2@h"})"),
              R"({"path": "https://***@h"})");
    EXPECT_EQ(masked_excerpt("://"), "://");
}

TEST(excerpt, secret_values_that_are_no_strings_are_masked_whole) {
    EXPECT_EQ(masked_excerpt(R"({"token": 12345, "x": 1})"), R"({"token": "***", "x": 1})");
    EXPECT_EQ(masked_excerpt(R"({"passwords": ["a]", {"b": "c"}], "x": [1]})"),
              R"({"passwords": "***", "x": [1]})");
    EXPECT_EQ(masked_excerpt(R"([{"secret":{"a":[1,2]}},3])"), R"([{"secret":"***"},3])");
    EXPECT_EQ(masked_excerpt(R"({"secret": [1, 2)"), R"({"secret": "***")");
}

TEST(excerpt, is_cut_where_it_is_told_to) {
    EXPECT_EQ(masked_excerpt("abcdef", 3), "abc");
    EXPECT_EQ(masked_excerpt("abc\xe2\x82\xac", 5), "abc");
    EXPECT_THAT(masked_excerpt(std::string(100, '.') + " " + secret_key, 128),
                Not(HasSubstr("wJ")));
}

TEST(excerpt, a_field_that_never_ends_is_masked_to_the_end) {
    EXPECT_EQ(masked_excerpt(R"({"password": "hunter2)"), R"({"password": "***")");
    EXPECT_THAT(masked_excerpt(R"({"password": "hunter\)"), Not(HasSubstr("hunter")));
}

TEST(excerpt, is_four_kibibytes_at_most_cut_at_a_characters_border) {
    for (std::size_t lead = 0; lead < 4; ++lead) {
        std::string text(lead, 'x');
        for (int count = 0; count < 3000; ++count) {
            text += "\xe2\x82\xac";
        }
        const std::string excerpt = masked_excerpt(text);
        EXPECT_LE(excerpt.size(), 4096U);
        EXPECT_GT(excerpt.size(), 4092U);
        EXPECT_EQ((excerpt.size() - lead) % 3, 0U);
    }
}

TEST(excerpt, no_half_of_a_credential_escapes_at_a_cut) {
    for (std::size_t lead = 4040; lead < 4100; ++lead) {
        const std::string excerpt = masked_excerpt(std::string(lead, '.') + " " + secret_key);
        EXPECT_THAT(excerpt, Not(HasSubstr("wJ"))) << lead;
    }
    // Masking what comes before may move the end of what was looked at into the excerpt.
    for (std::size_t lead = 8100; lead < 8200; ++lead) {
        std::string text = "\"token\": \"" + std::string(lead - 40, 'z') + "\" " + secret_key +
                           std::string(9000, ' ');
        EXPECT_THAT(masked_excerpt(text), Not(HasSubstr("wJ"))) << lead;
    }
}

} // namespace
} // namespace exarch::core
