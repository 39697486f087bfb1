#include "cli/terminal/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstddef>

namespace exarch::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t step = 2;

bool fits_on_a_line(const json::value& value, std::size_t indent) {
    constexpr std::size_t columns = 80;
    const bool has_parts =
        (value.is_array() && !value.get_array().empty() && value.get_array()[0].is_structured()) ||
        (value.is_object() && !value.get_object().empty());
    return !has_parts && indent + json::serialize(value).size() <= columns;
}

void append(std::string& text, const json::value& value, std::size_t indent) {
    if (!value.is_structured() || fits_on_a_line(value, indent)) {
        text += json::serialize(value);
        return;
    }
    const std::string line = "\n" + std::string(indent + step, ' ');
    std::string separator = line;
    if (value.is_array()) {
        text += '[';
        for (const json::value& element : value.get_array()) {
            text += separator;
            append(text, element, indent + step);
            separator = "," + line;
        }
    } else {
        text += '{';
        for (const auto& [key, member] : value.get_object()) {
            text += separator + json::serialize(json::value(key)) + ": ";
            append(text, member, indent + step);
            separator = "," + line;
        }
    }
    text += "\n" + std::string(indent, ' ') + (value.is_array() ? ']' : '}');
}

} // namespace

std::string render_json(const json::value& value) {
    std::string text;
    append(text, value, 0);
    return text + "\n";
}

} // namespace exarch::cli
