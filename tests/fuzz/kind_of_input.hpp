#pragma once

#include "lines.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace exarch {

/// An input of a target that tries several parsers: its first line tells which, the rest is for it.
struct KindOfInput {
    KindOfInput(const std::uint8_t* data, std::size_t size) {
        rest = std::string_view(reinterpret_cast<const char*>(data), size);
        kind = take_line(rest);
    }

    std::string_view kind;
    std::string_view rest;
};

} // namespace exarch
