#include "aws/detail/text.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace exarch::aws {
namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_unreserved(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.' ||
           letter == '~';
}

std::string_view xml_entity(char letter) {
    switch (letter) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return {};
    }
}

/// The bytes that xml_entity() has something for.
constexpr std::string_view xml_special = "&<>\"'\t\n\r";

constexpr std::array<bool, 256> is_xml_special = [] {
    std::array<bool, 256> table{};
    for (const char letter : xml_special) {
        table[static_cast<unsigned char>(letter)] = true;
    }
    return table;
}();

} // namespace

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(white_space);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

bool equal_without_case(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

void append_percent_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char letter : text) {
        if (is_unreserved(letter)) {
            out += letter;
            continue;
        }
        const auto byte = static_cast<unsigned char>(letter);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 0xfU];
    }
}

void append_xml_escaped(std::string& out, std::string_view text) {
    // Most text needs no escape: it is appended in runs, not byte by byte.
    const auto special = [](char letter) {
        return is_xml_special[static_cast<unsigned char>(letter)];
    };
    while (true) {
        const auto stop = std::ranges::find_if(text, special);
        out.append(text.begin(), stop);
        if (stop == text.end()) {
            return;
        }
        out += xml_entity(*stop);
        text = std::string_view(stop + 1, text.end());
    }
}

std::string printable(std::string_view text, std::size_t bytes_max) {
    std::string out(base::beginning(text, bytes_max));
    for (std::size_t place = 0; place < out.size(); ++place) {
        const std::size_t hidden = base::unprintable_bytes(std::string_view(out).substr(place));
        if (hidden > 0) {
            out.replace(place, hidden, " ");
        }
    }
    return out;
}

} // namespace exarch::aws
