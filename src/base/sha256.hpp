#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace exarch::base {

using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256 sha256(std::string_view bytes);
[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string format_hex(std::string_view bytes);
[[nodiscard]] std::string format_hex(const Sha256& digest);

} // namespace exarch::base
