#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "config/load.hpp"
#include "source/access.hpp"
#include "source/place.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace exarch::source {

/// A configuration's text as it was found.
struct Text {
    /// What errors call it: `exarch.yaml`, `ssm:/exarch/config (version 3)`.
    std::string name;
    std::string text;
    /// None of a file.
    std::optional<std::int64_t> version;
};

/// Of a file, or of what is kept in AWS. Fails as not_found where nothing is there, and as Access
/// does.
[[nodiscard]] base::Result<Text> read(const Place& place, Surroundings surroundings);

/// config::load(), where --config or $EXARCH_CONFIG may name a place in AWS too: one call then.
[[nodiscard]] base::Result<config::Config> load(const config::LoadRequest& request,
                                                Surroundings surroundings);

/// load() of a Lambda function: without a queue and a ledger, and over within half of the ten
/// seconds that its start may take. The log is told what was read.
[[nodiscard]] base::Result<config::Config> load_for_function(const std::string& file,
                                                             const base::Environment& environment,
                                                             const base::Clock& clock,
                                                             base::Log& log);

/// The place that load() reads; none where nothing was named.
[[nodiscard]] base::Result<std::optional<Place>> named_place(const std::string& flag,
                                                             const base::Environment& environment);

} // namespace exarch::source
