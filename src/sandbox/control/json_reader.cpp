#include "sandbox/control/json_reader.hpp"

#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::sandbox {

base::Result<JsonReader> JsonReader::of(const boost::json::value& value, std::string place) {
    if (!value.is_object()) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("{}: must be an object", place.empty() ? "the body" : place)));
    }
    return JsonReader(value.get_object(), std::move(place));
}

std::string JsonReader::place(std::string_view member) const {
    return place_.empty() ? std::string(member) : fmt::format("{}.{}", place_, member);
}

base::Status JsonReader::allow_only(std::initializer_list<std::string_view> members) const {
    for (const auto& [key, value] : *object_) {
        const std::string_view name = key;
        if (std::ranges::find(members, name) == members.end()) {
            return wrong(name, fmt::format("is unknown; there is {}", fmt::join(members, ", ")));
        }
    }
    return {};
}

base::Result<const boost::json::value*> JsonReader::required(std::string_view member) const {
    const boost::json::value* value = find(member);
    if (value == nullptr) {
        return wrong(member, "is missing");
    }
    return value;
}

base::Result<std::string> JsonReader::name(std::string_view member, std::size_t length_max) const {
    EXARCH_CHECK(required(member));
    EXARCH_TRY(std::string value, text(member, ""));
    if (value.empty() || value.size() > length_max || !is_word_of(value, "+=,.@-")) {
        return wrong(member,
                     fmt::format("must have 1 to {} letters, digits and _+=,.@-", length_max));
    }
    return value;
}

base::Result<std::string> JsonReader::text(std::string_view member,
                                           std::string_view where_absent) const {
    const boost::json::value* value = find(member);
    if (value == nullptr) {
        return std::string(where_absent);
    }
    if (!value->is_string()) {
        return wrong(member, "must be a string");
    }
    return std::string(value->get_string());
}

base::Result<std::map<std::string, std::string>> JsonReader::texts(std::string_view member) const {
    std::map<std::string, std::string> texts;
    const boost::json::value* const value = find(member);
    if (value == nullptr) {
        return texts;
    }
    if (!value->is_object()) {
        return wrong(member, "must be an object of strings");
    }
    for (const auto& [key, text] : value->get_object()) {
        if (!text.is_string()) {
            return wrong(member, "must be an object of strings");
        }
        texts.emplace(key, text.get_string());
    }
    return texts;
}

base::Result<std::int64_t> JsonReader::number(std::string_view member,
                                              std::int64_t where_absent) const {
    const boost::json::value* value = find(member);
    if (value == nullptr) {
        return where_absent;
    }
    if (!value->is_int64()) {
        return wrong(member, "must be a whole number");
    }
    return value->get_int64();
}

base::Result<std::vector<JsonReader::Element>> JsonReader::elements(std::string_view member) const {
    std::vector<Element> elements;
    const boost::json::value* value = find(member);
    if (value == nullptr) {
        return elements;
    }
    if (!value->is_array()) {
        return wrong(member, "must be an array");
    }
    for (const boost::json::value& each : value->get_array()) {
        elements.emplace_back(&each, fmt::format("{}[{}]", place(member), elements.size()));
    }
    return elements;
}

const boost::json::value* JsonReader::find(std::string_view member) const {
    return object_->if_contains(boost::json::string_view(member.data(), member.size()));
}

std::unexpected<base::Error> JsonReader::wrong(std::string_view member,
                                               std::string_view what) const {
    return std::unexpected(
        base::Error(base::ErrorKind::invalid, fmt::format("{}: {}", place(member), what)));
}

} // namespace exarch::sandbox
