#include "sandbox/sqs/model/digest.hpp"
#include "sandbox/sqs/model/message_rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::sandbox::sqs {
namespace {

MessageAttribute text(std::string value, std::string type = "String") {
    return {std::move(type), std::move(value), false};
}

std::string refusal_of(const Permitted& permitted) {
    return permitted.has_value() ? "allowed" : permitted.error().message;
}

TEST(sqs_message_rules, digests_are_those_that_aws_was_seen_to_answer) {
    EXPECT_EQ(md5_hex("msg"), "6e2baaf3b97dbeef01c0043275f9a0e7");
    EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(md5_of({{"Hello", text("There")}}), "a311262e065454b75da111d535b8dacd");
    EXPECT_EQ(md5_of({{"Hello", text("There")}, {"General", text("Kenobi")}}),
              "fca026605781cb4126a1e9044df24232");
    const std::string bytes = "traceparent\x1e"
                              "00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01";
    EXPECT_EQ(md5_of({{"attr1", {"Binary", bytes, true}}}), "8cbe4db156db8a94db8b801b7addb984");
    EXPECT_EQ(md5_of({}), "");
}

TEST(sqs_message_rules, base64_goes_both_ways_and_refuses_all_else) {
    for (const std::string_view bytes : {"", "a", "ab", "abc", "abcd", "\x01\xff\xfe"}) {
        EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
    }
    EXPECT_EQ(encode_base64("abcd"), "YWJjZA==");
    for (const std::string_view text :
         {"a", "YWJjZA", "YWJjZA=", "YW Jj", "=", "====", "YW=j", "YWJj\n", "YWJj YWJj"}) {
        EXPECT_EQ(decode_base64(text), std::nullopt) << text;
    }
}

TEST(sqs_message_rules, characters_are_those_of_xml) {
    for (const std::string_view good :
         {"plain", "\t\r\n", "\x7f", "é", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd", "😀",
          "\xf4\x8f\xbf\xbf", ""}) {
        EXPECT_EQ(refusal_of(check_characters(good)), "allowed") << good;
    }
    using std::string_view_literals::operator""sv;
    for (const std::string_view bad :
         {"\0"sv, "\x01"sv, "\x0b"sv, "\x1f"sv, "\xef\xbf\xbe"sv, "\xef\xbf\xbf"sv,
          // A surrogate, overlong forms, one beyond Unicode, and what is cut off.
          "\xed\xa0\x80"sv, "\xc0\x80"sv, "\xe0\x80\x80"sv, "\xf0\x80\x80\x80"sv,
          "\xf4\x90\x80\x80"sv, "\xff"sv, "\x80"sv, "\xc3"sv, "\xe2\x82"sv, "\xc3("sv}) {
        const Permitted checked = check_characters(bad);
        ASSERT_FALSE(checked.has_value());
        EXPECT_EQ(checked.error().code, "InvalidMessageContents");
    }
}

TEST(sqs_message_rules, attributes_follow_their_type) {
    for (const std::string_view type : {"String", "String.x", "Number", "Number.int"}) {
        EXPECT_EQ(refusal_of(check_attribute("a", text("1", std::string(type)))), "allowed");
    }
    EXPECT_EQ(refusal_of(check_attribute("a.b-c_1", {"Binary.png", "\x01\xff", true})), "allowed");
    for (const std::string_view number : {"0", "-1.5", "+2", "1e10", "18446744073709551616"}) {
        EXPECT_EQ(refusal_of(check_attribute("a", text(std::string(number), "Number"))), "allowed");
    }
    for (const std::string_view number : {"one", "1x", "inf", "nan", "0x10", " 1", "--1"}) {
        EXPECT_EQ(refusal_of(check_attribute("n", text(std::string(number), "Number"))),
                  "Can't cast the value of message (user) attribute 'n' to a number.");
    }
    EXPECT_EQ(refusal_of(check_attribute("e", text(""))),
              "Message (user) attribute 'e' must contain a non-empty value of type 'String'.");
    EXPECT_EQ(refusal_of(check_attribute("e", text("x", ""))),
              "The message (user) attribute 'e' must contain a non-empty attribute type.");
    EXPECT_EQ(
        refusal_of(check_attribute("e", text("x", "Strange"))),
        "The type of message (user) attribute 'e' is invalid. You must use only the following "
        "supported type prefixes: Binary, Number, String.");
    EXPECT_EQ(refusal_of(check_attribute("e", text("x", "Binary"))),
              "The message (user) attribute 'e' with type 'Binary' must use field 'Binary'.");
    EXPECT_FALSE(check_attribute("e", {"String", "x", true}).has_value());
    EXPECT_EQ(check_attribute("e", text("\x01")).error().code, "InvalidParameterValue");
    EXPECT_FALSE(check_attribute("e", text("x", "String." + std::string(300, 'x'))).has_value());
}

TEST(sqs_message_rules, attribute_names_are_not_aws_own) {
    for (const std::string_view name :
         {"", ".a", "a.", "a..b", "a b", "a§", "a×b", "a\xff", "€", "😀", "a!", "a\"", "a(", "a?",
          "aws.x", "aWs.x", "AWS.x", "Amazon.x", "AMAZON.y"}) {
        const Permitted checked = check_attribute(name, text("x"));
        ASSERT_FALSE(checked.has_value()) << name;
        EXPECT_EQ(checked.error().code, "InvalidParameterValue");
    }
    EXPECT_FALSE(check_attribute(std::string(257, 'a'), text("x")).has_value());
    EXPECT_TRUE(check_attribute(std::string(256, 'a'), text("x")).has_value());
    // The second is one that AWS was seen to take.
    for (const std::string_view name : {"awsome", "attr.1øßä", "имя", "名前"}) {
        EXPECT_TRUE(check_attribute(name, text("x")).has_value()) << name;
    }
}

TEST(sqs_message_rules, tokens_are_printable_and_short) {
    EXPECT_TRUE(check_token("a!~/", "MessageGroupId").has_value());
    EXPECT_TRUE(check_token(std::string(128, 'x'), "MessageGroupId").has_value());
    for (const std::string& bad : {std::string(), std::string(129, 'x'), std::string("a b"),
                                   std::string("é"), std::string("a\n")}) {
        EXPECT_FALSE(check_token(bad, "MessageGroupId").has_value()) << bad;
    }
    EXPECT_EQ(refusal_of(check_token("a b", "MessageGroupId")),
              "Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only "
              "include alphanumeric and punctuation characters. 1 to 128 in length.");
}

TEST(sqs_message_rules, attributes_count_toward_the_size) {
    Message message;
    message.body = "12345";
    EXPECT_EQ(size_of(message), 5U);
    message.attributes.emplace("name", text("value"));
    EXPECT_EQ(size_of(message), 5U + 4 + 6 + 5);
}

} // namespace
} // namespace exarch::sandbox::sqs
