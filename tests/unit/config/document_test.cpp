#include "config/document.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace exarch::config {
namespace {

Node parse(std::string_view text) {
    base::Result<Node> node = parse_document(text, "f.yaml");
    EXPECT_TRUE(node.has_value()) << node.error().message();
    return node.has_value() ? *node : Node{};
}

std::string error_of(std::string_view text) {
    const base::Result<Node> node = parse_document(text, "f.yaml");
    if (node.has_value()) {
        return "no error";
    }
    EXPECT_EQ(node.error().kind(), base::ErrorKind::invalid);
    return node.error().message();
}

TEST(Document, keeps_text_as_it_was_written) {
    const Node root = parse("a: 012345678901\nb: '012345678901'\nc: yes\nd: 1_000\n");
    ASSERT_EQ(root.entries.size(), 4U);
    EXPECT_EQ(root.entries[0].value.text, "012345678901");
    EXPECT_FALSE(root.entries[0].value.quoted);
    EXPECT_EQ(root.entries[1].value.text, "012345678901");
    EXPECT_TRUE(root.entries[1].value.quoted);
    EXPECT_EQ(root.entries[2].value.text, "yes");
    EXPECT_EQ(root.entries[3].value.text, "1_000");
}

TEST(Document, knows_where_each_key_and_value_stands) {
    const Node root = parse("# a comment\na:\n  bb: {c: 1}\n");
    const Entry& outer = root.entries[0];
    EXPECT_EQ(format(outer.place), "f.yaml:2:1");
    EXPECT_EQ(format(outer.value.entries[0].place), "f.yaml:3:3");
    EXPECT_EQ(format(outer.value.entries[0].value.entries[0].value.place), "f.yaml:3:11");
}

TEST(Document, a_place_that_is_no_file_has_no_line) {
    EXPECT_EQ(format(Place{"EXARCH_QUEUE", 0, 0}), "EXARCH_QUEUE");
}

TEST(Document, tells_lists_maps_and_nothing_apart) {
    const Node root = parse("a: [1, x]\nb: {}\nc:\nd: ~\ne: \"\"\n");
    EXPECT_EQ(root.entries[0].value.kind, Node::Kind::list);
    EXPECT_EQ(root.entries[0].value.items.size(), 2U);
    EXPECT_EQ(root.entries[1].value.kind, Node::Kind::map);
    EXPECT_EQ(root.entries[2].value.kind, Node::Kind::nothing);
    EXPECT_EQ(root.entries[3].value.kind, Node::Kind::nothing);
    EXPECT_EQ(root.entries[4].value.kind, Node::Kind::text);
}

TEST(Document, an_empty_file_is_an_empty_map) {
    for (const char* text : {"", "\n\n", "# nothing\n", "---\n", "---\n...\n", "\xEF\xBB\xBF"}) {
        EXPECT_EQ(parse(text).kind, Node::Kind::map) << text;
    }
}

TEST(Document, reads_lines_that_end_as_on_windows_and_a_byte_order_mark) {
    const Node root = parse("\xEF\xBB\xBFqueue: x\r\nledger: y\r\n");
    ASSERT_EQ(root.entries.size(), 2U);
    EXPECT_EQ(root.entries[0].key, "queue");
    EXPECT_EQ(root.entries[1].value.text, "y");
}

struct Refused {
    const char* text;
    const char* message;
};

std::ostream& operator<<(std::ostream& stream, const Refused& refused) {
    return stream << refused.text;
}

class RefusedDocument : public testing::TestWithParam<Refused> {};

TEST_P(RefusedDocument, is_told_with_its_place) {
    EXPECT_EQ(error_of(GetParam().text), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    document, RefusedDocument,
    testing::Values(
        Refused{"a: 1\na: 2\n", "f.yaml:2:1: the key \"a\" appears twice; keep one of them"},
        Refused{"x:\n  a: 1\n  \"a\": 2\n",
                "f.yaml:3:3: the key \"a\" appears twice; keep one of them"},
        Refused{"a: &b 1\n", "f.yaml:1:4: anchors (&name) are not allowed; write it out"},
        Refused{"a: &b [1]\n", "f.yaml:1:4: anchors (&name) are not allowed; write it out"},
        Refused{"a: &b {c: 1}\n", "f.yaml:1:4: anchors (&name) are not allowed; write it out"},
        Refused{"a: !!int 3\n", "f.yaml:1:4: tags (!name) are not allowed; leave it out"},
        Refused{"a: !role x\n", "f.yaml:1:4: tags (!name) are not allowed; leave it out"},
        Refused{"? [a, b]\n: 1\n", "f.yaml:1:3: a key must be a plain name"},
        Refused{": 1\n", "f.yaml:1:1: a key is missing before the colon"},
        Refused{"a: 1\n---\nb: 2\n", "f.yaml:3:1: a second document begins; keep one in a file"},
        Refused{"- a\n- b\n",
                "f.yaml:1:1: the file must be a map of keys, like `queue: https://…`"},
        Refused{"just text\n",
                "f.yaml:1:1: the file must be a map of keys, like `queue: https://…`"},
        Refused{"a: \x01\n", "f.yaml:1:4: a control character; remove it"},
        Refused{"ä: \xff\n", "f.yaml:1:4: this byte is not UTF-8; save the file as UTF-8"},
        Refused{"a: \xc0\xaf\n", "f.yaml:1:4: this byte is not UTF-8; save the file as UTF-8"},
        Refused{"a: \xed\xa0\x80\n", "f.yaml:1:4: this byte is not UTF-8; save the file as UTF-8"},
        Refused{"a: \xf4\x90\x80\x80\n",
                "f.yaml:1:4: this byte is not UTF-8; save the file as UTF-8"},
        Refused{"a: \xe2\x82", "f.yaml:1:4: this byte is not UTF-8; save the file as UTF-8"}));

TEST(Document, a_bomb_of_aliases_is_refused_at_its_first_anchor) {
    const std::string message = error_of("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n");
    EXPECT_EQ(message, "f.yaml:1:4: anchors (&name) are not allowed; write it out");
}

TEST(Document, an_alias_without_an_anchor_is_bad_yaml) {
    EXPECT_TRUE(error_of("a: *b\n").starts_with("f.yaml:1:4: ")) << error_of("a: *b\n");
}

INSTANTIATE_TEST_SUITE_P(
    slips, RefusedDocument,
    testing::Values(
        Refused{"a: 1\nb: [1, 2\n", "f.yaml:2:1: a [ is not closed after this place; add the ]"},
        Refused{"a: {b: 1\n", "f.yaml:1:1: a { is not closed after this place; add the }"},
        Refused{"a: 1\n}\n", "f.yaml:2:1: nothing is open that this closes; leave it out"},
        Refused{"a: b: c\n",
                "f.yaml:1:5: no value can stand here; check indentation (by spaces) and quotes"},
        Refused{"a: 1\n  b: 2\n",
                "f.yaml:2:4: no value can stand here; check indentation (by spaces) and quotes"},
        Refused{"a: @b\n", "f.yaml:1:4: a value cannot begin like this; put it in quotes"},
        Refused{"a: \"x\" y\n",
                "f.yaml:1:8: this does not fit here; check indentation, colon and quotes"},
        Refused{"a:\n\tb: 2\n",
                "f.yaml:2:3: no value can stand here; check indentation (by spaces) and quotes"},
        Refused{"a: \"x\nb: y\n",
                "f.yaml:2:5: a quotation mark is not closed up to here; close it"},
        Refused{"a: 'x\nb: y\n# z  \n\n",
                "f.yaml:3:4: a quotation mark is not closed up to here; close it"}));

TEST(Document, a_file_over_one_mebibyte_is_refused) {
    const std::string text = "# " + std::string(document_bytes_max, 'x');
    EXPECT_EQ(error_of(text), "f.yaml: longer than 1 MiB; is this the right file?");
}

TEST(Document, depth_without_end_is_refused) {
    EXPECT_NE(error_of(std::string(100'000, '[')), "no error");
    std::string maps;
    for (int i = 0; i < 10'000; ++i) {
        maps += "{a: ";
    }
    EXPECT_NE(error_of(maps), "no error");
    EXPECT_EQ(error_of(std::string(100'000, '?')).substr(0, 7), "f.yaml:");
    std::string dashes;
    for (int i = 0; i < 10'000; ++i) {
        dashes += "- ";
    }
    EXPECT_TRUE(error_of(dashes).ends_with("nested too deeply; no key of this file is"));
}

} // namespace
} // namespace exarch::config
