#include "worker/crash_point.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <csignal>

namespace exarch::worker {

base::Result<CrashPoints> CrashPoints::from(const base::Environment& environment) {
    CrashPoints points;
    const auto text = environment.get("EXARCH_CRASH_AT");
    if (!text) {
        return points;
    }
    const auto invalid = [&](std::string_view why) {
        return std::unexpected(base::Error(base::ErrorKind::invalid,
                                           fmt::format("EXARCH_CRASH_AT={}: {}", *text, why)));
    };
#ifndef EXARCH_CRASH_POINTS
    return invalid("this build has no crash points; build with cmake --preset dev");
#else
    const std::size_t colon = text->find(':');
    const auto* const name = std::ranges::find(crash_point_names, text->substr(0, colon));
    if (name == crash_point_names.end()) {
        return invalid(fmt::format("has to be one of {}, and :n for the n-th pass",
                                   fmt::join(crash_point_names, ", ")));
    }
    points.passes_left_ = 1;
    if (colon != std::string::npos) {
        const char* const end = text->data() + text->size();
        const auto [rest, error] =
            std::from_chars(text->data() + colon + 1, end, points.passes_left_);
        if (error != std::errc() || rest != end || points.passes_left_ < 1) {
            return invalid("the number behind the colon has to be a whole one from 1");
        }
    }
    points.is_armed_ = true;
    points.point_ = static_cast<CrashPoint>(name - crash_point_names.begin());
    return points;
#endif
}

void CrashPoints::pass(CrashPoint point) {
    if (is_armed_ && point == point_ && --passes_left_ == 0) {
        std::raise(SIGKILL);
    }
}

} // namespace exarch::worker
