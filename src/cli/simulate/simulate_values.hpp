#pragma once

#include "cli/command_line.hpp"

#include <optional>
#include <string>

namespace exarch::cli {

// Each takes a value as it is written on the command line; returns what is wrong with it and what
// would be right, or nothing.

/// A whole number from 1 to 10^9: `2000`, `1e7`.
std::string take_count(std::optional<std::uint64_t>& target, const std::string& value);
/// `0` to `100`, fractions too; kept as it is written.
std::string take_percent(Percent& target, const std::string& value);
std::string take_percent(std::optional<Percent>& target, const std::string& value);
/// Calls a second: more than 0, at most 10,000.
std::string take_rate(std::optional<double>& target, const std::string& value);
/// `1ms` to `1h`.
std::string take_delay(base::Duration& target, const std::string& value);
std::string take_arrival(simulate::Arrival& target, const std::string& value);

} // namespace exarch::cli
