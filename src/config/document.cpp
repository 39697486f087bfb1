#include "config/document.hpp"

#include "base/text.hpp"
#include "config/value.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace exarch::config {
namespace {

base::Error wrong_at(const Place& place, std::string_view what) {
    return base::Error(base::ErrorKind::invalid, fmt::format("{}: {}", format(place), what));
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20U && c != '\t' && c != '\n' && c != '\r') || byte == 0x7fU;
}

// yaml-cpp guesses encodings and replaces what it cannot read; a path must not change in silence.
base::Status check_characters(std::string_view text, std::string_view name) {
    Place place{std::string(name), 1, 1};
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = base::character_bytes(text.substr(i));
        if (length == 0) {
            return std::unexpected(
                wrong_at(place, "this byte is not UTF-8; save the file as UTF-8"));
        }
        if (is_control(text[i])) {
            return std::unexpected(wrong_at(place, "a control character; remove it"));
        }
        const bool line_ends = text[i] == '\n';
        place.line += line_ends ? 1 : 0;
        place.column = line_ends ? 1 : place.column + 1;
        i += length;
    }
    return {};
}

// Builds Nodes from the parser's events. Refuses by throwing the parser's own exception: that is
// the only way to stop it.
class Builder final : public YAML::EventHandler {
public:
    explicit Builder(std::string_view name) : name_(name) {}

    Node take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        if (expects_key()) {
            throw YAML::ParserException(mark, "a key is missing before the colon");
        }
        put(node_at(mark, Node::Kind::nothing));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw YAML::ParserException(mark, "aliases (*name) are not allowed; write the value out");
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        if (expects_key()) {
            take_key(mark, value);
            return;
        }
        Node node = node_at(mark, Node::Kind::text);
        node.text = value;
        node.quoted = tag == "!";
        put(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Node::Kind::list);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Node::Kind::map);
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        Node node;
        std::set<std::string, std::less<>> keys;
        // Read, and still without its value.
        std::optional<Entry> entry;
    };

    [[nodiscard]] Place place_at(const YAML::Mark& mark) const {
        return Place{name_, mark.line + 1, mark.column + 1};
    }

    [[nodiscard]] Node node_at(const YAML::Mark& mark, Node::Kind kind) const {
        Node node;
        node.kind = kind;
        node.place = place_at(mark);
        return node;
    }

    [[nodiscard]] bool expects_key() const {
        return !levels_.empty() && levels_.back().node.kind == Node::Kind::map &&
               !levels_.back().entry.has_value();
    }

    static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            throw YAML::ParserException(mark, "anchors (&name) are not allowed; write it out");
        }
    }

    static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw YAML::ParserException(mark, "tags (!name) are not allowed; leave it out");
        }
    }

    void take_key(const YAML::Mark& mark, const std::string& key) {
        if (!levels_.back().keys.insert(key).second) {
            throw YAML::ParserException(
                mark, fmt::format("the key {} appears twice; keep one of them", quote(key)));
        }
        levels_.back().entry = Entry{key, place_at(mark), {}};
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
              Node::Kind kind) {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        if (expects_key()) {
            throw YAML::ParserException(mark, "a key must be a plain name");
        }
        levels_.push_back(Level{node_at(mark, kind), {}, {}});
    }

    void close() {
        Node node = std::move(levels_.back().node);
        levels_.pop_back();
        put(std::move(node));
    }

    void put(Node node) {
        if (levels_.empty()) {
            root_ = std::move(node);
            return;
        }
        Level& level = levels_.back();
        if (level.node.kind == Node::Kind::list) {
            level.node.items.push_back(std::move(node));
            return;
        }
        level.entry->value = std::move(node);
        level.node.entries.push_back(std::move(*level.entry));
        level.entry.reset();
    }

    std::string name_;
    Node root_;
    std::vector<Level> levels_;
};

// What the parser says of the usual slips, in words that tell the mend.
std::string mend(const std::string& message) {
    static const std::map<std::string, std::string_view, std::less<>> mends = {
        {YAML::ErrorMsg::TAB_IN_INDENTATION, "a tab in the indentation; use spaces"},
        {YAML::ErrorMsg::END_OF_MAP, "this does not fit here; check indentation, colon and quotes"},
        {YAML::ErrorMsg::END_OF_SEQ, "this does not fit here; check indentation and dashes"},
        {YAML::ErrorMsg::END_OF_MAP_FLOW, "a { is not closed after this place; add the }"},
        {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a [ is not closed after this place; add the ]"},
        {YAML::ErrorMsg::FLOW_END, "nothing is open that this closes; leave it out"},
        {YAML::ErrorMsg::MAP_VALUE,
         "no value can stand here; check indentation (by spaces) and quotes"},
        {YAML::ErrorMsg::UNKNOWN_TOKEN, "a value cannot begin like this; put it in quotes"},
        {YAML::ErrorMsg::BAD_FILE, "nested too deeply; no key of this file is"},
        {YAML::ErrorMsg::EOF_IN_SCALAR, "a quotation mark is not closed up to here; close it"},
    };
    if (const auto found = mends.find(message); found != mends.end()) {
        return std::string(found->second);
    }
    // Some repeat what stands in the file.
    constexpr std::size_t telling = 80;
    const bool is_plain = std::ranges::none_of(message, [](char c) { return c >= 0 && c < ' '; });
    return is_plain && message.size() <= telling ? message : quote(message);
}

// Without the end of its last line, or the parser would close an open quotation in silence and
// swallow all keys in it.
std::string trim_end(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return std::string(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

base::Result<Node> build(std::string_view text, std::string_view name) {
    std::istringstream stream{trim_end(text)};
    Builder builder(name);
    try {
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        Node root = builder.take_root();
        Builder second(name);
        if (parser.HandleNextDocument(second)) {
            return std::unexpected(
                wrong_at(second.take_root().place, "a second document begins; keep one in a file"));
        }
        return root;
    } catch (const YAML::Exception& exception) {
        const Place place{std::string(name), exception.mark.line + 1, exception.mark.column + 1};
        return std::unexpected(wrong_at(place, mend(exception.msg)));
    }
}

} // namespace

std::string format(const Place& place) {
    return place.line == 0 ? place.source
                           : fmt::format("{}:{}:{}", place.source, place.line, place.column);
}

base::Result<Node> parse_document(std::string_view text, std::string_view name) {
    if (text.size() > document_bytes_max) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("{}: longer than 1 MiB; is this the right file?", name)));
    }
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    EXARCH_CHECK(check_characters(text, name));
    EXARCH_TRY(Node root, build(text, name));
    if (root.kind == Node::Kind::nothing) {
        root.kind = Node::Kind::map;
    }
    if (root.kind != Node::Kind::map) {
        return std::unexpected(
            wrong_at(root.place, "the file must be a map of keys, like `queue: https://…`"));
    }
    return root;
}

} // namespace exarch::config
