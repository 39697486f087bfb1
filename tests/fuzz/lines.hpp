#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace exarch {

/// The first line, which goes from the text with its end.
inline std::string_view take_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

/// What lines of `NAME=value` set, for a base::Environment; the first one of a name counts.
inline std::map<std::string, std::string, std::less<>> parse_variables(std::string_view text) {
    std::map<std::string, std::string, std::less<>> variables;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const std::size_t equals = std::min(line.find('='), line.size());
        variables.emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
    }
    return variables;
}

} // namespace exarch
