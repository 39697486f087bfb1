#include "config/nearest.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <vector>

namespace exarch::config {
namespace {

std::size_t length_difference(std::string_view left, std::string_view right) {
    return std::max(left.size(), right.size()) - std::min(left.size(), right.size());
}

} // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before_last(right.size() + 1);
    std::vector<std::size_t> last(right.size() + 1);
    std::vector<std::size_t> current(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= left.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            current[j] = std::min({last[j] + 1, current[j - 1] + 1, replaced});
            const bool exchanged =
                i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if (exchanged) {
                current[j] = std::min(current[j], before_last[j - 2] + 1);
            }
        }
        std::swap(before_last, last);
        std::swap(last, current);
    }
    return last[right.size()];
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
    // Longer than any key: whatever it is, it is no slip of the finger, and comparing it is slow.
    constexpr std::size_t word_length_max = 128;
    if (word.size() > word_length_max) {
        return {};
    }
    // The wrong case is the smallest of slips.
    const std::string lowered = base::lowered(word);
    std::string best;
    std::size_t best_distance = word.size() / 2 + 1;
    for (const std::string& candidate : candidates) {
        // At least the difference in length lies between them.
        if (length_difference(word, candidate) >= best_distance) {
            continue;
        }
        const std::size_t distance = edit_distance(lowered, base::lowered(candidate));
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

} // namespace exarch::config
