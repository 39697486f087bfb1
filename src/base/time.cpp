#include "base/time.hpp"

#include "base/assert.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <ctime>
#include <limits>
#include <optional>

namespace exarch::base {
namespace {

using std::chrono::duration_cast;

std::chrono::nanoseconds read_clock(clockid_t clock) {
    timespec time = {};
    const int status = ::clock_gettime(clock, &time);
    EXARCH_ASSERT(status == 0);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::unexpected<Error> refuse(std::string_view text, std::string_view what,
                              std::string_view right) {
    constexpr std::size_t shown_max = 64;
    return std::unexpected(
        Error(ErrorKind::invalid, fmt::format("\"{}\" is not {}; write it like {}",
                                              text.substr(0, shown_max), what, right)));
}

// Eats a text from its front; every step fails without effect once one has failed.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int digits(std::size_t count) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            value = value * 10 + digit();
        }
        return value;
    }

    int digit() {
        const bool is_digit = !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
        const int value = is_digit ? rest_.front() - '0' : 0;
        step(is_digit);
        return value;
    }

    char one_of(std::string_view choices) {
        const bool found = !rest_.empty() && choices.contains(rest_.front());
        const char c = found ? rest_.front() : '\0';
        step(found);
        return c;
    }

    [[nodiscard]] bool next_is_digit() const {
        return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
    }
    [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }

private:
    void step(bool good) {
        good_ = good_ && good;
        if (good) {
            rest_.remove_prefix(1);
        }
    }

    std::string_view rest_;
    bool good_ = true;
};

std::chrono::milliseconds scan_fraction(Scanner& scanner) {
    if (scanner.peek() != '.') {
        return {};
    }
    scanner.one_of(".");
    int value = scanner.digit();
    std::size_t places = 1;
    for (; scanner.good() && scanner.next_is_digit(); ++places) {
        const int digit = scanner.digit();
        value = places < 3 ? value * 10 + digit : value;
    }
    for (; places < 3; ++places) {
        value *= 10;
    }
    return std::chrono::milliseconds(value);
}

// What to subtract from local time; none where the offset is out of range.
std::optional<std::chrono::minutes> scan_offset(Scanner& scanner) {
    const char sign = scanner.one_of("Zz+-");
    if (sign == 'Z' || sign == 'z') {
        return std::chrono::minutes(0);
    }
    const int hours = scanner.digits(2);
    scanner.one_of(":");
    const int minutes = scanner.digits(2);
    if (hours > 23 || minutes > 59) {
        return std::nullopt;
    }
    const std::chrono::minutes offset(hours * 60 + minutes);
    return sign == '-' ? -offset : offset;
}

struct Unit {
    std::string_view name;
    Duration length;
};

constexpr std::array<Unit, 5> units = {{
    {"ms", std::chrono::milliseconds(1)},
    {"s", std::chrono::seconds(1)},
    {"m", std::chrono::minutes(1)},
    {"h", std::chrono::hours(1)},
    {"d", std::chrono::days(1)},
}};

std::string two_units(std::int64_t value, std::int64_t step, std::string_view coarse,
                      std::string_view fine) {
    std::string text = fmt::format("{} {}", value / step, coarse);
    if (value % step != 0) {
        text += fmt::format(" {} {}", value % step, fine);
    }
    return text;
}

} // namespace

Moment SystemClock::now() const {
    return Moment{
        .steady = Instant(duration_cast<Duration>(read_clock(CLOCK_BOOTTIME))),
        .wall = Timestamp(duration_cast<std::chrono::milliseconds>(read_clock(CLOCK_REALTIME))),
    };
}

std::string format(Timestamp timestamp) {
    const auto day = std::chrono::floor<std::chrono::days>(timestamp);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(timestamp - day);
    std::string text = fmt::format(
        FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}"), static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        time.hours().count(), time.minutes().count(), time.seconds().count());
    if (time.subseconds().count() != 0) {
        text += fmt::format(FMT_COMPILE(".{:03}"), time.subseconds().count());
    }
    text += 'Z';
    return text;
}

Result<Timestamp> parse_timestamp(std::string_view text) {
    constexpr std::string_view what = "a date and time with its offset from UTC";
    constexpr std::string_view right = "2026-11-24T00:10:00Z";
    Scanner scanner(text);
    const std::chrono::year year(scanner.digits(4));
    scanner.one_of("-");
    const std::chrono::month month(static_cast<unsigned>(scanner.digits(2)));
    scanner.one_of("-");
    const std::chrono::day day(static_cast<unsigned>(scanner.digits(2)));
    scanner.one_of("Tt");
    const std::chrono::hours hours(scanner.digits(2));
    scanner.one_of(":");
    const std::chrono::minutes minutes(scanner.digits(2));
    scanner.one_of(":");
    const std::chrono::seconds seconds(scanner.digits(2));
    const std::chrono::milliseconds fraction = scan_fraction(scanner);
    const auto offset = scan_offset(scanner);
    if (!scanner.finished() || !offset) {
        return refuse(text, what, right);
    }
    const std::chrono::year_month_day date(year, month, day);
    if (!date.ok()) {
        return refuse(text, "a day that exists", right);
    }
    if (hours.count() > 23 || minutes.count() > 59 || seconds.count() > 59) {
        return refuse(text, "a time of day", right);
    }
    const Timestamp timestamp =
        std::chrono::sys_days(date) + hours + minutes + seconds + fraction - *offset;
    // The offset may lead beyond what four digits tell, which nobody could read again.
    const int year_in_utc = static_cast<int>(
        std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(timestamp)).year());
    if (year_in_utc < 0 || year_in_utc > 9999) {
        return refuse(text, "in the years 0000 to 9999 of UTC", right);
    }
    return timestamp;
}

Result<Duration> parse_duration(std::string_view text) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const bool starts_with_digit = Scanner(text).next_is_digit();
    for (const Unit& candidate : units) {
        if (candidate.name != unit || !starts_with_digit || error != std::errc()) {
            continue;
        }
        if (count > std::numeric_limits<std::int64_t>::max() / candidate.length.count()) {
            break;
        }
        return candidate.length * count;
    }
    return refuse(text, "a duration", "250ms, 90s, 15m, 24h or 30d");
}

std::string format_for_people(Duration duration) {
    using Milliseconds = std::chrono::milliseconds;
    if (duration < Duration::zero()) {
        return "-" + format_for_people(duration == Duration::min() ? Duration::max() : -duration);
    }
    const std::int64_t seconds = duration_cast<std::chrono::seconds>(duration).count();
    if (seconds == 0) {
        return fmt::format("{} ms", duration_cast<Milliseconds>(duration).count());
    }
    if (seconds < 60) {
        return fmt::format("{} s", seconds);
    }
    const std::int64_t minutes = seconds / 60;
    if (minutes < 60) {
        return two_units(seconds, 60, "min", "s");
    }
    const std::int64_t hours = minutes / 60;
    return hours < 24 ? two_units(minutes, 60, "h", "min") : two_units(hours, 24, "d", "h");
}

} // namespace exarch::base
