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

Shares::Shares(std::vector<std::int64_t> needs) : needs_(std::move(needs)) {
    std::ranges::sort(needs_);
    std::partial_sum(needs_.begin(), needs_.end(), std::back_inserter(sums_));
}

std::int64_t Shares::until(std::int64_t share) const {
    const auto above = std::ranges::upper_bound(needs_, share);
    const auto first_above = above - needs_.begin();
    const std::int64_t below =
        first_above == 0 ? 0 : sums_[static_cast<std::size_t>(first_above - 1)];
    return below + (needs_.end() - above) * share;
}

Turns::Turns(double rate, std::vector<std::int64_t> operations, std::vector<std::int64_t> calls)
    : rate_(rate), operations_(std::move(operations)), calls_(std::move(calls)) {}

base::Duration Turns::time_for(std::int64_t calls) const {
    constexpr double day_seconds = 86'400;
    const double seconds = std::min(static_cast<double>(calls) / rate_, 3650 * day_seconds);
    return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(seconds)));
}

std::string format_pace(double rate) {
    return fmt::format("{:.3g} {}/s", rate, rate == 1 ? "call" : "calls");
}

} // namespace exarch::cli
