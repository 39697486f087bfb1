#include "cli/status/turns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace exarch::cli {

double call_rate(const config::Config& config, const TurnsKey& key, std::optional<double> learned) {
    if (learned.has_value() && *learned > 0) {
        return *learned;
    }
    const bool is_known = config.quotas.contains(key.second);
    return is_known ? config.quota_for(key.first, key.second).rate : 1;
}

Turns::Turns(double rate, std::vector<std::int64_t> calls) : rate_(rate), calls_(std::move(calls)) {
    std::ranges::sort(calls_);
    std::partial_sum(calls_.begin(), calls_.end(), std::back_inserter(sums_));
}

std::int64_t Turns::until(std::int64_t calls) const {
    const auto above = std::ranges::upper_bound(calls_, calls);
    const auto first_above = above - calls_.begin();
    const std::int64_t below =
        first_above == 0 ? 0 : sums_[static_cast<std::size_t>(first_above - 1)];
    return below + (calls_.end() - above) * calls;
}

base::Duration Turns::time_for(std::int64_t calls) const {
    constexpr double day_seconds = 86'400;
    const double seconds = std::min(static_cast<double>(calls) / rate_, 3650 * day_seconds);
    return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(seconds)));
}

std::string format_pace(double rate) {
    return fmt::format("{:.3g} {}/s", rate, rate == 1 ? "call" : "calls");
}

} // namespace exarch::cli
