#pragma once

#include "tidy/findings.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::tidy {

/// A piece of C++ that is not written here, and what is written instead.
struct BannedWord {
    /// One token or several: `std::thread`.
    std::string_view word;
    std::string_view instead;
    /// Where it is banned: files whose paths begin with one of these.
    std::vector<std::string_view> folders;
    /// The doors through which it is allowed.
    std::vector<std::string_view> except = {};
};

/// The list of this project.
[[nodiscard]] std::span<const BannedWord> banned_words();

[[nodiscard]] Findings check_banned_words(const TextFile& file, std::span<const BannedWord> words);

/// Marks of unfinished work, in any text file.
[[nodiscard]] Findings check_leftovers(const TextFile& file);

/// Headers begin with #pragma once.
[[nodiscard]] Findings check_header_guard(const TextFile& file);

} // namespace exarch::tidy
