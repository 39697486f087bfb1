#pragma once

#include "base/environment.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <string>

namespace exarch::lambda {

/// How Lambda wants its log: AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL.
struct LogSettings {
    base::LogLevel level = base::LogLevel::info;
    base::LogParams params;
};

/// As Lambda itself is lenient about both, so is this: what cannot be read is as if it were not
/// set. `usual` is the level where Lambda sets none. Nothing is left out of a function's log: no
/// other record of what was rejected is kept.
[[nodiscard]] LogSettings read_log_settings(const base::Environment& environment,
                                            base::LogLevel usual);

/// What decides how the function works, beside its configuration.
struct FunctionSettings {
    /// EXARCH_INSTANCES: how many instances of the function share every quota, 1 to 1,000.
    std::int64_t instances = 2;
    /// EXARCH_TICKS: the URL of the queue by which a function with a table paces itself; set just
    /// where the ledger is one.
    std::string ticks;
};

/// Reads _HANDLER, EXARCH_INSTANCES and EXARCH_TICKS, and holds them and the configuration against
/// each other. Fails as invalid: what is wrong, and what would be right.
[[nodiscard]] base::Result<FunctionSettings>
read_function_settings(const base::Environment& environment, const config::Config& config);

} // namespace exarch::lambda
