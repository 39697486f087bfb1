#include "actions/path.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::actions {
namespace {

using base::Error;
using base::ErrorKind;

Error invalid(std::string context) {
    return Error(ErrorKind::invalid, std::move(context));
}

bool is_control(unsigned char byte) {
    return byte < 0x20 || byte == 0x7f;
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// RFC 1738's unsafe characters, as far as they can stand in a path.
bool is_unsafe(std::string_view path, std::size_t index) {
    const auto byte = static_cast<unsigned char>(path[index]);
    if (byte >= 0x80) {
        return true;
    }
    if (byte == '%') {
        return index + 2 >= path.size() || !is_hex(path[index + 1]) || !is_hex(path[index + 2]);
    }
    constexpr std::string_view unsafe = " \"<>#{}|\\^[]`";
    return unsafe.find(path[index]) != std::string_view::npos;
}

base::Status check_characters(std::string_view path) {
    std::size_t index = 0;
    while (index < path.size()) {
        const auto byte = static_cast<unsigned char>(path[index]);
        if (is_control(byte)) {
            return std::unexpected(invalid(
                fmt::format("control character 0x{:02x} at byte {}: take it out", byte, index)));
        }
        // Nearly all of nearly every path is ASCII.
        const std::size_t length = byte < 0x80 ? 1 : base::character_bytes(path.substr(index));
        if (length == 0) {
            return std::unexpected(
                invalid(fmt::format("byte {} is not UTF-8: percent-encode it", index)));
        }
        index += length;
    }
    return {};
}

base::Result<std::string> canonical_tag(std::string_view tag) {
    if (tag.size() == 1) {
        return std::unexpected(invalid("a cache tag needs a name after '#'"));
    }
    if (tag.size() - 1 > tag_bytes_max) {
        return std::unexpected(invalid(fmt::format("a cache tag of {} characters: {} at most",
                                                   tag.size() - 1, tag_bytes_max)));
    }
    std::string canonical(tag);
    for (char& c : canonical) {
        if (c < 33 || c > 126 || c == ',' || c == '*') {
            return std::unexpected(
                invalid("a cache tag is made of visible ASCII characters other than ',' and '*'"));
        }
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return canonical;
}

std::string encode(std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(path.size());
    for (std::size_t index = 0; index < path.size(); ++index) {
        if (is_unsafe(path, index)) {
            const auto byte = static_cast<unsigned char>(path[index]);
            encoded += '%';
            encoded += digits[byte >> 4U];
            encoded += digits[byte & 0xfU];
        } else {
            encoded += path[index];
        }
    }
    return encoded;
}

} // namespace

base::Result<std::string> canonical_path(std::string_view path) {
    if (path.empty()) {
        return std::unexpected(invalid("an empty path: a path starts with '/'"));
    }
    EXARCH_CHECK(check_characters(path));
    if (path.front() == '#') {
        return canonical_tag(path);
    }
    if (path.front() != '/') {
        return std::unexpected(invalid("a path starts with '/' (a cache tag with '#')"));
    }
    const std::size_t star = path.find('*');
    if (star != std::string_view::npos && star + 1 != path.size()) {
        return std::unexpected(invalid(
            fmt::format("'*' at byte {}: a wildcard is only the last character of a path", star)));
    }
    std::string encoded = encode(path);
    if (encoded.size() > path_bytes_max) {
        return std::unexpected(invalid(fmt::format("a path of {} characters once encoded: {} at "
                                                   "most",
                                                   encoded.size(), path_bytes_max)));
    }
    return encoded;
}

} // namespace exarch::actions
