#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "config/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace exarch::config {

/// A key that was set on the command line.
struct Flag {
    /// As the user wrote it: `--listen`.
    std::string name;
    /// The key's path: `{"worker", "listen"}`.
    std::vector<std::string> path;
    std::string value;
};

struct LoadRequest {
    /// From --config; empty: $EXARCH_CONFIG, else ./exarch.yaml where there is one.
    std::string file = {};
    std::vector<Flag> flags = {};
    /// Whether a configuration without a queue is an error.
    bool queue_required = true;
    /// Whether `ledger: none` is one: there is something to be kept or read.
    bool ledger_required = true;
};

/// Finds and reads the file, and lays variables and flags over it. No file at all is fine, unless
/// one was named. Every failure is one line that names the place (file:line:column, variable or
/// flag), the key, what is wrong and what would be right: `invalid`, or `not_found` and `system`
/// for a file that cannot be read.
[[nodiscard]] base::Result<Config> load(const LoadRequest& request,
                                        const base::Environment& environment);

/// The same for a file's text, `name` being what errors call it.
[[nodiscard]] base::Result<Config> parse_config(std::string_view text, std::string_view name,
                                                const LoadRequest& request,
                                                const base::Environment& environment);

/// The text of a file, or the beginning of one that is longer than a document may be. Fails as
/// `not_found` or `system`.
[[nodiscard]] base::Result<std::string> read_file(const std::string& name);

} // namespace exarch::config
