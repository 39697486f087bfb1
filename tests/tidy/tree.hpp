#pragma once

#include "tidy/findings.hpp"

#include <filesystem>
#include <vector>

namespace exarch::tidy {

/// All files below `root`, in order of their paths, without what is built or fetched.
[[nodiscard]] std::vector<TextFile> read_tree(const std::filesystem::path& root);

/// Every module has a README.md, and names each of its sources in its CMakeLists.txt.
[[nodiscard]] Findings check_modules(const std::vector<TextFile>& tree);
/// Copies that merges and editors leave beside what they change.
[[nodiscard]] Findings check_leftovers(const std::vector<TextFile>& tree);

/// Every rule on every file.
[[nodiscard]] Findings check_tree(const std::vector<TextFile>& tree);

} // namespace exarch::tidy
