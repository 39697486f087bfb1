#pragma once

#include "base/environment.hpp"
#include "config/config.hpp"
#include "core/params.hpp"
#include "route/sessions.hpp"

#include <functional>
#include <string>

namespace exarch::worker {

/// What the configuration says to the core. `config` must outlive what is returned.
[[nodiscard]] core::CoreParams core_params(const config::Config& config, base::Entropy& entropy);

/// Numbers from 0 to 1 (below), by which many workers' pauses spread. `entropy` must outlive it.
[[nodiscard]] std::function<double()> chance_from(base::Entropy& entropy);

/// What it says about tasks.
[[nodiscard]] core::TaskRules task_rules(const config::Config& config);

/// What it says about sessions in target accounts. `config` must outlive what is returned.
[[nodiscard]] route::SessionsParams sessions_params(const config::Config& config,
                                                    std::string partition);

/// Fails as invalid where an account's region is of another partition than `home`.
[[nodiscard]] base::Status check_regions(const config::Config& config, const base::Region& home);

} // namespace exarch::worker
