#pragma once

#include "base/environment.hpp"
#include "base/time.hpp"
#include "cli/doctor/finding.hpp"
#include "config/config.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace exarch::cli {

/// What to look at beyond what the configuration names.
struct ExaminationScope {
    const config::Config& config;
    /// Target accounts, each with one of its distributions, empty where none is known.
    std::map<base::AccountId, std::string> accounts;
    /// The name of a function of Lambda; empty: none.
    std::string function = {};
    /// How many accounts have been looked at.
    std::function<void(std::size_t)> on_progress;
    /// As in MendContext.
    std::string exarch;
};

/// Looks at everything outside: credentials, clock, queues, table, function, roles. Asks AWS
/// nothing that could change anything: an invalidation it tries has no paths. Fails where AWS's own
/// configuration is wrong, or a setting of ours names what cannot be called.
[[nodiscard]] base::Result<Findings> examine(const ExaminationScope& scope,
                                             const base::Environment& environment,
                                             const base::Clock& clock);

} // namespace exarch::cli
