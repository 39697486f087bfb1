#pragma once

#include "base/time.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace exarch::lambda {

/// Milliseconds since 1970 in decimal digits, as Lambda and SQS write moments; none where the text
/// is anything else, or later than the year 9999, beyond which times would overflow.
[[nodiscard]] inline std::optional<base::Timestamp>
parse_epoch_milliseconds(std::string_view text) {
    constexpr std::int64_t far_away = 253'402'300'799'000;
    std::int64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc() || stop != end || count < 0 || count > far_away) {
        return std::nullopt;
    }
    return base::Timestamp(std::chrono::milliseconds(count));
}

} // namespace exarch::lambda
