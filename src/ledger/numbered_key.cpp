#include "ledger/numbered_key.hpp"

#include <charconv>
#include <system_error>

namespace exarch::ledger {
namespace {

template <class Number>
std::string format_key(const NumberedKey<Number>& key) {
    const std::string number = std::to_string(key.number.value());
    return key.account.empty() ? number : key.account.value() + ":" + number;
}

template <class Number>
std::optional<NumberedKey<Number>> parse_key(std::string_view text) {
    const std::size_t colon = text.find(':');
    const bool has_account = colon != std::string_view::npos;
    const std::string_view account = has_account ? text.substr(0, colon) : std::string_view();
    const std::string_view digits = has_account ? text.substr(colon + 1) : text;
    std::int64_t number = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    const bool is_written_so = error == std::errc() && stop == end && !digits.starts_with('0');
    if (!is_written_so || number <= 0 || account.empty() == has_account) {
        return std::nullopt;
    }
    return NumberedKey<Number>(base::AccountId(account), Number(number));
}

} // namespace

std::string format(const OperationKey& key) {
    return format_key(key);
}

std::string format(const TaskKey& key) {
    return format_key(key);
}

std::optional<OperationKey> parse_operation_key(std::string_view text) {
    return parse_key<OperationId>(text);
}

std::optional<TaskKey> parse_task_key(std::string_view text) {
    return parse_key<TaskId>(text);
}

} // namespace exarch::ledger
