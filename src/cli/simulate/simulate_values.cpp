#include "cli/simulate/simulate_values.hpp"

#include "config/value.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace exarch::cli {
namespace {

using config::quote;

// None where it is no number, or has something behind it.
std::optional<double> read_number(const std::string& value) {
    double number = 0;
    const char* end = value.data() + value.size();
    const auto [stop, failure] = std::from_chars(value.data(), end, number);
    return failure == std::errc() && stop == end && std::isfinite(number) ? std::optional(number)
                                                                          : std::nullopt;
}

} // namespace

std::string take_count(std::optional<std::uint64_t>& target, const std::string& value) {
    constexpr double count_max = 1e9;
    const double number = read_number(value).value_or(0);
    if (number < 1 || number > count_max || number != std::floor(number)) {
        return fmt::format("{} is no whole number from 1 to 1e9, like 2000 or 1e7", quote(value));
    }
    target = static_cast<std::uint64_t>(number);
    return {};
}

std::string take_percent(Percent& target, const std::string& value) {
    constexpr double all = 100;
    const auto number = read_number(value);
    if (!number || *number < 0 || *number > all) {
        return fmt::format("{} is no percentage from 0 to 100, like 2.5", quote(value));
    }
    target = *number;
    return {};
}

std::string take_percent(std::optional<Percent>& target, const std::string& value) {
    return take_percent(target.emplace(), value);
}

std::string take_rate(std::optional<double>& target, const std::string& value) {
    const auto rate = config::parse_rate(value);
    target = rate.value_or(1);
    return rate.has_value() ? "" : rate.error().message();
}

std::string take_delay(base::Duration& target, const std::string& value) {
    const auto delay =
        config::parse_span(value, {std::chrono::milliseconds(1), std::chrono::hours(1)});
    target = delay.value_or(target);
    return delay.has_value() ? "" : delay.error().message();
}

std::string take_arrival(simulate::Arrival& target, const std::string& value) {
    const auto arrival = simulate::parse_arrival(value);
    target = arrival.value_or(target);
    return arrival.has_value() ? "" : fmt::format("{} {}", quote(value), arrival.error().message());
}

} // namespace exarch::cli
