#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace exarch::config {

/// How many letters must be added, left out, replaced or exchanged with their neighbour to make
/// one word of the other. Case counts.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate most like `word`, the first of equals; empty where none resembles it (more than
/// half of the letters differ).
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

} // namespace exarch::config
