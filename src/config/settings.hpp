#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "config/keys.hpp"

#include <string>
#include <vector>

namespace exarch::config {

/// Every value of a file, in its order. Fails as invalid, naming the place, on a key that does not
/// exist (suggesting one that does) and on a value of the wrong shape. A key without a value, or
/// with `null`, is as if it were not there.
[[nodiscard]] base::Result<std::vector<Setting>> settings_of(const Node& document);

/// Every EXARCH_ variable that sets a key: `EXARCH_TARGETS__SESSION_NAME` is targets.session_name.
/// In names of APIs the dot is written `_` too. Fails as invalid on a variable that is no key's,
/// suggesting one that is. EXARCH_CONFIG, EXARCH_CRASH_AT, EXARCH_INSTANCES and
/// EXARCH_TICKS are not looked at.
/// An empty variable is as if it were not set.
[[nodiscard]] base::Result<std::vector<Setting>> settings_of(const base::Environment& environment);

/// The variable that sets the key at a path, `EXARCH_TARGETS__SESSION_NAME`.
[[nodiscard]] std::string variable_of(const KeyPath& path);

} // namespace exarch::config
