#include "sandbox/iam/wildcard.hpp"

#include <cstddef>

namespace exarch::sandbox {

// Goes back to the last `*` only, which is enough and keeps it linear for all patterns of use.
bool matches_wildcard(std::string_view pattern, std::string_view text) {
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    std::size_t star = std::string_view::npos;
    std::size_t after_star = 0;
    while (at < text.size()) {
        const bool is_star = in_pattern < pattern.size() && pattern[in_pattern] == '*';
        if (is_star) {
            star = in_pattern++;
            after_star = at;
        } else if (in_pattern < pattern.size() &&
                   (pattern[in_pattern] == '?' || pattern[in_pattern] == text[at])) {
            ++in_pattern;
            ++at;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            at = ++after_star;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

bool matches_arn(std::string_view pattern, std::string_view arn) {
    constexpr int parts = 6;
    for (int part = 1; part < parts; ++part) {
        const std::size_t pattern_end = pattern.find(':');
        const std::size_t arn_end = arn.find(':');
        if (pattern_end == std::string_view::npos || arn_end == std::string_view::npos ||
            !matches_wildcard(pattern.substr(0, pattern_end), arn.substr(0, arn_end))) {
            return false;
        }
        pattern.remove_prefix(pattern_end + 1);
        arn.remove_prefix(arn_end + 1);
    }
    return matches_wildcard(pattern, arn);
}

} // namespace exarch::sandbox
