#include "aws/dynamodb/item_json.hpp"

#include <string>
#include <utility>

namespace exarch::aws {

namespace json = boost::json;

json::object to_json(const Item& item) {
    json::object object;
    object.reserve(item.size());
    for (const auto& [name, value] : item) {
        object.emplace(name, to_json(value));
    }
    return object;
}

json::value to_json(const AttributeValue& value) {
    if (const std::string* text = value.text()) {
        return {{"S", *text}};
    }
    if (const AttributeValue::Number* number = value.number()) {
        return {{"N", number->digits}};
    }
    if (const bool* truth = value.truth()) {
        return {{"BOOL", *truth}};
    }
    if (const AttributeValue::List* list = value.list()) {
        json::array array;
        array.reserve(list->size());
        for (const AttributeValue& each : *list) {
            array.push_back(to_json(each));
        }
        return {{"L", std::move(array)}};
    }
    if (const AttributeValue::Map* map = value.map()) {
        return {{"M", to_json(*map)}};
    }
    return {{"NULL", true}};
}

Item item_of(const json::object& object) {
    Item item;
    for (const json::key_value_pair& each : object) {
        item.emplace(each.key(), value_of(each.value()));
    }
    return item;
}

AttributeValue value_of(const json::value& value) {
    const json::object* object = value.if_object();
    if (object == nullptr || object->size() != 1) {
        return {};
    }
    const auto& [type, content] = *object->begin();
    if (const json::string* text = content.if_string()) {
        std::string copy(text->data(), text->size());
        return type == "S"   ? AttributeValue(std::move(copy))
               : type == "N" ? AttributeValue(AttributeValue::Number{std::move(copy)})
                             : AttributeValue();
    }
    if (const bool* truth = content.if_bool(); truth != nullptr && type == "BOOL") {
        return AttributeValue(*truth);
    }
    if (const json::array* array = content.if_array(); array != nullptr && type == "L") {
        AttributeValue::List list;
        list.reserve(array->size());
        for (const json::value& each : *array) {
            list.push_back(value_of(each));
        }
        return AttributeValue(std::move(list));
    }
    if (const json::object* map = content.if_object(); map != nullptr && type == "M") {
        return AttributeValue(item_of(*map));
    }
    return {};
}

} // namespace exarch::aws
