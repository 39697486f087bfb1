#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace exarch::simulate {

/// How many items an account has sent, by action.
using ItemsByAction = std::map<std::string, std::size_t, std::less<>>;

/// What AWS charges an account for them, where nothing else of this month has used up what is free.
[[nodiscard]] double dollars_for(const ItemsByAction& items);

} // namespace exarch::simulate
