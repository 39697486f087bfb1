#include "aws/detail/json.hpp"

namespace exarch::aws {

std::string_view string_member(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    const boost::json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

const boost::json::array* array_member(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    return value == nullptr ? nullptr : value->if_array();
}

const boost::json::object* object_member(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    return value == nullptr ? nullptr : value->if_object();
}

} // namespace exarch::aws
