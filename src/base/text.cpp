#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::base {

std::string lowered(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return out;
}

std::string_view beginning(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return text;
    }
    std::size_t end = bytes_max;
    while (end > 0 && !begins_character(text[end])) {
        --end;
    }
    return text.substr(0, end);
}

std::size_t character_bytes(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (text.empty()) {
        return 0;
    }
    const unsigned char lead = byte(0);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc2 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || length > text.size()) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (begins_character(text[i])) {
            return 0;
        }
    }
    const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
    const bool surrogate = lead == 0xed && byte(1) >= 0xa0;
    const bool beyond = lead == 0xf4 && byte(1) >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

std::size_t utf8_bytes(std::string_view text) {
    std::size_t bytes = 0;
    std::size_t next = 0;
    do {
        bytes += next;
        next = character_bytes(text.substr(bytes));
    } while (next > 0);
    return bytes;
}

std::size_t unprintable_bytes(std::string_view text) {
    const auto byte = [&](std::size_t place) -> unsigned {
        return place < text.size() ? static_cast<unsigned char>(text[place]) : 0U;
    };
    const auto is_between = [](unsigned value, unsigned first, unsigned last) {
        return value >= first && value <= last;
    };
    if (text.empty()) {
        return 0;
    }
    if (byte(0) < 0x20U || byte(0) == 0x7fU) {
        return 1;
    }
    // C1 controls, U+0080 to U+009F: to many a terminal one of them is ESC and a bracket.
    if (byte(0) == 0xc2U && is_between(byte(1), 0x80U, 0x9fU)) {
        return 2;
    }
    // U+2028 to U+202E break lines or turn the direction, as U+2066 to U+2069 do.
    const bool turns =
        byte(0) == 0xe2U && ((byte(1) == 0x80U && is_between(byte(2), 0xa8U, 0xaeU)) ||
                             (byte(1) == 0x81U && is_between(byte(2), 0xa6U, 0xa9U)));
    return turns ? 3 : 0;
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t hidden = unprintable_bytes(text);
        for (const char letter : text.substr(0, hidden)) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
        }
        if (hidden == 0) {
            out += text.front();
        }
        text.remove_prefix(std::max<std::size_t>(hidden, 1));
    }
    return out;
}

std::optional<ArnParts> split_arn(std::string_view text) {
    ArnParts parts;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos) {
            return std::nullopt;
        }
        parts[i] = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    parts.back() = text;
    return parts;
}

} // namespace exarch::base
