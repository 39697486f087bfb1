#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace exarch::base {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

/// Where a program reports what it does, on stderr: one line an entry, with time and level.
/// Passed to constructors; there is no global one. Safe to use from several threads.
/// The volume is bounded: of equal lines within ten seconds, the first is written and the rest are
/// counted and told of in one line at the end; and of different ones no more than a thousand within
/// ten seconds, nor more than 128 KiB, the rest being counted too. Whoever asks for debug or trace
/// gets all of those. Nobody hands it a Secret: Secret does not format.
class Log {
public:
    /// `json` writes each entry as a JSON object with `level` and `timestamp`, as Lambda reads it.
    explicit Log(LogLevel level, bool json = false);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    template <class... Args>
    void debug(fmt::format_string<Args...> format, Args&&... args) {
        write(LogLevel::debug, format, args...);
    }
    template <class... Args>
    void info(fmt::format_string<Args...> format, Args&&... args) {
        write(LogLevel::info, format, args...);
    }
    template <class... Args>
    void warn(fmt::format_string<Args...> format, Args&&... args) {
        write(LogLevel::warn, format, args...);
    }
    template <class... Args>
    void error(fmt::format_string<Args...> format, Args&&... args) {
        write(LogLevel::error, format, args...);
    }

    [[nodiscard]] bool enabled(LogLevel level) const { return level >= level_; }

private:
    template <class... Args>
    void write(LogLevel level, fmt::string_view format, const Args&... args) {
        if (enabled(level)) {
            put(level, fmt::vformat(format, fmt::make_format_args(args...)));
        }
    }
    void put(LogLevel level, std::string text);

    struct Sink;
    LogLevel level_;
    std::unique_ptr<Sink> sink_;
};

/// Reads `trace`, `debug`, `info`, `warn`, `error` or `off`; anything else is false.
[[nodiscard]] bool parse_log_level(std::string_view text, LogLevel& level);

} // namespace exarch::base
