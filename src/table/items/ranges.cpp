#include "table/items/ranges.hpp"

#include "table/items/attributes.hpp"
#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace exarch::table {
namespace {

using ledger::OperationId;

/// Takes a number from the front of the text; none where there is none.
std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || number < 0) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return number;
}

std::unexpected<base::Error> unfit(std::string_view text) {
    constexpr std::size_t shown = 64;
    return std::unexpected(
        corrupt(fmt::format("`{}` are no ranges of numbers", text.substr(0, shown))));
}

} // namespace

std::string format_ranges(std::span<const std::int64_t> numbers) {
    std::string text;
    for (std::size_t first = 0; first < numbers.size();) {
        std::size_t last = first;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) {
            ++last;
        }
        text += fmt::format("{}{}", text.empty() ? "" : ",", numbers[first]);
        if (last > first) {
            text += fmt::format("-{}", numbers[last]);
        }
        first = last + 1;
    }
    return text;
}

base::Result<std::vector<std::int64_t>> parse_ranges(std::string_view text, std::int64_t limit) {
    std::vector<std::int64_t> numbers;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::optional<std::int64_t> first = take_number(rest);
        std::optional<std::int64_t> last = first;
        if (rest.starts_with('-')) {
            rest.remove_prefix(1);
            last = take_number(rest);
        }
        if (!first || !last || *last < *first || *last >= limit ||
            *last - *first >= limit - std::ssize(numbers)) {
            return unfit(text);
        }
        for (std::int64_t number = *first; number <= *last; ++number) {
            numbers.push_back(number);
        }
        if (rest.empty()) {
            break;
        }
        if (!rest.starts_with(',') || rest.size() == 1) {
            return unfit(text);
        }
        rest.remove_prefix(1);
    }
    return numbers;
}

aws::AttributeValue format_operations(std::vector<OperationId> operations) {
    std::ranges::sort(operations);
    aws::AttributeValue::List list;
    for (std::size_t first = 0; first < operations.size();) {
        const std::int64_t batch = batch_of(operations[first]);
        std::vector<std::int64_t> places;
        std::size_t next = first;
        for (; next < operations.size() && batch_of(operations[next]) == batch; ++next) {
            places.push_back(place_of(operations[next]));
        }
        list.emplace_back(fmt::format("{}:{}", batch, format_ranges(places)));
        first = next;
    }
    return aws::AttributeValue(std::move(list));
}

base::Result<std::vector<OperationId>> parse_operations(const aws::AttributeValue::List& list) {
    std::vector<OperationId> operations;
    for (const aws::AttributeValue& each : list) {
        const std::string_view text = each.text() == nullptr ? std::string_view() : *each.text();
        std::string_view rest = text;
        const std::optional<std::int64_t> batch = take_number(rest);
        if (!batch.has_value() || *batch > numbered_max || !rest.starts_with(':')) {
            return unfit(text);
        }
        rest.remove_prefix(1);
        EXARCH_TRY(const std::vector<std::int64_t> places,
                   parse_ranges(rest, batch_operations_max));
        if (places.size() > operations_max - operations.size()) {
            return std::unexpected(corrupt(fmt::format("more than {} operations", operations_max)));
        }
        for (const std::int64_t place : places) {
            operations.push_back(operation_id(*batch, place));
        }
    }
    if (!std::ranges::is_sorted(operations, std::less_equal<>())) {
        return std::unexpected(corrupt("operations that are not in ascending order"));
    }
    return operations;
}

} // namespace exarch::table
