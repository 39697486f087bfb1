#include "aws/detail/ini.hpp"

#include "aws/detail/text.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace exarch::aws {
namespace {

bool is_blank(char letter) {
    return letter == ' ' || letter == '\t';
}

bool is_comment(std::string_view trimmed_line) {
    return trimmed_line.starts_with('#') || trimmed_line.starts_with(';');
}

/// A comment at the end of a line counts only after white space: `a#b` is a value.
std::string_view without_comment(std::string_view value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool begins = value[i] == '#' || value[i] == ';';
        if (begins && (i == 0 || is_blank(value[i - 1]))) {
            return trimmed(value.substr(0, i));
        }
    }
    return trimmed(value);
}

struct Property {
    std::string name;
    std::string value;
};

/// None where the line is no `name = value`.
std::optional<Property> parse_property(std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || trimmed(line.substr(0, equals)).empty()) {
        return std::nullopt;
    }
    return Property{base::lowered(trimmed(line.substr(0, equals))),
                    std::string(without_comment(line.substr(equals + 1)))};
}

/// Reads one line after another; what an indented line means depends on those before it.
class IniReader {
public:
    explicit IniReader(const std::string& file) : file_(file) {}

    base::Status read_line(std::string_view line) {
        ++line_;
        const std::string_view text = trimmed(line);
        if (text.empty() || is_comment(text)) {
            return {};
        }
        if (is_blank(line.front()) && current_.has_value()) {
            return read_indented(text);
        }
        return text.front() == '[' ? read_title(text) : read_property(text);
    }

    [[nodiscard]] std::vector<IniSection> take() { return std::move(sections_); }

private:
    [[nodiscard]] std::unexpected<base::Error> wrong(std::string_view what) const {
        return std::unexpected(base::Error(base::ErrorKind::invalid,
                                           fmt::format("{}, line {}: {}", file_, line_, what)));
    }

    base::Status read_title(std::string_view text) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos || !without_comment(text.substr(close + 1)).empty()) {
            return wrong("a section's title is `[name]` on a line of its own");
        }
        sections_.push_back({std::string(trimmed(text.substr(1, close - 1))), line_, {}});
        current_.reset();
        return {};
    }

    base::Status read_property(std::string_view text) {
        std::optional<Property> property = parse_property(text);
        if (!property.has_value()) {
            return wrong("expected `name = value`");
        }
        if (sections_.empty()) {
            return wrong("a setting stands before the first `[section]`");
        }
        sections_.back().content.values[property->name] = std::move(property->value);
        current_ = std::move(property->name);
        return {};
    }

    base::Status read_indented(std::string_view text) {
        ProfileSection& content = sections_.back().content;
        std::string& value = content.values[*current_];
        if (!value.empty()) {
            value.append("\n").append(without_comment(text));
            return {};
        }
        std::optional<Property> property = parse_property(text);
        if (!property.has_value()) {
            return wrong(fmt::format("expected `name = value`, nested under `{}`", *current_));
        }
        content.nested[*current_][property->name] = std::move(property->value);
        return {};
    }

    const std::string& file_;
    int line_ = 0;
    std::vector<IniSection> sections_;
    /// The name of the last setting that was not indented.
    std::optional<std::string> current_;
};

} // namespace

base::Result<std::vector<IniSection>> parse_ini(const ProfileText& text) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    std::string_view rest = text.text;
    if (rest.starts_with(byte_order_mark)) {
        rest.remove_prefix(byte_order_mark.size());
    }
    IniReader reader(text.file);
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        EXARCH_CHECK(reader.read_line(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return reader.take();
}

} // namespace exarch::aws
