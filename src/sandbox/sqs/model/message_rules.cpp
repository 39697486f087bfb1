#include "sandbox/sqs/model/message_rules.hpp"

#include "http/message.hpp"
#include "sandbox/sqs/model/digest.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace exarch::sandbox::sqs {
namespace {

constexpr std::size_t attribute_name_characters_max = 256;
constexpr std::size_t token_characters_max = 128;

Permitted check_name(std::string_view name) {
    const auto starts_with = [&](std::string_view prefix) {
        return http::equal_ignoring_case(name.substr(0, prefix.size()), prefix);
    };
    if (name.empty() || name.size() > attribute_name_characters_max) {
        return invalid_parameter(
            fmt::format("Message (user) attribute name must be 1 to {} characters long.",
                        attribute_name_characters_max));
    }
    if (!is_name_of(name, "-.") || name.starts_with('.') || name.ends_with('.') ||
        name.contains("..")) {
        return invalid_parameter(
            fmt::format("The message (user) attribute name '{}' is invalid. Attribute name can "
                        "contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) "
                        "characters; no period first, last or after another.",
                        name));
    }
    if (starts_with("AWS.") || starts_with("Amazon.")) {
        return invalid_parameter("You can't use message attribute names beginning with 'AWS.' or "
                                 "'Amazon.'. These strings are reserved for internal use.");
    }
    return {};
}

bool is_number(std::string_view text) {
    double value = 0;
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool has_letters = text.find_first_of("infINFaA") != std::string_view::npos;
    return error == std::errc() && stop == end && !has_letters;
}

Permitted check_value(std::string_view name, const MessageAttribute& attribute) {
    const std::string_view kind =
        std::string_view(attribute.type)
            .substr(0, std::min(attribute.type.find('.'), attribute.type.size()));
    if (attribute.value.empty()) {
        return invalid_parameter(
            fmt::format("Message (user) attribute '{}' must contain a non-empty value of type "
                        "'{}'.",
                        name, kind));
    }
    if (attribute.is_binary != (kind == "Binary")) {
        return invalid_parameter(fmt::format("The message (user) attribute '{}' with type '{}' "
                                             "must use field '{}'.",
                                             name, attribute.type,
                                             kind == "Binary" ? "Binary" : "String"));
    }
    if (kind == "Number" && !is_number(attribute.value)) {
        return invalid_parameter(fmt::format(
            "Can't cast the value of message (user) attribute '{}' to a number.", name));
    }
    if (attribute.is_binary) {
        return {};
    }
    // Those of a body have a code of their own; these don't.
    if (const Permitted checked = check_characters(attribute.value); !checked.has_value()) {
        return invalid_parameter(checked.error().message);
    }
    return {};
}

void append_counted(std::string& bytes, std::string_view part) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        bytes += static_cast<char>((part.size() >> shift) & 0xffU);
    }
    bytes += part;
}

} // namespace

Permitted check_characters(std::string_view text) {
    if (!is_xml_text(text)) {
        return refuse("InvalidMessageContents",
                      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | "
                      "#x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
    }
    return {};
}

Permitted check_attribute(std::string_view name, const MessageAttribute& attribute) {
    EXARCH_CHECK(check_name(name));
    const std::string& type = attribute.type;
    if (type.empty()) {
        return invalid_parameter(fmt::format("The message (user) attribute '{}' must contain a "
                                             "non-empty attribute type.",
                                             name));
    }
    const std::string_view kind = std::string_view(type).substr(0, type.find('.'));
    if (kind != "String" && kind != "Number" && kind != "Binary") {
        return invalid_parameter(
            fmt::format("The type of message (user) attribute '{}' is invalid. You must use only "
                        "the following supported type prefixes: Binary, Number, String.",
                        name));
    }
    if (type.size() > attribute_name_characters_max) {
        return invalid_parameter(
            fmt::format("The type of message (user) attribute '{}' is longer than {} characters.",
                        name, attribute_name_characters_max));
    }
    EXARCH_CHECK(check_characters(type));
    return check_value(name, attribute);
}

Permitted check_token(std::string_view value, std::string_view parameter) {
    const auto is_part = [](char c) { return c > ' ' && c <= '~'; };
    if (value.empty() || value.size() > token_characters_max ||
        !std::ranges::all_of(value, is_part)) {
        return invalid_value(value, parameter,
                             fmt::format("{} can only include alphanumeric and punctuation "
                                         "characters. 1 to {} in length.",
                                         parameter, token_characters_max));
    }
    return {};
}

std::size_t size_of(const Message& message) {
    std::size_t size = message.body.size();
    for (const auto& [name, attribute] : message.attributes) {
        size += name.size() + attribute.type.size() + attribute.value.size();
    }
    return size;
}

std::string md5_of(const MessageAttributes& attributes) {
    if (attributes.empty()) {
        return {};
    }
    constexpr char string_transport = 1;
    constexpr char binary_transport = 2;
    std::string bytes;
    for (const auto& [name, attribute] : attributes) {
        append_counted(bytes, name);
        append_counted(bytes, attribute.type);
        bytes += attribute.is_binary ? binary_transport : string_transport;
        append_counted(bytes, attribute.value);
    }
    return md5_hex(bytes);
}

} // namespace exarch::sandbox::sqs
