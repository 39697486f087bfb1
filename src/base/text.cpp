#include "base/text.hpp"

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

} // namespace exarch::base
