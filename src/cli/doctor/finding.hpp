#pragma once

#include "cli/doctor/mend.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::cli {

enum class Grade : std::uint8_t {
    good,
    /// Worth knowing; nothing has to be done.
    note,
    /// Works, and may hurt one day.
    warning,
    /// Does not work, or loses something.
    wrong,
};

[[nodiscard]] std::string_view format(Grade grade);

/// What an examination has found out about one thing.
struct Finding {
    Grade grade = Grade::good;
    /// What it is about: `queue exarch-tasks`, `role in 111122223333`.
    std::string subject;
    std::string what;
    /// Empty where there is nothing to mend, or where only a person can tell.
    Mend mend = {};

    friend bool operator==(const Finding&, const Finding&) = default;
};

using Findings = std::vector<Finding>;

} // namespace exarch::cli
