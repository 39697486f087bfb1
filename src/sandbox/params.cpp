#include "sandbox/params.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace exarch::sandbox {
namespace {

std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_good = error == std::errc() && end == text.data() + text.size() &&
                         std::isfinite(number) && number >= 0;
    return is_good ? std::optional(number) : std::nullopt;
}

} // namespace

base::Result<std::pair<std::string, Quota>> parse_quota(std::string_view text) {
    constexpr std::string_view right =
        "write it like cloudfront.CreateInvalidation=1/5, sts=600 or, without limit, sts=0";
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return base::invalid(fmt::format("\"{}\" is no quota; {}", text, right));
    }
    const std::string_view name = text.substr(0, equals);
    const std::string_view service = name.substr(0, name.find('.'));
    if (service != "cloudfront" && service != "sts" && service != "sqs" && service != "lambda") {
        return base::invalid(fmt::format(
            "\"{}\" names no service of cloudfront, lambda, sts, sqs; {}", name, right));
    }
    const std::string_view figures = text.substr(equals + 1);
    const std::size_t slash = std::min(figures.find('/'), figures.size());
    const auto rate = number_of(figures.substr(0, slash));
    const auto burst = slash == figures.size() ? std::optional(std::max(rate.value_or(1), 1.0))
                                               : number_of(figures.substr(slash + 1));
    if (!rate || !burst || *burst < 1) {
        return base::invalid(fmt::format(
            "\"{}\" is no rate a second with a burst of at least 1; {}", figures, right));
    }
    return std::pair(std::string(name), Quota{.rate = *rate, .burst = *burst});
}

base::Status add_fault(SandboxParams& params, std::string_view text) {
    const std::string_view name = text.substr(0, text.find('='));
    if (name == "duplicate") {
        EXARCH_TRY(params.sqs.faults.duplicate_probability, parse_probability(text));
        return {};
    }
    if (name == "disorder") {
        EXARCH_TRY(params.sqs.faults.disorder_probability, parse_probability(text));
        return {};
    }
    auto rule = parse_fault(text);
    if (!rule.has_value()) {
        const bool is_name = name.ends_with("_before") || name.ends_with("_after");
        return base::invalid(is_name ? rule.error().message()
                                     : rule.error().message() + ", duplicate, disorder");
    }
    params.faults.push_back(std::move(*rule));
    return {};
}

base::Result<ReferenceMode> parse_reference_mode(std::string_view text) {
    if (text == "replay") {
        return ReferenceMode::replay;
    }
    if (text == "exists") {
        return ReferenceMode::exists;
    }
    if (text == "argument") {
        return ReferenceMode::argument;
    }
    return base::invalid(fmt::format("\"{}\" is none of replay, exists, argument", text));
}

} // namespace exarch::sandbox
