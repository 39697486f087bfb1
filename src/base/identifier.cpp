#include "base/identifier.hpp"

#include <algorithm>

namespace exarch::base {

bool is_account_id(std::string_view text) {
    constexpr std::size_t digits = 12;
    return text.size() == digits &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace exarch::base
