#include "sandbox/lambda/body.hpp"

#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::sandbox::lambda {
namespace {

namespace json = boost::json;

// The longest request that Lambda takes: 50 MB of code, in Base64.
constexpr std::size_t request_bytes_max = 70'167'211;

std::unexpected<ServiceError> malformed(std::string message) {
    return std::unexpected(
        ServiceError{.code = "SerializationException", .message = std::move(message)});
}

std::unexpected<ServiceError> wrong_type(std::string_view name, std::string_view right) {
    return malformed(fmt::format("{} must be {}", name, right));
}

} // namespace

Fallible<Body> Body::parse(std::string_view text) {
    if (text.empty()) {
        return Body(json::object());
    }
    auto value = base::parse_json(text, {.bytes_max = request_bytes_max});
    if (!value.has_value()) {
        return malformed(value.error().message());
    }
    if (!value->is_object()) {
        return malformed("Start of structure or map found where not expected.");
    }
    return Body(std::move(value->get_object()));
}

Permitted Body::allow_only(std::initializer_list<std::string_view> names) const {
    for (const auto& [key, value] : object_) {
        const std::string_view name = key;
        const bool says_nothing = value.is_null() ||
                                  (value.is_object() && value.get_object().empty()) ||
                                  (value.is_array() && value.get_array().empty());
        if (!says_nothing && std::ranges::find(names, name) == names.end()) {
            return lacking(name, fmt::format("{}", fmt::join(names, ", ")));
        }
    }
    return {};
}

const json::value* Body::find(std::string_view name) const {
    const json::value* const value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

Fallible<std::optional<std::string>> Body::text(std::string_view name) const {
    const json::value* const value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_string()) {
        return wrong_type(name, "a string");
    }
    return std::string(value->get_string());
}

Fallible<std::optional<std::int64_t>> Body::integer(const IntegerRange& range) const {
    const json::value* const value = find(range.name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_int64()) {
        return wrong_type(range.name, "a whole number");
    }
    const std::int64_t number = value->get_int64();
    if (number < range.least) {
        return breaks_constraint(
            fmt::to_string(number), range.member,
            fmt::format("have value greater than or equal to {}", range.least));
    }
    if (number > range.most) {
        return breaks_constraint(fmt::to_string(number), range.member,
                                 fmt::format("have value less than or equal to {}", range.most));
    }
    return number;
}

Fallible<std::optional<bool>> Body::boolean(std::string_view name) const {
    const json::value* const value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_bool()) {
        return wrong_type(name, "true or false");
    }
    return value->get_bool();
}

Fallible<std::optional<Body>> Body::object(std::string_view name) const {
    const json::value* const value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_object()) {
        return wrong_type(name, "an object");
    }
    return Body(value->get_object());
}

Fallible<std::optional<std::vector<std::string>>> Body::texts(std::string_view name) const {
    const json::value* const value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> texts;
    const bool is_array = value->is_array();
    for (const json::value& each : is_array ? value->get_array() : json::array()) {
        if (!each.is_string()) {
            return wrong_type(name, "a list of strings");
        }
        texts.emplace_back(each.get_string());
    }
    if (!is_array) {
        return wrong_type(name, "a list of strings");
    }
    return texts;
}

Fallible<std::map<std::string, std::string>> Body::entries() const {
    std::map<std::string, std::string> entries;
    for (const auto& [key, value] : object_) {
        if (!value.is_string()) {
            return wrong_type(std::string_view(key), "a string");
        }
        entries.emplace(key, value.get_string());
    }
    return entries;
}

} // namespace exarch::sandbox::lambda
