#include "sandbox/sqs/protocol/parameters.hpp"

#include <fmt/format.h>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

std::string_view name_of(json::kind kind) {
    switch (kind) {
    case json::kind::string:
        return "STRING_VALUE";
    case json::kind::array:
        return "START_ARRAY";
    case json::kind::object:
        return "START_OBJECT";
    case json::kind::bool_:
        return "BOOLEAN_VALUE";
    default:
        return "NUMBER_VALUE";
    }
}

std::unexpected<ServiceError> wrong_type(std::string_view name, const json::value& value,
                                         std::string_view wanted) {
    return malformed(
        fmt::format("{}: {} can not be converted to {}", name, name_of(value.kind()), wanted));
}

} // namespace

const json::value* Parameters::find(std::string_view name) const {
    const json::value* const value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

bool Parameters::is_blank(std::string_view name) const {
    const json::value* const value = find(name);
    return value == nullptr || (value->is_string() && value->as_string().empty()) ||
           (value->is_array() && value->as_array().empty());
}

Fallible<std::optional<std::string>> Parameters::text(std::string_view name) const {
    const json::value* const value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_string()) {
        return wrong_type(name, *value, "a String");
    }
    return std::string(value->as_string());
}

Fallible<std::string> Parameters::required_text(std::string_view name) const {
    EXARCH_TRY(std::optional<std::string> value, text(name));
    if (!value.has_value() || value->empty()) {
        return missing_parameter(name);
    }
    return std::move(*value);
}

Fallible<std::optional<std::int64_t>> Parameters::integer(std::string_view name) const {
    const json::value* const value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_int64()) {
        return wrong_type(name, *value, "an Integer");
    }
    return value->as_int64();
}

Fallible<std::vector<std::string>> Parameters::texts(std::string_view name) const {
    std::vector<std::string> result;
    EXARCH_TRY(const json::array* const values, list(name));
    if (values == nullptr) {
        return result;
    }
    for (const json::value& value : *values) {
        if (!value.is_string()) {
            return wrong_type(name, value, "a String");
        }
        result.emplace_back(value.as_string());
    }
    return result;
}

Fallible<std::map<std::string, std::string>> Parameters::text_map(std::string_view name) const {
    EXARCH_TRY(const json::object* const map, object(name));
    std::map<std::string, std::string> result;
    if (map == nullptr) {
        return result;
    }
    for (const auto& [key, value] : *map) {
        if (!value.is_string()) {
            return wrong_type(name, value, "a String");
        }
        result.emplace(key, value.as_string());
    }
    return result;
}

Fallible<const json::array*> Parameters::list(std::string_view name) const {
    const json::value* const value = find(name);
    if (value != nullptr && !value->is_array()) {
        return wrong_type(name, *value, "a List");
    }
    return value == nullptr ? nullptr : &value->as_array();
}

Fallible<const json::object*> Parameters::object(std::string_view name) const {
    const json::value* const value = find(name);
    if (value != nullptr && !value->is_object()) {
        return wrong_type(name, *value, "a Structure");
    }
    return value == nullptr ? nullptr : &value->as_object();
}

Fallible<std::vector<const json::object*>> Parameters::objects(std::string_view name) const {
    std::vector<const json::object*> result;
    EXARCH_TRY(const json::array* const values, list(name));
    if (values == nullptr) {
        return result;
    }
    for (const json::value& value : *values) {
        if (!value.is_object()) {
            return wrong_type(name, value, "a Structure");
        }
        result.push_back(&value.as_object());
    }
    return result;
}

Fallible<std::optional<std::int64_t>> read_integer(const Parameters& parameters,
                                                   const IntegerRange& range) {
    EXARCH_TRY(const std::optional<std::int64_t> value, parameters.integer(range.name));
    if (value.has_value() && (*value < range.least || *value > range.most)) {
        return invalid_value(fmt::to_string(*value), range.name, range.rule);
    }
    return value;
}

} // namespace exarch::sandbox::sqs
