#include "aws/detail/text.hpp"
#include "aws/detail/xml.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::aws {
namespace {

TEST(TextTest, trims_and_compares) {
    EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
    EXPECT_EQ(trimmed(""), "");
    EXPECT_TRUE(equal_without_case("TrUe", "true"));
    EXPECT_FALSE(equal_without_case("true", "tru"));
}

TEST(TextTest, percent_encodes_all_but_unreserved) {
    std::string out = "x=";
    append_percent_encoded(out, "aZ09-_.~/ +%\xff");
    EXPECT_EQ(out, "x=aZ09-_.~%2F%20%2B%25%FF");
}

TEST(TextTest, printable_cuts_between_characters) {
    EXPECT_EQ(printable("ab\xc3\xa9", 3), "ab");
    EXPECT_EQ(printable("ab\xc3\xa9", 4), "ab\xc3\xa9");
    EXPECT_EQ(printable("\x80\x80\x80", 2), "");
    EXPECT_EQ(printable("a\r\n\x7f\x1b", 10), "a    ");
    EXPECT_EQ(printable("a\u009b2J\u202e", 10), "a 2J ");
    EXPECT_EQ(printable("", 0), "");
}

TEST(XmlTest, asking_none_gives_none) {
    const XmlElement none;
    EXPECT_FALSE(none);
    EXPECT_EQ(none.name(), "");
    EXPECT_EQ(none.text(), "");
    EXPECT_EQ(none.child("a").child("b").text("c"), "");
    int visits = 0;
    none.for_each("a", [&visits](XmlElement) { ++visits; });
    EXPECT_EQ(visits, 0);
}

TEST(XmlTest, reads_elements_by_name) {
    const XmlDocument document =
        XmlDocument::parse("<?xml version=\"1.0\"?><!-- c --><a>t<b>1</b><!-- b --><c/>"
                           "<b><![CDATA[<2>]]></b><bb>3</bb></a>")
            .value();
    const XmlElement root = document.root();
    EXPECT_EQ(root.name(), "a");
    EXPECT_EQ(root.text(), "t");
    EXPECT_EQ(root.text("b"), "1");
    EXPECT_EQ(root.text("c"), "");
    EXPECT_FALSE(root.child("d"));
    std::vector<std::string> found;
    root.for_each("b", [&found](XmlElement each) { found.emplace_back(each.text()); });
    EXPECT_EQ(found, (std::vector<std::string>{"1", "<2>"}));
}

TEST(XmlTest, bad_or_boundless_text_is_refused) {
    for (const std::string_view text :
         {"", "a", "<a>", "<a></b>", "<a", "<a b=></a>", "<", "\xff\xfe<\0a\0"}) {
        EXPECT_FALSE(XmlDocument::parse(text).has_value()) << text;
    }
    EXPECT_FALSE(XmlDocument::parse("<a>123456789</a>", 10).has_value());
}

TEST(XmlTest, entities_of_its_own_are_not_expanded_and_depth_does_no_harm) {
    const auto entities =
        XmlDocument::parse("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>");
    ASSERT_TRUE(entities.has_value());
    EXPECT_EQ(entities->root().text(), "&x;");
    constexpr int depth = 200'000;
    std::string deep;
    for (int i = 0; i < depth; ++i) {
        deep += "<a>";
    }
    for (int i = 0; i < depth; ++i) {
        deep += "</a>";
    }
    const auto nested = XmlDocument::parse(deep);
    ASSERT_TRUE(nested.has_value());
    EXPECT_EQ(nested->root().name(), "a");
}

} // namespace
} // namespace exarch::aws
