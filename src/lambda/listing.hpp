#pragma once

#include "ledger/record.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <string>

namespace exarch::lambda {

/// `/a, /b, /c and 7 more`, for people: the first ten.
[[nodiscard]] inline std::string list_some(std::span<const std::string> names) {
    constexpr std::size_t told_max = 10;
    const auto told = names.first(std::min(names.size(), told_max));
    std::string text = fmt::format("{}", fmt::join(told, ", "));
    if (names.size() > told.size()) {
        text += fmt::format(" and {} more", names.size() - told.size());
    }
    return text;
}

/// Why a part of a message, or all of it, asks for nothing that can be done, for people.
[[nodiscard]] inline std::string describe(const ledger::Rejection& rejection,
                                          const std::string& message_id) {
    return fmt::format("message {}: rejected{}{}: {}{}{}", message_id,
                       rejection.place.empty() ? "" : ": ", rejection.place, rejection.reason,
                       rejection.excerpt.empty() ? "" : "; it says: ", rejection.excerpt);
}

} // namespace exarch::lambda
