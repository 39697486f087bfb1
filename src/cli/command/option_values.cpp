#include "cli/command/option_values.hpp"

#include "base/identifier.hpp"
#include "base/text.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace exarch::cli {

using config::quote;

std::string take_account(std::string& target, const std::string& value) {
    target = value;
    return base::is_account_id(value)
               ? ""
               : fmt::format("{} is no account id, which has exactly 12 digits", quote(value));
}

std::string take_operation(std::vector<ledger::OperationKey>& target, const std::string& value) {
    if (value.contains(':')) {
        const auto key = ledger::parse_operation_key(value);
        const bool is_key = key.has_value() && base::is_account_id(key->account.value());
        target.push_back(key.value_or(ledger::OperationKey()));
        return is_key ? ""
                      : quote(value) + " is no operation of an account, like 111122223333:1048576";
    }
    const auto number = config::parse_whole(value, {1, std::numeric_limits<std::int64_t>::max()});
    target.emplace_back(ledger::OperationId(number.value_or(0)));
    return number.has_value() ? "" : number.error().message();
}

std::string take_function(std::string& target, const std::string& value) {
    constexpr std::size_t letters_max = 64;
    target = value;
    const bool fits =
        !value.empty() && value.size() <= letters_max && std::ranges::all_of(value, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '_';
        });
    return fits ? ""
                : fmt::format("{} is no function's name: 1 to 64 letters, digits, - and _",
                              quote(value));
}

std::string not_utf8(std::string_view value) {
    const std::string_view good = value.substr(0, base::utf8_bytes(value));
    if (good.size() == value.size()) {
        return {};
    }
    return fmt::format("byte 0x{:02x} after {} is not UTF-8; percent-encode it, or write it in "
                       "UTF-8",
                       static_cast<unsigned char>(value[good.size()]), quote(good));
}

std::string take_choice(std::string& target, const std::string& value) {
    target = value;
    return value.empty() ? "what to choose by cannot be empty" : "";
}

std::string none_of(const std::string& value, std::string_view choices) {
    return fmt::format("{} is none of {}", quote(value), choices);
}

} // namespace exarch::cli
