#include "sandbox/text.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

namespace exarch::sandbox {
namespace {

bool is_letter_or_digit(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
}

constexpr std::uint32_t not_a_character = 0xffffffff;

std::size_t length_of(unsigned char first) {
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xc2U && first < 0xe0U) {
        return 2;
    }
    if (first >= 0xe0U && first < 0xf0U) {
        return 3;
    }
    return first >= 0xf0U && first < 0xf5U ? 4 : 0;
}

// Takes the first character off the text. Overlong forms and surrogates are no characters.
std::uint32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = length_of(first);
    if (length == 0 || length > text.size()) {
        return not_a_character;
    }
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    std::uint32_t character = length == 1 ? first : first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xc0U) != 0x80U) {
            return not_a_character;
        }
        character = (character << 6U) | (byte & 0x3fU);
    }
    text.remove_prefix(length);
    return character < least[length] ? not_a_character : character;
}

bool is_allowed(std::uint32_t character) {
    return character == 0x9 || character == 0xa || character == 0xd ||
           (character >= 0x20 && character <= 0xd7ff) ||
           (character >= 0xe000 && character <= 0xfffd) ||
           (character >= 0x10000 && character <= 0x10ffff);
}

/// Blocks beyond ASCII that hold signs, or nothing. No letter of a living language is in them.
struct Block {
    std::uint32_t first;
    std::uint32_t last;
};
constexpr std::array<Block, 12> blocks_without_letters{{{0x80, 0xa9},
                                                        {0xab, 0xb4},
                                                        {0xb6, 0xb9},
                                                        {0xbb, 0xbf},
                                                        {0xd7, 0xd7},
                                                        {0xf7, 0xf7},
                                                        {0x2000, 0x2bff},
                                                        {0x3000, 0x3004},
                                                        {0xd800, 0xf8ff},
                                                        {0xfff0, 0xffff},
                                                        {0x1f000, 0x1faff},
                                                        {0xe0000, not_a_character}}};

bool is_letter_beyond_ascii(std::uint32_t character) {
    return character >= 0x80 && std::ranges::none_of(blocks_without_letters, [&](Block block) {
               return character >= block.first && character <= block.last;
           });
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
    case '\r':
        // As it is, a parser would take it for a line feed.
        return "&#xD;";
    default:
        return {};
    }
}

bool is_ascii_text(char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return (byte >= 0x20 && byte < 0x80) || letter == '\t' || letter == '\n';
}

int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char letter = static_cast<char>(digit | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

} // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::uint32_t character = take_character(text);
        if (character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff)) {
            return false;
        }
    }
    return true;
}

std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (; !text.empty(); ++count) {
        std::string_view rest = text;
        text = take_character(rest) == not_a_character ? text.substr(1) : rest;
    }
    return count;
}

bool is_xml_text(std::string_view text) {
    while (!text.empty()) {
        // Most of nearly every text is printable ASCII.
        if (text.front() >= 0x20 && text.front() <= 0x7e) {
            text.remove_prefix(1);
        } else if (!is_allowed(take_character(text))) {
            return false;
        }
    }
    return true;
}

void append_xml_escaped(std::string& xml, std::string_view text) {
    // Only a refusal that repeats what the caller sent can hold characters that XML has no way to
    // write, beyond ASCII among them.
    const bool is_writable = is_xml_text(text);
    for (const char letter : text) {
        const std::string_view entity = xml_entity(letter);
        if (!entity.empty()) {
            xml += entity;
        } else {
            xml += is_writable || is_ascii_text(letter) ? letter : '?';
        }
    }
}

std::string xml_escaped(std::string_view text) {
    std::string xml;
    append_xml_escaped(xml, text);
    return xml;
}

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

bool is_word_of(std::string_view text, std::string_view others) {
    return std::ranges::all_of(text, [&](char letter) {
        return is_letter_or_digit(letter) || letter == '_' || others.contains(letter);
    });
}

bool is_name_of(std::string_view text, std::string_view others) {
    while (!text.empty()) {
        if (is_word_of(text.substr(0, 1), others)) {
            text.remove_prefix(1);
        } else if (!is_letter_beyond_ascii(take_character(text))) {
            return false;
        }
    }
    return true;
}

std::optional<std::string> form_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? digit_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? digit_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

std::string format_http_date(base::Timestamp time) {
    constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                      "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    return fmt::format(
        FMT_COMPILE("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT"),
        days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
        months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
        clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<Form> parse_form(std::string_view text, Repeated repeated) {
    Form form;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view piece = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (piece.empty()) {
            continue;
        }
        const std::size_t equals = std::min(piece.find('='), piece.size());
        auto name = form_decoded(piece.substr(0, equals));
        auto value = form_decoded(piece.substr(std::min(equals + 1, piece.size())));
        if (!name || !value) {
            return std::nullopt;
        }
        const bool is_new = form.emplace(std::move(*name), std::move(*value)).second;
        if (!is_new && repeated == Repeated::refused) {
            return std::nullopt;
        }
    }
    return form;
}

std::string_view value_of(const Form& form, std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string_view() : std::string_view(found->second);
}

} // namespace exarch::sandbox
