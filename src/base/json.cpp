#include "base/json.hpp"

#include "base/text.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace exarch::base {
namespace {

namespace json = boost::json;

std::string_view view(json::string_view text) {
    return {text.data(), text.size()};
}

// The keys of the objects that are open. Few keys are compared one by one; many go into an ordered
// set, which no choice of keys can make slow.
class OpenObjects {
public:
    void open() { frames_.emplace_back(keys_.size()); }

    void close() {
        keys_.resize(frames_.back().begin);
        frames_.pop_back();
    }

    /// False where the innermost object has that key already. `key` must outlive this object.
    bool add(std::string_view key) {
        Frame& frame = frames_.back();
        const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(frame.begin);
        if (static_cast<std::size_t>(keys_.end() - first) < compared_max) {
            const bool is_new = std::find(first, keys_.end(), key) == keys_.end();
            keys_.push_back(key);
            return is_new;
        }
        if (frame.sorted.empty()) {
            frame.sorted.insert(first, keys_.end());
        }
        return frame.sorted.insert(key).second;
    }

private:
    static constexpr std::size_t compared_max = 16;

    struct Frame {
        explicit Frame(std::size_t first) : begin(first) {}
        std::size_t begin;
        std::set<std::string_view> sorted;
    };

    std::vector<std::string_view> keys_;
    std::vector<Frame> frames_;
};

// What the parser calls. Fails with error::extra_data, told apart by `refusal`.
class TreeBuilder {
public:
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    TreeBuilder(std::string_view text, unsigned char* buffer, std::size_t buffer_bytes)
        : text_(text), stack_({}, buffer, buffer_bytes) {}

    void reset(json::storage_ptr storage) { stack_.reset(std::move(storage)); }
    json::value release() { return stack_.release(); }
    [[nodiscard]] const std::string& refusal() const { return refusal_; }

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) {
        objects_.open();
        return true;
    }
    bool on_object_end(std::size_t count, json::error_code&) {
        objects_.close();
        stack_.push_object(count);
        return true;
    }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t count, json::error_code&) {
        stack_.push_array(count);
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        key_parts_ += view(part);
        stack_.push_chars(part);
        return true;
    }
    bool on_key(json::string_view last, std::size_t, json::error_code& error) {
        const std::string_view key = lasting_key(view(last));
        if (!objects_.add(key)) {
            return refuse(fmt::format("the key {} appears twice in one object", quote(key)), error);
        }
        stack_.push_key(last);
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(json::string_view last, std::size_t, json::error_code&) {
        stack_.push_string(last);
        return true;
    }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double number, json::string_view, json::error_code& error) {
        if (!std::isfinite(number)) {
            return refuse("the number is too large", error);
        }
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool truth, json::error_code&) {
        stack_.push_bool(truth);
        return true;
    }
    bool on_null(json::error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

private:
    bool refuse(std::string why, json::error_code& error) {
        refusal_ = std::move(why);
        error = json::error::extra_data;
        return false;
    }

    // A key without escapes is a part of the text; any other is copied to a place of its own.
    std::string_view lasting_key(std::string_view last) {
        const bool in_text =
            std::less_equal<>()(text_.data(), last.data()) &&
            std::less_equal<>()(last.data() + last.size(), text_.data() + text_.size());
        if (key_parts_.empty() && in_text) {
            return last;
        }
        key_parts_ += last;
        return copies_.emplace_back(std::exchange(key_parts_, {}));
    }

    static std::string quote(std::string_view key) {
        constexpr std::size_t shown_max = 64;
        return json::serialize(json::string(beginning(key, shown_max)));
    }

    std::string_view text_;
    json::value_stack stack_;
    OpenObjects objects_;
    std::string key_parts_;
    std::deque<std::string> copies_;
    std::string refusal_;
};

std::string explain(const json::error_code& error, const JsonLimits& limits) {
    if (error == json::error::incomplete) {
        return "the text ends too early";
    }
    if (error == json::error::extra_data) {
        return "text follows after the end of the document";
    }
    if (error == json::error::too_deep) {
        return fmt::format("arrays and objects are nested more than {} deep", limits.depth_max);
    }
    return error.message();
}

std::unexpected<Error> refuse_at(std::string_view text, std::size_t offset, std::string_view why) {
    const std::string_view before = text.substr(0, offset);
    const std::size_t column = offset - (before.rfind('\n') + 1) + 1;
    std::string place = fmt::format("column {}", column);
    // Of a single line, whoever has more of them tells the number.
    if (text.contains('\n')) {
        place = fmt::format("line {}, {}", std::ranges::count(before, '\n') + 1, place);
    }
    return std::unexpected(
        Error(ErrorKind::invalid, fmt::format("not valid JSON at {}: {}", place, why)));
}

} // namespace

Result<json::value> parse_json(std::string_view text, JsonLimits limits,
                               json::storage_ptr storage) {
    if (text.size() > limits.bytes_max) {
        return std::unexpected(
            Error(ErrorKind::invalid,
                  fmt::format("the JSON text is {} bytes long; at most {} are allowed", text.size(),
                              limits.bytes_max)));
    }
    constexpr std::size_t buffer_bytes = 4096;
    std::array<unsigned char, buffer_bytes> buffer;
    json::parse_options options;
    options.max_depth = limits.depth_max;
    json::basic_parser<TreeBuilder> parser(options, text, buffer.data(), buffer.size());
    parser.handler().reset(std::move(storage));

    json::error_code error;
    const std::size_t consumed = parser.write_some(false, text.data(), text.size(), error);
    if (!parser.handler().refusal().empty()) {
        return refuse_at(text, consumed, parser.handler().refusal());
    }
    if (!error && consumed < text.size()) {
        error = json::error::extra_data;
    }
    if (error) {
        return refuse_at(text, consumed, explain(error, limits));
    }
    return parser.handler().release();
}

} // namespace exarch::base
