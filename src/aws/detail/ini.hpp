#pragma once

#include "aws/profile.hpp"
#include "base/result.hpp"

#include <string>
#include <vector>

namespace exarch::aws {

/// A section as it stands in a shared file.
struct IniSection {
    /// What stands between the brackets, trimmed.
    std::string title;
    int line = 0;
    ProfileSection content;
};

/// Reads the shared files' form of INI: `[title]`, `name = value`, comments with `#` or `;`,
/// indented lines that go on with the value above them or, where that is empty, nest under it.
/// Fails as invalid, naming file and line, without quoting it: it may hold a secret.
[[nodiscard]] base::Result<std::vector<IniSection>> parse_ini(const ProfileText& text);

} // namespace exarch::aws
