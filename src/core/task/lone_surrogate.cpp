#include "core/task/lone_surrogate.hpp"

#include <algorithm>
#include <charconv>

namespace exarch::core {
namespace {

constexpr std::string_view substitute = "001a";

/// The code unit that is escaped at `at` (`\\ud83d`), or 0.
unsigned escaped_unit(std::string_view text, std::size_t at) {
    const std::string_view escape = text.substr(std::min(at, text.size()), 6);
    if (escape.size() < 6 || !escape.starts_with("\\u")) {
        return 0;
    }
    unsigned unit = 0;
    const auto [end, error] =
        std::from_chars(escape.data() + 2, escape.data() + escape.size(), unit, 16);
    return end == escape.data() + escape.size() ? unit : 0;
}

bool is_high(unsigned unit) {
    return unit >= 0xd800 && unit <= 0xdbff;
}

bool is_low(unsigned unit) {
    return unit >= 0xdc00 && unit <= 0xdfff;
}

} // namespace

std::optional<std::string> without_lone_surrogates(std::string_view text) {
    std::optional<std::string> replaced;
    for (std::size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
        const unsigned unit = escaped_unit(text, at);
        if (is_high(unit) && is_low(escaped_unit(text, at + 6))) {
            at += 12;
        } else if (is_high(unit) || is_low(unit)) {
            if (!replaced) {
                replaced = text;
            }
            replaced->replace(at + 2, substitute.size(), substitute);
            at += 6;
        } else {
            at += 2; // Whatever is escaped, a backslash among it.
        }
    }
    return replaced;
}

} // namespace exarch::core
