#pragma once

#include "ledger/numbered_key.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::cli {

// Values of options that several verbs have. Each takes the value as written and returns what is
// wrong with it, or nothing.

[[nodiscard]] std::string take_account(std::string& target, const std::string& value);
[[nodiscard]] std::string take_operation(std::vector<ledger::OperationKey>& target,
                                         const std::string& value);
/// The name of a function of Lambda, without an ARN around it.
[[nodiscard]] std::string take_function(std::string& target, const std::string& value);
/// What is wrong with a text that is to travel as JSON.
[[nodiscard]] std::string not_utf8(std::string_view value);
/// An empty one would choose everything.
[[nodiscard]] std::string take_choice(std::string& target, const std::string& value);

/// `"x" is none of a, b, c`
[[nodiscard]] std::string none_of(const std::string& value, std::string_view choices);

} // namespace exarch::cli
