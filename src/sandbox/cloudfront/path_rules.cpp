#include "sandbox/cloudfront/path_rules.hpp"

#include "base/text.hpp"
#include "sandbox/text.hpp"

#include <algorithm>

namespace exarch::sandbox {
namespace {

constexpr std::size_t path_max = 4000;
constexpr std::size_t tag_max = 256;

bool is_hex(std::string_view text) {
    return text.size() == 2 && std::ranges::all_of(base::lowered(text), [](char letter) {
               return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
           });
}

bool is_valid_tag(std::string_view tag) {
    return !tag.empty() && tag.size() <= tag_max && std::ranges::all_of(tag, [](char letter) {
        return letter >= '!' && letter <= '~' && letter != '*' && letter != ',';
    });
}

bool is_valid_rest(std::string_view path) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        const bool is_last_star = path[i] == '*' && i + 1 == path.size();
        if (path[i] == '%') {
            if (!is_hex(path.substr(i + 1, 2))) {
                return false;
            }
            i += 2;
        } else if (!is_last_star && !is_word_of(path.substr(i, 1), "-.~!$&'()+,;=:@/?")) {
            return false;
        }
    }
    return true;
}

} // namespace

bool is_wildcard(std::string_view path) {
    return path.starts_with('/') && path.ends_with('*');
}

bool is_valid_path(std::string_view path) {
    if (path.starts_with('#')) {
        return is_valid_tag(path.substr(1));
    }
    return path.starts_with('/') && path.size() <= path_max && is_valid_rest(path.substr(1));
}

} // namespace exarch::sandbox
