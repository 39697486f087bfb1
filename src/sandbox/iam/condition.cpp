#include "sandbox/iam/condition.hpp"

#include "base/text.hpp"
#include "sandbox/iam/wildcard.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;

struct Operator {
    std::string_view name;
    Comparison comparison;
    bool is_negated;
};

constexpr std::array<Operator, 9> operators = {{
    {"StringEquals", Comparison::equal, false},
    {"StringNotEquals", Comparison::equal, true},
    {"StringLike", Comparison::like, false},
    {"StringNotLike", Comparison::like, true},
    {"ArnEquals", Comparison::arn, false},
    {"ArnNotEquals", Comparison::arn, true},
    {"ArnLike", Comparison::arn, false},
    {"ArnNotLike", Comparison::arn, true},
    {"Bool", Comparison::boolean, false},
}};

// aws:SourceArn and aws:SourceAccount are set on calls that one AWS service makes to another. There
// are none of those here, so they are known and always absent.
constexpr std::array<std::string_view, 17> known_keys = {
    "aws:federatedprovider", "aws:principalaccount",
    "aws:principalarn",      "aws:principalisawsservice",
    "aws:principaltype",     "aws:requestedregion",
    "aws:resourceaccount",   "aws:securetransport",
    "aws:sourceaccount",     "aws:sourcearn",
    "aws:sourceidentity",    "aws:userid",
    "aws:username",          "aws:viaawsservice",
    "sts:externalid",        "sts:rolesessionname",
    "sts:sourceidentity",
};

base::Error wrong(std::string text) {
    return {base::ErrorKind::invalid, std::move(text)};
}

/// What AWS has, or may have, and the sandbox cannot judge.
base::Error lacking(std::string text) {
    return {base::ErrorKind::not_found, std::move(text)};
}

bool is_known_key(std::string_view key) {
    return std::ranges::find(known_keys, key) != known_keys.end() ||
           key.starts_with("aws:principaltag/") || key.starts_with("aws:requesttag/") ||
           is_provider_key(key);
}

bool matches(Comparison comparison, std::string_view pattern, std::string_view value) {
    switch (comparison) {
    case Comparison::equal:
        return pattern == value;
    case Comparison::like:
        return matches_wildcard(pattern, value);
    case Comparison::arn:
        return matches_arn(pattern, value);
    case Comparison::boolean:
        break;
    }
    return base::lowered(pattern) == base::lowered(value);
}

base::Result<std::string> parse_value(const json::value& value, Comparison comparison,
                                      const std::string& place) {
    std::string text;
    if (const auto* string = value.if_string()) {
        text = std::string(*string);
    } else if (value.is_bool()) {
        text = value.get_bool() ? "true" : "false";
    } else {
        return std::unexpected(wrong(fmt::format("{}: a value must be a string", place)));
    }
    if (text.contains("${")) {
        return std::unexpected(
            lacking(fmt::format("{}: policy variables (${{…}}) are not in this sandbox", place)));
    }
    if (comparison == Comparison::boolean && text != "true" && text != "false") {
        return std::unexpected(wrong(fmt::format("{}: Bool takes \"true\" or \"false\"", place)));
    }
    return text;
}

base::Status parse_values(Condition& condition, const json::value& given,
                          const std::string& place) {
    const json::array one{given};
    const json::array& all = given.is_array() ? given.get_array() : one;
    if (all.empty()) {
        return std::unexpected(wrong(fmt::format("{}: needs at least one value", place)));
    }
    for (const json::value& value : all) {
        EXARCH_TRY(std::string text, parse_value(value, condition.comparison, place));
        condition.values.push_back(std::move(text));
    }
    return {};
}

base::Result<Condition> parse_operator(std::string_view name, const std::string& place) {
    constexpr std::string_view suffix = "IfExists";
    Condition condition;
    condition.if_exists = name.ends_with(suffix);
    const std::string_view bare =
        condition.if_exists ? name.substr(0, name.size() - suffix.size()) : name;
    const auto found = std::ranges::find(operators, bare, &Operator::name);
    if (found == operators.end()) {
        std::string names;
        for (const Operator& each : operators) {
            names += (names.empty() ? "" : ", ") + std::string(each.name);
        }
        return std::unexpected(lacking(
            fmt::format("{}: the operator {} is not in this sandbox. There is: {}, each with "
                        "IfExists",
                        place, name, names)));
    }
    condition.comparison = found->comparison;
    condition.is_negated = found->is_negated;
    return condition;
}

} // namespace

bool is_provider_key(std::string_view key) {
    const std::size_t colon = key.rfind(':');
    if (colon == std::string_view::npos ||
        (key.substr(colon) != ":aud" && key.substr(colon) != ":sub")) {
        return false;
    }
    const std::string_view provider = key.substr(0, colon);
    return provider.substr(0, provider.find('/')).contains('.') && is_word_of(provider, ".-/~%");
}

bool holds(const Condition& condition, const ConditionKeys& keys) {
    const auto found = keys.find(condition.key);
    if (found == keys.end()) {
        return condition.if_exists || condition.is_negated;
    }
    const bool has_one = std::ranges::any_of(condition.values, [&](const std::string& value) {
        return matches(condition.comparison, value, found->second);
    });
    return has_one != condition.is_negated;
}

base::Result<std::vector<Condition>> parse_conditions(const json::value& block,
                                                      const std::string& place) {
    std::vector<Condition> conditions;
    if (!block.is_object()) {
        return std::unexpected(wrong(fmt::format("{}: must be an object", place)));
    }
    for (const auto& [name, entries] : block.get_object()) {
        const std::string operator_place = fmt::format("{}.{}", place, std::string_view(name));
        EXARCH_TRY(const Condition pattern, parse_operator(name, place));
        if (!entries.is_object() || entries.get_object().empty()) {
            return std::unexpected(
                wrong(fmt::format("{}: must be an object of keys and values", operator_place)));
        }
        for (const auto& [key, values] : entries.get_object()) {
            Condition condition = pattern;
            condition.key = base::lowered(key);
            const std::string key_place =
                fmt::format("{}.{}", operator_place, std::string_view(key));
            if (!is_known_key(condition.key)) {
                return std::unexpected(lacking(
                    fmt::format("{}: the condition key is not in this sandbox. There is: {}, "
                                "aws:principaltag/KEY, aws:requesttag/KEY, PROVIDER:aud, "
                                "PROVIDER:sub",
                                key_place, fmt::join(known_keys, ", "))));
            }
            EXARCH_CHECK(parse_values(condition, values, key_place));
            conditions.push_back(std::move(condition));
        }
    }
    return conditions;
}

} // namespace exarch::sandbox
