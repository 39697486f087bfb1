#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace exarch::aws {

/// How much of our patience a command has.
struct CommandLimits {
    std::chrono::milliseconds time_max = std::chrono::minutes(1);
    std::size_t output_bytes_max = std::size_t{64} * 1024;
};

/// Runs a program, found by $PATH, to its end and gives what it wrote to its standard output. It
/// has `environment`, nothing on its standard input, no descriptor of ours, and a process group of
/// its own. What it writes to its standard error is thrown away: it may hold secrets.
///
/// The executor goes on meanwhile. Where the time is up, the output is too long, or the coroutine
/// is cancelled or destroyed, the whole process group is killed, and the program awaited.
///
/// Fails as invalid where it can't be started; as unreachable where it fails, exceeds a limit, or
/// there is no room for a process now; as cancelled. `environment` must outlive the coroutine.
[[nodiscard]] boost::asio::awaitable<base::Result<base::Secret>>
run_command(boost::asio::any_io_executor executor, const base::Environment& environment,
            std::vector<std::string> arguments, CommandLimits limits = {});

} // namespace exarch::aws
