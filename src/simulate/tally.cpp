#include "simulate/tally.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace exarch::simulate {

using base::Duration;

void Waits::add(Duration wait) {
    longest_ = std::max(longest_, wait);
    ++all_;
    const auto value = static_cast<std::uint64_t>(
        std::max<Duration::rep>(std::chrono::ceil<std::chrono::milliseconds>(wait).count(), 0));
    const auto doublings = static_cast<std::size_t>(std::bit_width(value / steps));
    const std::size_t index =
        doublings == 0 ? value : doublings * steps + (value >> (doublings - 1)) - steps;
    ++counts_[std::min(index, counts_.size() - 1)];
}

Duration Waits::percentile(double percent) const {
    const auto wanted =
        static_cast<std::uint64_t>(std::ceil(static_cast<double>(all_) * percent / 100));
    std::uint64_t seen = 0;
    for (std::size_t index = 0; index < counts_.size(); ++index) {
        seen += counts_[index];
        if (seen >= wanted && seen > 0) {
            const std::size_t doublings = index / steps;
            const std::uint64_t end =
                doublings == 0 ? index : ((index % steps + steps + 1) << (doublings - 1)) - 1;
            return std::min<Duration>(std::chrono::milliseconds(end), longest_);
        }
    }
    return longest_;
}

Timeline::Part& Timeline::at(base::Instant moment) {
    constexpr std::size_t parts_max = 600;
    while (static_cast<std::size_t>(moment.time_since_epoch() / part_) >= parts_max) {
        for (std::size_t i = 0; i < parts_.size(); i += 2) {
            Part both = parts_[i];
            if (i + 1 < parts_.size()) {
                both.most_more =
                    std::max(both.most_more, both.more_waiting + parts_[i + 1].most_more);
                both.more_waiting += parts_[i + 1].more_waiting;
                both.calls += parts_[i + 1].calls;
                both.throttled += parts_[i + 1].throttled;
            }
            parts_[i / 2] = both;
        }
        parts_.resize((parts_.size() + 1) / 2);
        part_ *= 2;
    }
    const auto index = static_cast<std::size_t>(moment.time_since_epoch() / part_);
    parts_.resize(std::max(parts_.size(), index + 1));
    return parts_[index];
}

} // namespace exarch::simulate
