#pragma once

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace exarch::base {

/// A timeline that only ever goes forward, at the pace of real time: what all pacing and all
/// timeouts are measured on. It has no now(): the shell reads it from a Clock and passes it in.
/// Its origin means nothing, so an Instant is never stored.
struct SteadyTimeline {
    using duration = std::chrono::microseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<SteadyTimeline>;
    static constexpr bool is_steady = true;
};

using Duration = std::chrono::microseconds;
using Instant = std::chrono::time_point<SteadyTimeline, Duration>;

/// A moment on the calendar, in UTC: what people write and what is stored. May jump.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// Both readings of one moment, as every event of the core carries them.
struct Moment {
    Instant steady;
    Timestamp wall;

    friend bool operator==(const Moment&, const Moment&) = default;
};

/// Where the shell reads the time. The only door to it: tests and simulation pass their own.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Moment now() const = 0;
};

/// CLOCK_BOOTTIME (which runs through suspension) and CLOCK_REALTIME.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Moment now() const override;
};

/// `2026-11-24T00:10:00Z`; milliseconds appear only where there are any.
[[nodiscard]] std::string format(Timestamp timestamp);

/// Reads RFC 3339 with `Z` or a numeric offset, fractions of a second cut to milliseconds.
/// Fails as invalid on anything else, days that do not exist among it, and what is in UTC a year of
/// other than four digits.
[[nodiscard]] Result<Timestamp> parse_timestamp(std::string_view text);

/// Reads `90s`, `15m`, `24h`, `30d` or `250ms`: a whole number and one unit.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// `850 ms`, `42 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: two units at most, for people.
[[nodiscard]] std::string format_for_people(Duration duration);

} // namespace exarch::base
