#include "sandbox/latency.hpp"

#include <fmt/format.h>

#include <chrono>

namespace exarch::sandbox {
namespace {

constexpr std::string_view between = "..";

} // namespace

base::Result<Latency> parse_latency(std::string_view text) {
    const std::size_t dots = text.find(between);
    Latency latency;
    EXARCH_TRY(latency.min, base::parse_duration(text.substr(0, dots)));
    latency.max = latency.min;
    if (dots != std::string_view::npos) {
        EXARCH_TRY(latency.max, base::parse_duration(text.substr(dots + between.size())));
    }
    if (latency.max < latency.min || latency.max > std::chrono::hours(1)) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid,
            fmt::format("\"{}\" is no latency; write it like 20ms or 20ms..80ms", text)));
    }
    return latency;
}

std::string format(const Latency& latency) {
    const auto milliseconds = [](base::Duration duration) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    };
    return latency.min == latency.max ? fmt::format("{}ms", milliseconds(latency.min))
                                      : fmt::format("{}ms{}{}ms", milliseconds(latency.min),
                                                    between, milliseconds(latency.max));
}

base::Duration draw(const Latency& latency, Dice& dice) {
    return latency.min + std::chrono::duration_cast<base::Duration>((latency.max - latency.min) *
                                                                    dice.fraction());
}

} // namespace exarch::sandbox
