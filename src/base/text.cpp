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
    const auto continues_a_character = [](char letter) {
        return (static_cast<unsigned char>(letter) & 0xc0U) == 0x80U;
    };
    if (text.size() <= bytes_max) {
        return text;
    }
    std::size_t end = bytes_max;
    while (end > 0 && continues_a_character(text[end])) {
        --end;
    }
    return text.substr(0, end);
}

std::string printable(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x20U || byte == 0x7fU) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += letter;
        }
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
