#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace exarch {

/// An input of a target that tries several parsers: its first line tells which, the rest is for it.
struct KindOfInput {
    KindOfInput(const std::uint8_t* data, std::size_t size) {
        const std::string_view text(reinterpret_cast<const char*>(data), size);
        const std::size_t end = std::min(text.find('\n'), text.size());
        kind = text.substr(0, end);
        rest = text.substr(std::min(end + 1, text.size()));
    }

    std::string_view kind;
    std::string_view rest;
};

} // namespace exarch
