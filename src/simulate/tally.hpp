#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace exarch::simulate {

/// How long many have waited, in bounded memory: a percentile is at most 2 % too long.
class Waits {
public:
    void add(base::Duration wait);
    /// That so many percent waited no longer; 0 where nobody waited.
    [[nodiscard]] base::Duration percentile(double percent) const;
    [[nodiscard]] base::Duration longest() const { return longest_; }

private:
    /// Linear up to 64 ms, then 64 steps for each doubling.
    static constexpr std::size_t steps = 64;
    std::array<std::uint64_t, steps * 40> counts_{};
    std::uint64_t all_ = 0;
    base::Duration longest_{};
};

/// What happened when, in at most 600 equal parts of the time so far, which grow with it.
class Timeline {
public:
    struct Part {
        /// Operations that came, less those that ended; and the most that this has been within the
        /// part, from its beginning on.
        std::int64_t more_waiting = 0;
        std::int64_t most_more = 0;
        std::int64_t calls = 0;
        std::int64_t throttled = 0;

        void count_waiting(std::int64_t more) {
            more_waiting += more;
            most_more = std::max(most_more, more_waiting);
        }
    };

    /// The part of this moment; valid until the next is asked for.
    [[nodiscard]] Part& at(base::Instant moment);
    [[nodiscard]] base::Duration part() const { return part_; }
    [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }

private:
    std::vector<Part> parts_;
    base::Duration part_ = std::chrono::seconds(1);
};

} // namespace exarch::simulate
