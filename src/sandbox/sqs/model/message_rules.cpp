#include "sandbox/sqs/model/message_rules.hpp"

#include "http/message.hpp"
#include "sandbox/sqs/model/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace exarch::sandbox::sqs {
namespace {

constexpr std::size_t name_characters_max = 256;
constexpr std::size_t token_characters_max = 128;
constexpr std::uint32_t not_a_character = 0xffffffff;

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::size_t length_of(unsigned char first) {
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xc2U && first < 0xe0U) {
        return 2;
    }
    if (first >= 0xe0U && first < 0xf0U) {
        return 3;
    }
    return first >= 0xf0U && first < 0xf5U ? 4 : 0;
}

// Takes the first character off the text. Overlong forms and surrogates are no characters.
std::uint32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = length_of(first);
    if (length == 0 || length > text.size()) {
        return not_a_character;
    }
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    std::uint32_t character = length == 1 ? first : first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xc0U) != 0x80U) {
            return not_a_character;
        }
        character = (character << 6U) | (byte & 0x3fU);
    }
    text.remove_prefix(length);
    return character < least[length] ? not_a_character : character;
}

bool is_allowed(std::uint32_t character) {
    return character == 0x9 || character == 0xa || character == 0xd ||
           (character >= 0x20 && character <= 0xd7ff) ||
           (character >= 0xe000 && character <= 0xfffd) ||
           (character >= 0x10000 && character <= 0x10ffff);
}

Permitted check_name(std::string_view name) {
    const auto is_part = [](char c) {
        return is_alphanumeric(c) || c == '_' || c == '-' || c == '.';
    };
    const auto starts_with = [&](std::string_view prefix) {
        return http::equal_ignoring_case(name.substr(0, prefix.size()), prefix);
    };
    if (name.empty() || name.size() > name_characters_max) {
        return invalid_parameter(fmt::format(
            "Message (user) attribute name must be 1 to {} characters long.", name_characters_max));
    }
    if (!std::ranges::all_of(name, is_part) || name.starts_with('.') || name.ends_with('.') ||
        name.contains("..")) {
        return invalid_parameter(
            fmt::format("The message (user) attribute name '{}' is invalid. Attribute name can "
                        "contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) "
                        "characters; no period first, last or after another.",
                        name));
    }
    if (starts_with("AWS.") || starts_with("Amazon.")) {
        return invalid_parameter(fmt::format("Message (user) attribute name '{}' starts with a "
                                             "reserved prefix: AWS. or Amazon.",
                                             name));
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
    return attribute.is_binary ? Permitted() : check_characters(attribute.value);
}

void append_counted(std::string& bytes, std::string_view part) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        bytes += static_cast<char>((part.size() >> shift) & 0xffU);
    }
    bytes += part;
}

} // namespace

Permitted check_characters(std::string_view text) {
    while (!text.empty()) {
        // Most of nearly every message is printable ASCII.
        if (text.front() >= 0x20 && text.front() <= 0x7e) {
            text.remove_prefix(1);
        } else if (!is_allowed(take_character(text))) {
            return refuse("InvalidMessageContents",
                          "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD "
                          "| #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
        }
    }
    return {};
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::uint32_t character = take_character(text);
        if (character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff)) {
            return false;
        }
    }
    return true;
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
            fmt::format("The message (user) attribute '{}' has an invalid message attribute type, "
                        "the set of supported type prefixes is Binary, Number, and String.",
                        name));
    }
    if (type.size() > name_characters_max) {
        return invalid_parameter(
            fmt::format("The type of message (user) attribute '{}' is longer than {} characters.",
                        name, name_characters_max));
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
