#include "cli/command/option_values.hpp"

#include "base/identifier.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <limits>

namespace exarch::cli {

using config::quote;

std::string take_account(std::string& target, const std::string& value) {
    target = value;
    return base::is_account_id(value)
               ? ""
               : fmt::format("{} is no account id, which has exactly 12 digits", quote(value));
}

std::string take_operation(std::vector<std::int64_t>& target, const std::string& value) {
    const auto number = config::parse_whole(value, {1, std::numeric_limits<std::int64_t>::max()});
    target.push_back(number.value_or(0));
    return number.has_value() ? "" : number.error().message();
}

std::string take_choice(std::string& target, const std::string& value) {
    target = value;
    return value.empty() ? "what to choose by cannot be empty" : "";
}

std::string none_of(const std::string& value, std::string_view choices) {
    return fmt::format("{} is none of {}", quote(value), choices);
}

} // namespace exarch::cli
