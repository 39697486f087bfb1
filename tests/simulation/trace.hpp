#pragma once

#include "core/event.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace exarch::simulation {

[[nodiscard]] std::string describe(const core::Event& event);
[[nodiscard]] std::string describe(const core::Effect& effect);

/// All that happened in a run, as a number that two runs share only if they went the same way, and
/// the last of it in words.
class Trace {
public:
    void add(base::Instant at, std::string_view what);

    /// Sixteen hexadecimal digits.
    [[nodiscard]] std::string digest() const;
    [[nodiscard]] std::uint64_t lines() const { return lines_; }
    /// The last lines, for the message of a failed test.
    [[nodiscard]] std::string tail() const;

private:
    static constexpr std::size_t tail_lines = 60;

    /// FNV-1a.
    std::uint64_t hash_ = 0xcbf29ce484222325U;
    std::uint64_t lines_ = 0;
    std::deque<std::string> tail_;
};

} // namespace exarch::simulation
