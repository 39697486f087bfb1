#include "base/log.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"

// The names that Lambda and people know; spdlog's own writes "warning".
#define SPDLOG_LEVEL_NAMES {"trace", "debug", "info", "warn", "error", "critical", "off"}
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace exarch::base {
namespace {

constexpr std::chrono::seconds repeat_window{10};
constexpr std::size_t remembered_lines_max = 1024;
constexpr std::size_t line_bytes_max = 16 * 1024;
/// Of different lines within a window.
constexpr std::size_t window_lines_max = 1000;
constexpr std::size_t window_bytes_max = std::size_t{128} * 1024;

spdlog::level::level_enum translate(LogLevel level) {
    switch (level) {
    case LogLevel::trace:
        return spdlog::level::trace;
    case LogLevel::debug:
        return spdlog::level::debug;
    case LogLevel::info:
        return spdlog::level::info;
    case LogLevel::warn:
        return spdlog::level::warn;
    case LogLevel::error:
        return spdlog::level::err;
    case LogLevel::off:
        return spdlog::level::off;
    }
    return spdlog::level::off;
}

// As Lambda's filters know them.
std::string_view loud_name(LogLevel level) {
    constexpr std::array<std::string_view, 6> names = {"TRACE", "DEBUG", "INFO",
                                                       "WARN",  "ERROR", "OFF"};
    return names[static_cast<std::size_t>(level)];
}

std::string quoted(std::string_view text) {
    return boost::json::serialize(boost::json::string(text));
}

// A text from outside must not be able to forge a second entry.
std::string one_line(std::string_view text) {
    std::string line;
    line.reserve(text.size());
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        line += printable(text.substr(0, end));
        line += "\\n";
        text.remove_prefix(end + 1);
    }
    return line + printable(text);
}

void shorten(std::string& text) {
    if (text.size() <= line_bytes_max) {
        return;
    }
    const std::size_t cut = text.size() - line_bytes_max;
    text.resize(beginning(text, line_bytes_max).size());
    text += fmt::format("… ({} bytes more)", cut);
}

} // namespace

struct Log::Sink {
    using Time = spdlog::log_clock::time_point;

    struct Repeated {
        LogLevel level;
        Time since;
        std::uint64_t suppressed = 0;
    };

    /// What has been written of different lines since then, and what has not.
    struct Window {
        Time since;
        std::size_t lines = 0;
        std::size_t bytes = 0;
        std::uint64_t left_out = 0;
        LogLevel worst_left_out = LogLevel::trace;
    };

    explicit Sink(LogParams log_params) : params(log_params) {
        const char* pattern = params.json ? R"({"timestamp":"%Y-%m-%dT%H:%M:%S.%eZ",%v})"
                                          : "%Y-%m-%dT%H:%M:%S.%eZ %-5l %v";
        stream.set_formatter(
            std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    }

    void put(LogLevel level, std::string text, LogFigure figure) {
        shorten(text);
        const std::scoped_lock lock(mutex);
        const Time now = spdlog::log_clock::now();
        if (!params.is_bounded) {
            write(level, now, text, figure);
            return;
        }
        tell_of_repeats(now);
        if (const auto known = recent.find(text); known != recent.end()) {
            ++known->second.suppressed;
            return;
        }
        if (!has_room(level, text.size(), now)) {
            return;
        }
        write(level, now, text, figure);
        recent.emplace(std::move(text), Repeated{level, now});
    }

    /// Counts it where there is none.
    bool has_room(LogLevel level, std::size_t bytes, Time now) {
        if (level <= LogLevel::debug) {
            return true;
        }
        if (now - window.since >= repeat_window || now < window.since) {
            end_window(now);
        }
        if (window.lines >= window_lines_max || window.bytes + bytes > window_bytes_max) {
            ++window.left_out;
            window.worst_left_out = std::max(window.worst_left_out, level);
            return false;
        }
        ++window.lines;
        window.bytes += bytes;
        return true;
    }

    void end_window(Time now) {
        if (window.left_out > 0) {
            write(window.worst_left_out, now,
                  fmt::format("{} further lines were left out: more than {} different ones, or "
                              "{} KiB, within {} s",
                              window.left_out, window_lines_max, window_bytes_max / 1024,
                              repeat_window.count()));
        }
        window = Window{.since = now};
    }

    void tell_of_repeats(Time now) {
        const bool full = recent.size() >= remembered_lines_max;
        if (!full && now < next_sweep) {
            return;
        }
        next_sweep = now + repeat_window / 10;
        std::erase_if(recent, [&](const auto& item) {
            const bool leaves =
                full || now - item.second.since >= repeat_window || now < item.second.since;
            if (leaves) {
                tell(item.first, item.second, now);
            }
            return leaves;
        });
    }

    void tell(const std::string& text, const Repeated& repeated, Time now) {
        if (repeated.suppressed > 0) {
            write(repeated.level, now,
                  fmt::format("{} ({} more times)", text, repeated.suppressed));
        }
    }

    void write(LogLevel level, Time now, const std::string& text, LogFigure figure = {}) {
        const std::string body = params.json ? json_body(level, text, figure) : text_body(text);
        stream.log(spdlog::details::log_msg(now, {}, {}, translate(level), body));
        stream.flush();
    }

    [[nodiscard]] std::string json_body(LogLevel level, const std::string& text,
                                        LogFigure figure) const {
        std::string body = fmt::format(R"("level":"{}")", loud_name(level));
        for (const auto& [name, value] : context) {
            body += fmt::format(",{}:{}", quoted(name), quoted(value));
        }
        if (!figure.name.empty()) {
            body += fmt::format(",{}:{}", quoted(figure.name), figure.value);
        }
        return body + R"(,"message":)" + quoted(text);
    }

    [[nodiscard]] std::string text_body(const std::string& text) const {
        std::string body;
        for (const auto& [name, value] : context) {
            body += fmt::format("{}={} ", one_line(name), one_line(value));
        }
        return body + one_line(text);
    }

    void tell_of_everything() {
        const Time now = spdlog::log_clock::now();
        for (const auto& [text, repeated] : std::exchange(recent, {})) {
            tell(text, repeated, now);
        }
        end_window(now);
    }

    void set_context(Log::Context fields) {
        const std::scoped_lock lock(mutex);
        tell_of_everything();
        context = std::move(fields);
    }

    ~Sink() { tell_of_everything(); }

    LogParams params;
    Log::Context context;
    std::mutex mutex;
    spdlog::sinks::stderr_sink_st stream;
    std::map<std::string, Repeated, std::less<>> recent;
    Time next_sweep;
    Window window;
};

Log::Log(LogLevel level, LogParams params) : level_(level), sink_(std::make_unique<Sink>(params)) {}

Log::~Log() = default;

void Log::set_context(Context context) {
    sink_->set_context(std::move(context));
}

void Log::put(LogLevel level, std::string text, LogFigure figure) {
    sink_->put(level, std::move(text), figure);
}

bool parse_log_level(std::string_view text, LogLevel& level) {
    constexpr std::array<std::pair<std::string_view, LogLevel>, 6> names = {{
        {"trace", LogLevel::trace},
        {"debug", LogLevel::debug},
        {"info", LogLevel::info},
        {"warn", LogLevel::warn},
        {"error", LogLevel::error},
        {"off", LogLevel::off},
    }};
    for (const auto& [name, value] : names) {
        if (name == text) {
            level = value;
            return true;
        }
    }
    return false;
}

} // namespace exarch::base
