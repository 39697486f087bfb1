#pragma once

#include "tidy/findings.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace exarch::tidy {

/// Module → modules it may include. The arrows of docs/architecture.md.
using Arrows = std::map<std::string, std::set<std::string>>;

/// The arrows of this project: the same as DEPENDS in each src/<module>/CMakeLists.txt.
[[nodiscard]] const Arrows& allowed_arrows();

struct Include {
    /// As written between the quotes or angle brackets.
    std::string target;
    bool is_own = false;
    int line = 0;
};

[[nodiscard]] std::vector<Include> find_includes(const std::string& text);

/// `src/core/lane.hpp` → `core`; empty for files that belong to no module.
[[nodiscard]] std::string module_of(const std::string& path);

/// A file of src/ includes its own module and the modules its arrows lead to, nothing else.
[[nodiscard]] Findings check_own_includes(const TextFile& file, const Arrows& arrows);

/// Beast is included in sources of http only.
[[nodiscard]] Findings check_beast(const TextFile& file);

/// The pure modules include nothing that does I/O, runs threads or draws random numbers, neither
/// directly nor by way of the tree's other headers.
[[nodiscard]] Findings check_purity(const std::vector<TextFile>& tree);

/// A source of src/ includes the header of its name, where there is one, before anything else: so
/// its build proves that the header compiles alone.
[[nodiscard]] Findings check_own_header_first(const std::vector<TextFile>& tree);

/// What exarch_library(… DEPENDS …) names in a CMakeLists.txt.
[[nodiscard]] std::set<std::string> find_depends(const std::string& cmake);

/// `cmake` is src/<module>/CMakeLists.txt: its DEPENDS and the arrows are the same.
[[nodiscard]] Findings check_depends(const TextFile& cmake, const Arrows& arrows);

/// Each arrow between modules of the tree is needed by an include.
[[nodiscard]] Findings check_unused_arrows(const std::vector<TextFile>& tree, const Arrows& arrows);

/// No arrow leads back to where it started.
[[nodiscard]] Findings check_acyclic(const Arrows& arrows);

} // namespace exarch::tidy
