#include "sandbox/sqs/protocol/protocol.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 8;
constexpr std::size_t parameters_max = 2000;

// Names of one form have parts between dots; parts that are numbers count items of a list, from 1:
// `SendMessageBatchRequestEntry.1.MessageAttribute.2.Value.DataType`.
struct Node {
    std::optional<std::string> value;
    std::map<std::string, Node, std::less<>> children;
};

enum class Shape { texts, map, structures };

struct Collection {
    /// What the form calls an item.
    std::string_view item;
    /// What the JSON protocol calls the whole.
    std::string_view member;
    Shape shape;
    /// Of maps: what key and value are called.
    std::string_view key = {};
    std::string_view value = {};
};

constexpr std::array<Collection, 13> collections{{
    {"AWSAccountId", "AWSAccountIds", Shape::texts},
    {"ActionName", "Actions", Shape::texts},
    {"Attribute", "Attributes", Shape::map, "Name", "Value"},
    {"AttributeName", "AttributeNames", Shape::texts},
    {"ChangeMessageVisibilityBatchRequestEntry", "Entries", Shape::structures},
    {"DeleteMessageBatchRequestEntry", "Entries", Shape::structures},
    {"MessageAttribute", "MessageAttributes", Shape::map, "Name", "Value"},
    {"MessageAttributeName", "MessageAttributeNames", Shape::texts},
    {"MessageSystemAttribute", "MessageSystemAttributes", Shape::map, "Name", "Value"},
    {"MessageSystemAttributeName", "MessageSystemAttributeNames", Shape::texts},
    {"SendMessageBatchRequestEntry", "Entries", Shape::structures},
    {"Tag", "Tags", Shape::map, "Key", "Value"},
    {"TagKey", "TagKeys", Shape::texts},
}};

constexpr std::array<std::string_view, 6> integer_members{
    "DelaySeconds", "MaxNumberOfMessages", "MaxNumberOfMessagesPerSecond",
    "MaxResults",   "VisibilityTimeout",   "WaitTimeSeconds"};

Fallible<std::string> decode(std::string_view text) {
    auto decoded = form_decoded(text);
    if (!decoded.has_value()) {
        return malformed("a % in the form is not followed by two hexadecimal digits");
    }
    return std::move(*decoded);
}

std::optional<std::int64_t> read_integer(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

Permitted insert(Node& root, std::string_view name, std::string value) {
    Node* node = &root;
    std::size_t depth = 0;
    for (std::string_view rest = name;;) {
        const std::size_t dot = rest.find('.');
        node = &node->children[std::string(rest.substr(0, dot))];
        if (++depth > depth_max) {
            return malformed("the name of a parameter has too many parts");
        }
        if (dot == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(dot + 1);
    }
    if (node->value.has_value()) {
        return malformed(fmt::format("the parameter {} is given twice", name));
    }
    node->value = std::move(value);
    return {};
}

Permitted read_pairs(Node& root, std::string_view form) {
    std::size_t count = 0;
    while (!form.empty()) {
        const std::size_t end = std::min(form.find('&'), form.size());
        const std::string_view pair = form.substr(0, end);
        form.remove_prefix(std::min(end + 1, form.size()));
        if (pair.empty()) {
            continue;
        }
        if (++count > parameters_max) {
            return malformed(fmt::format("more than {} parameters", parameters_max));
        }
        const std::size_t equals = std::min(pair.find('='), pair.size());
        EXARCH_TRY(const std::string name, decode(pair.substr(0, equals)));
        EXARCH_TRY(std::string value, decode(pair.substr(std::min(equals + 1, pair.size()))));
        // As JSON has it. Which of its characters a message may hold is another question, which
        // each entry of a batch answers for itself.
        if (!is_utf8(name) || !is_utf8(value)) {
            return malformed("the form is not UTF-8");
        }
        EXARCH_CHECK(insert(root, name, std::move(value)));
    }
    return {};
}

Fallible<std::vector<const Node*>> items_of(std::string_view name, const Node& list) {
    std::map<std::int64_t, const Node*> items;
    for (const auto& [index, item] : list.children) {
        const std::optional<std::int64_t> number = read_integer(index);
        if (!number.has_value() || *number < 1) {
            return malformed(fmt::format("{}.{}: items are counted from 1", name, index));
        }
        if (!items.emplace(*number, &item).second) {
            return malformed(fmt::format("{}.{}: given twice", name, index));
        }
    }
    std::vector<const Node*> result;
    result.reserve(items.size());
    for (const auto& [number, item] : items) {
        result.push_back(item);
    }
    return result;
}

Fallible<json::object> read_structure(const Node& node);

Fallible<json::value> read_value(std::string_view name, const Node& node) {
    if (!node.children.empty()) {
        EXARCH_TRY(json::object object, read_structure(node));
        return json::value(std::move(object));
    }
    const std::string& text = *node.value;
    if (std::ranges::find(integer_members, name) == integer_members.end()) {
        return json::value(json::string(text));
    }
    const std::optional<std::int64_t> number = read_integer(text);
    if (!number.has_value()) {
        return invalid_value(text, name, "Must be an integer.");
    }
    return json::value(*number);
}

Permitted read_entry(json::object& map, const Collection& collection, const Node& item) {
    const auto key = item.children.find(collection.key);
    const auto value = item.children.find(collection.value);
    if (key == item.children.end() || !key->second.value.has_value()) {
        return missing_parameter(fmt::format("{}.{}", collection.item, collection.key));
    }
    if (value == item.children.end()) {
        return missing_parameter(fmt::format("{}.{}", collection.item, collection.value));
    }
    EXARCH_TRY(json::value read, read_value(collection.value, value->second));
    if (!map.emplace(*key->second.value, std::move(read)).second) {
        return invalid_value(*key->second.value, collection.item, "The name is given twice.");
    }
    return {};
}

Fallible<json::value> read_collection(const Collection& collection, const Node& node) {
    json::array list;
    json::object map;
    EXARCH_TRY(const std::vector<const Node*> items, items_of(collection.item, node));
    for (const Node* const item : items) {
        if (collection.shape == Shape::map) {
            EXARCH_CHECK(read_entry(map, collection, *item));
        } else if (collection.shape == Shape::structures) {
            EXARCH_TRY(json::object structure, read_structure(*item));
            list.emplace_back(std::move(structure));
        } else if (item->value.has_value() && item->children.empty()) {
            list.emplace_back(json::string(*item->value));
        } else {
            return malformed(fmt::format("{}: items are texts", collection.item));
        }
    }
    return collection.shape == Shape::map ? json::value(std::move(map))
                                          : json::value(std::move(list));
}

// Clients write a list without items under its own name, with nothing behind it.
bool is_empty_list(std::string_view name, const Node& node) {
    const auto* const collection = std::ranges::find(collections, name, &Collection::member);
    return collection != collections.end() && collection->shape != Shape::map &&
           node.children.empty() && node.value == "";
}

Fallible<json::object> read_structure(const Node& node) {
    json::object object;
    for (const auto& [name, child] : node.children) {
        const auto* const collection = std::ranges::find(collections, name, &Collection::item);
        if (collection != collections.end() && !child.children.empty()) {
            EXARCH_TRY(json::value value, read_collection(*collection, child));
            object.insert_or_assign(collection->member, std::move(value));
        } else if (is_empty_list(name, child)) {
            object.insert_or_assign(name, json::array());
        } else if (child.children.empty() == child.value.has_value()) {
            EXARCH_TRY(json::value value, read_value(name, child));
            object.insert_or_assign(name, std::move(value));
        } else {
            return malformed(fmt::format("{} has a value and parts of its own", name));
        }
    }
    return object;
}

// Of a request that is no form at all AWS says so in an element alone.
std::unexpected<ServiceError> missing_action(const http::Request& request) {
    if (request.method == "GET") {
        return std::unexpected(
            ServiceError{.status = 404, .code = std::string(unknown_operation), .message = {}});
    }
    return refuse("MissingAction", "The request must contain the parameter Action.");
}

} // namespace

Fallible<Input> parse_query_request(const http::Request& request) {
    const std::size_t question = std::min(request.target.find('?'), request.target.size());
    const std::string_view target = request.target;
    Node root;
    EXARCH_CHECK(read_pairs(root, target.substr(std::min(question + 1, target.size()))));
    EXARCH_CHECK(read_pairs(root, request.body));
    Input input;
    EXARCH_TRY(input.parameters, read_structure(root));

    const json::value* const action = input.parameters.if_contains("Action");
    if (action == nullptr || !action->is_string()) {
        return missing_action(request);
    }
    input.operation = action->as_string();
    const bool is_at_queue = question > 1;
    if (is_at_queue && (input.operation == "CreateQueue" || input.operation == "ListQueues")) {
        return invalid_action(input.operation);
    }
    // Older clients post to the queue's own URL.
    if (is_at_queue && !input.parameters.contains("QueueUrl")) {
        input.parameters.emplace("QueueUrl", target.substr(0, question));
    }
    return input;
}

} // namespace exarch::sandbox::sqs
