#include "sandbox/text.hpp"

#include <gtest/gtest.h>

namespace exarch::sandbox {
namespace {

TEST(SandboxText, utf8_may_hold_what_a_message_may_not) {
    for (const std::string_view good : {"", "a\x01", "é", "\xef\xbf\xbe", "\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(is_utf8(good)) << good;
    }
    for (const std::string_view bad :
         {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
        EXPECT_FALSE(is_utf8(bad)) << bad;
    }
}

TEST(SandboxText, characters_are_counted_and_what_is_none_counts_byte_by_byte) {
    EXPECT_EQ(count_characters(""), 0);
    EXPECT_EQ(count_characters("aé€😀"), 4);
    EXPECT_EQ(count_characters("\xff\xc3"
                               "a\xf0\x9f"),
              5);
}

TEST(SandboxText, xml_holds_what_it_can_and_question_marks_for_the_rest) {
    EXPECT_EQ(xml_escaped("<a href=\"x\">&\r\n\té</a>"),
              "&lt;a href=&quot;x&quot;&gt;&amp;&#xD;\n\té&lt;/a&gt;");
    EXPECT_EQ(xml_escaped("a\x01é"), "a???");
}

TEST(SandboxText, forms_are_read_once_a_name_and_never_guessed_at) {
    EXPECT_EQ(parse_form("a=1&b=%20+&&c"), (Form{{"a", "1"}, {"b", "  "}, {"c", ""}}));
    for (const std::string_view bad : {"a=%", "a=%4", "a=%zz", "%=1", "a=1&a=1"}) {
        EXPECT_EQ(parse_form(bad), std::nullopt) << bad;
    }
    EXPECT_EQ(parse_form("a=1&b=2&a=3", Repeated::first_counts), (Form{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(parse_form("a=1&a=%zz", Repeated::first_counts), std::nullopt);
    EXPECT_EQ(form_decoded("a+%e2%82%AC"), "a €");
}

TEST(SandboxText, dates_are_written_as_http_has_them) {
    const auto written = [](std::string_view time) {
        return format_http_date(base::parse_timestamp(time).value());
    };
    EXPECT_EQ(written("2026-11-24T00:10:00Z"), "Tue, 24 Nov 2026 00:10:00 GMT");
    EXPECT_EQ(written("2024-02-29T23:59:59.999Z"), "Thu, 29 Feb 2024 23:59:59 GMT");
}

} // namespace
} // namespace exarch::sandbox
