#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::base {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

struct LogParams {
    /// Each entry is a JSON object with `level` and `timestamp`, as Lambda reads it.
    bool json = false;
    /// Of equal lines within ten seconds, the first is written and the rest are counted and told of
    /// in one line at the end; and of different ones no more than a thousand within ten seconds,
    /// nor more than 128 KiB, the rest being counted too. Whoever asks for debug or trace gets all
    /// of those.
    bool is_bounded = true;
};

/// A number that whoever reads the JSON finds by its name, beside the text: an alarm, say.
struct LogFigure {
    std::string_view name;
    std::int64_t value = 0;
};

/// Where a program reports what it does, on stderr: one line an entry, with time and level.
/// Passed to constructors; there is no global one. Safe to use from several threads.
/// Nobody hands it a Secret: Secret does not format.
class Log {
public:
    /// What every entry says besides: names and values.
    using Context = std::vector<std::pair<std::string, std::string>>;

    explicit Log(LogLevel level, LogParams params = {});
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

    /// The text has to say the figure, too, for those who read that.
    void info(LogFigure figure, std::string text) {
        if (enabled(LogLevel::info)) {
            put(LogLevel::info, std::move(text), figure);
        }
    }

    /// From here on every entry says this; what was counted and not told of is told of before.
    void set_context(Context context);

    [[nodiscard]] bool enabled(LogLevel level) const { return level >= level_; }

private:
    template <class... Args>
    void write(LogLevel level, fmt::string_view format, const Args&... args) {
        if (enabled(level)) {
            put(level, fmt::vformat(format, fmt::make_format_args(args...)));
        }
    }
    void put(LogLevel level, std::string text, LogFigure figure = {});

    struct Sink;
    LogLevel level_;
    std::unique_ptr<Sink> sink_;
};

/// Reads `trace`, `debug`, `info`, `warn`, `error` or `off`; anything else is false.
[[nodiscard]] bool parse_log_level(std::string_view text, LogLevel& level);

} // namespace exarch::base
