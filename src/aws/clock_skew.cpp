#include "aws/clock_skew.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace exarch::aws {
namespace {

/// A whole number of exactly the digits of `text`; -1 where they are none.
int number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good =
        error == std::errc() && end == text.data() + text.size() && text.front() != '-';
    return good ? value : -1;
}

/// 1 to 12; 0 where it is no month.
unsigned month_number(std::string_view name) {
    constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto* const found = std::ranges::find(names, name);
    return found == names.end() ? 0 : static_cast<unsigned>(found - names.begin()) + 1;
}

} // namespace

std::optional<base::Timestamp> parse_http_date(std::string_view text) {
    // `Tue, 24 Nov 2026 00:10:00 GMT`: every part has its fixed place.
    constexpr std::string_view form = "Tue, 24 Nov 2026 00:10:00 GMT";
    constexpr int hours_end = 24;
    constexpr int sixty = 60;
    if (text.size() != form.size() || text.substr(3, 2) != ", " || text[7] != ' ' ||
        text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':' ||
        text.substr(25) != " GMT") {
        return std::nullopt;
    }
    const int day = number(text.substr(5, 2));
    const int year = number(text.substr(12, 4));
    const int hour = number(text.substr(17, 2));
    const int minute = number(text.substr(20, 2));
    const int second = number(text.substr(23, 2));
    if (std::min({day, year, hour, minute, second}) < 0 || hour >= hours_end || minute >= sixty ||
        second > sixty) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date(std::chrono::year(year),
                                           std::chrono::month(month_number(text.substr(8, 3))),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

base::Duration ClockSkew::correction(std::string_view host) const {
    const auto found = corrections_.find(host);
    return found == corrections_.end() ? base::Duration(0) : found->second;
}

bool ClockSkew::observe(const Reading& reading) {
    constexpr base::Duration same = std::chrono::seconds(1);
    const base::Duration measured = reading.server - reading.local;
    const bool was_corrected = corrections_.contains(reading.host);
    if (!reading.refused_for_date && !was_corrected && abs(measured) <= tolerated) {
        return false;
    }
    if (!was_corrected && corrections_.size() >= hosts_max) {
        corrections_.clear();
    }
    corrections_.insert_or_assign(std::string(reading.host), measured);
    return abs(measured - reading.applied) > same;
}

bool blames_date(std::string_view code, std::string_view message) {
    return code == "RequestExpired" || code == "RequestInTheFuture" ||
           code == "RequestTimeTooSkewed" || message.starts_with("Signature expired") ||
           message.starts_with("Signature not yet current");
}

bool may_blame_date(std::string_view code) {
    return code == "SignatureDoesNotMatch" || code == "InvalidSignatureException" ||
           code == "AuthFailure";
}

} // namespace exarch::aws
