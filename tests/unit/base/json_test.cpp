#include "base/json.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <gtest/gtest.h>

#include <string>

namespace exarch::base {
namespace {

namespace json = boost::json;

std::string refusal(std::string_view text, JsonLimits limits = {}) {
    const auto parsed = parse_json(text, limits);
    if (parsed.has_value()) {
        return "accepted";
    }
    EXPECT_EQ(parsed.error().kind(), ErrorKind::invalid);
    return parsed.error().message();
}

std::string many_keys(std::size_t count, std::string_view last) {
    std::string text = "{";
    for (std::size_t i = 0; i < count; ++i) {
        text += "\"key" + std::to_string(i) + "\":0,";
    }
    return text + "\"" + std::string(last) + "\":0}";
}

TEST(json, reads_every_kind_of_value) {
    const auto parsed = parse_json(
        R"( {"a": [1, -2, 18446744073709551615, 0.5, 1e3], "b": "x\u00e9\n\ud83d\ude00",)"
        R"( "c": {"d": null, "e": true, "f": false}, "": {}} )");
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message();
    EXPECT_EQ(parsed->at("a").at(0).as_int64(), 1);
    EXPECT_EQ(parsed->at("a").at(1).as_int64(), -2);
    EXPECT_EQ(parsed->at("a").at(2).as_uint64(), 18446744073709551615U);
    EXPECT_DOUBLE_EQ(parsed->at("a").at(3).as_double(), 0.5);
    EXPECT_DOUBLE_EQ(parsed->at("a").at(4).as_double(), 1000);
    EXPECT_EQ(parsed->at("b").as_string(), "xé\n😀");
    EXPECT_TRUE(parsed->at("c").at("d").is_null());
    EXPECT_TRUE(parsed->at("c").at("e").as_bool());
    EXPECT_TRUE(parsed->at("").as_object().empty());
    EXPECT_EQ(parse_json("7")->as_int64(), 7);
    EXPECT_EQ(parse_json("\"\"")->as_string(), "");
}

TEST(json, agrees_with_the_library_on_what_it_accepts) {
    for (const std::string_view text :
         {"[]", "{}", "[[[]]]", R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})", "\t\r\n null ",
          R"(["\"\\\/\b\f\n\r\t\u0000"])", "[0,-0,0.0,1E-2]"}) {
        const auto parsed = parse_json(text);
        ASSERT_TRUE(parsed.has_value()) << text;
        EXPECT_EQ(*parsed, json::parse(text)) << text;
    }
}

TEST(json, refuses_what_the_grammar_does_not_know) {
    for (const std::string_view text :
         {"",        " ",           "{",         "[1,]",    "{\"a\":1,}", "{'a':1}",
          "{a:1}",   "[1 2]",       "nul",       "NaN",     "Infinity",   "+1",
          "01",      "1.",          ".5",        "0x10",    "\"a",        "\"\t\"",
          "\"\\x\"", "\"\\u12g4\"", "[1]]",      "// c\n1", "/* c */1",   "\xef\xbb\xbf{}",
          "{\"a\"}", "{1:2}",       "truefalse", "[1}"}) {
        EXPECT_TRUE(refusal(text).starts_with("not valid JSON at ")) << text;
    }
}

TEST(json, refuses_text_that_is_not_utf_8) {
    for (const std::string_view text :
         {"\"\xff\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
          "\"\\ud800\"", "\"\\udc00\\ud800\"", "{\"\xff\":1}"}) {
        EXPECT_NE(refusal(text), "accepted") << text;
    }
}

TEST(json, names_line_and_column) {
    EXPECT_EQ(refusal("{\n  \"a\": 1,\n  \"b\": x\n}"),
              "not valid JSON at line 3, column 8: syntax error");
    EXPECT_TRUE(refusal("{\"a\":").starts_with("not valid JSON at column 6: "));
    EXPECT_EQ(refusal("{} {}"),
              "not valid JSON at column 4: text follows after the end of the document");
    EXPECT_EQ(refusal("{\n"), "not valid JSON at line 2, column 1: the text ends too early");
    EXPECT_EQ(refusal("[1"), "not valid JSON at column 3: the text ends too early");
}

TEST(json, refuses_a_key_that_appears_twice_in_one_object) {
    EXPECT_EQ(refusal(R"({"a":1,"b":2,"a":3})"),
              "not valid JSON at column 16: the key \"a\" appears twice in one object");
    EXPECT_TRUE(refusal(R"([{"x":{"a":1,"a":1}}])").contains("\"a\" appears twice"));
    EXPECT_TRUE(refusal(R"({"a":{"a":1},"a":1})").contains("\"a\" appears twice"));
    EXPECT_TRUE(refusal(R"({"":1,"":1})").contains("\"\" appears twice"));
}

TEST(json, tells_keys_apart_by_meaning_not_by_spelling) {
    EXPECT_TRUE(refusal(R"({"abc":1,"\u0061bc":2})").contains("\"abc\" appears twice"));
    EXPECT_TRUE(refusal(R"({"\u0061bc":1,"ab\u0063":2})").contains("\"abc\" appears twice"));
    EXPECT_TRUE(refusal(R"({"a\nb":1,"a\u000ab":2})").contains("appears twice"));
    EXPECT_TRUE(parse_json(R"({"a":1,"A":2,"a ":3,"a\u0000":4})").has_value());
    EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2},{"\u0061":3}])").has_value());
}

TEST(json, finds_the_second_key_in_an_object_of_any_size) {
    for (const std::size_t count : {1U, 14U, 15U, 16U, 17U, 18U, 40U, 5000U}) {
        EXPECT_TRUE(refusal(many_keys(count, "key0")).contains("\"key0\" appears twice")) << count;
        const std::string newest = "key" + std::to_string(count - 1);
        EXPECT_TRUE(refusal(many_keys(count, newest)).contains("appears twice")) << count;
        EXPECT_TRUE(parse_json(many_keys(count, "other")).has_value()) << count;
    }
}

TEST(json, an_object_that_ended_leaves_no_keys_behind) {
    const std::string big = many_keys(30, "last");
    EXPECT_TRUE(parse_json("[" + big + "," + big + "]").has_value());
    EXPECT_TRUE(parse_json("{\"x\":" + big + ",\"key0\":1,\"last\":" + big + "}").has_value());
    EXPECT_TRUE(refusal("{\"x\":" + big + ",\"x\":1}").contains("\"x\" appears twice"));
}

TEST(json, reads_keys_longer_than_any_buffer) {
    const std::string long_key(20'000, 'k');
    const std::string plain = "{\"" + long_key + "\":1";
    EXPECT_EQ(parse_json(plain + "}")->as_object().begin()->key(), long_key);
    const std::string escaped = ",\"\\u006b" + long_key.substr(1) + "\":2}";
    const std::string message = refusal(plain + escaped);
    EXPECT_TRUE(message.contains("appears twice"));
    EXPECT_LT(message.size(), 200U);
}

TEST(json, a_refusal_cuts_a_long_key_between_characters) {
    std::string key;
    for (int i = 0; i < 100; ++i) {
        key += "é";
    }
    const std::string message = refusal("{\"x" + key + "\":1,\"x" + key + "\":2}");
    const auto begin = message.find('"');
    const auto shown = message.substr(begin, message.rfind('"') - begin + 1);
    EXPECT_TRUE(parse_json(shown).has_value()) << shown;
}

TEST(json, refuses_more_depth_than_allowed) {
    const JsonLimits limits{.depth_max = 3};
    EXPECT_TRUE(parse_json("[[[]]]", limits).has_value());
    EXPECT_EQ(refusal("[[[[]]]]", limits),
              "not valid JSON at column 4: arrays and objects are nested more than 3 deep");
    EXPECT_TRUE(refusal(std::string(1'000'000, '[')).contains("more than 32 deep"));
    std::string objects;
    for (int i = 0; i < 1000; ++i) {
        objects += "{\"a\":";
    }
    EXPECT_TRUE(refusal(objects).contains("more than 32 deep"));
}

TEST(json, refuses_more_bytes_than_allowed_without_reading_them) {
    EXPECT_EQ(refusal("[1,2]", JsonLimits{.bytes_max = 4}),
              "the JSON text is 5 bytes long; at most 4 are allowed");
    EXPECT_TRUE(parse_json("[12]", JsonLimits{.bytes_max = 4}).has_value());
}

TEST(json, refuses_numbers_that_no_double_holds) {
    EXPECT_TRUE(refusal("[1e400]").contains("too large"));
    EXPECT_TRUE(refusal("[-1e400]").contains("too large"));
    EXPECT_NE(refusal("[1e99999999999]"), "accepted");
    EXPECT_TRUE(parse_json("[1e-400]").has_value());
}

TEST(json, takes_its_memory_where_it_is_told) {
    json::monotonic_resource memory;
    const auto parsed = parse_json(R"({"a":[1,2,3],"b":"text"})", {}, &memory);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->storage().get(), &memory);
    EXPECT_EQ(parsed->at("a").storage().get(), &memory);
}

} // namespace
} // namespace exarch::base
