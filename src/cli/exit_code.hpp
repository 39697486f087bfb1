#pragma once

#include "base/error.hpp"

#include <cstdint>

namespace exarch::cli {

/// How the program ends, for scripts.
enum class ExitCode : std::uint8_t {
    /// Every operation asked about succeeded.
    done = 0,
    /// The command ran; some operations failed, expired, were rejected or are blocked.
    some_failed = 1,
    /// The command line, the configuration or a task file is wrong.
    misuse = 2,
    /// Something outside is unreachable or refused us.
    unreachable = 3,
};

/// Which of them an error of a verb means: misuse for what the user has to write differently,
/// unreachable for everything that lies outside.
[[nodiscard]] constexpr ExitCode exit_code_of(base::ErrorKind kind) {
    return kind == base::ErrorKind::invalid ? ExitCode::misuse : ExitCode::unreachable;
}

} // namespace exarch::cli
