#include "config/value.hpp"

#include "base/text.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace exarch::config {
namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_ip_address(const std::string& text, bool bracketed) {
    std::array<unsigned char, sizeof(in6_addr)> address;
    return ::inet_pton(bracketed ? AF_INET6 : AF_INET, text.c_str(), address.data()) == 1;
}

// None where anything but a number is there.
template <class T>
bool read_number(std::string_view text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

} // namespace

std::string format(const ListenAddress& address) {
    return address.address.contains(':') ? fmt::format("[{}]:{}", address.address, address.port)
                                         : fmt::format("{}:{}", address.address, address.port);
}

std::string quote(std::string_view text) {
    constexpr std::size_t shown_max = 80;
    const std::string_view shown = base::beginning(text, shown_max);
    return fmt::format("\"{}{}\"", base::printable(shown), shown.size() < text.size() ? "…" : "");
}

bool consists_of(std::string_view text, std::string_view extra) {
    return std::ranges::all_of(text, [&](char c) { return is_word(c) || extra.contains(c); });
}

base::Result<std::int64_t> parse_whole(std::string_view text, Range<std::int64_t> range) {
    std::int64_t value = 0;
    if (!read_number(text, value) || value < range.min || value > range.max) {
        return base::invalid(
            fmt::format("{} is no whole number from {} to {}", quote(text), range.min, range.max));
    }
    return value;
}

base::Result<double> parse_rate(std::string_view text) {
    double value = 0;
    if (!read_number(text, value) || !(value >= rate_min && value <= rate_max)) {
        return base::invalid(
            fmt::format("{} is no number from {} to {}", quote(text), rate_min, rate_max));
    }
    return value;
}

base::Result<bool> parse_boolean(std::string_view text) {
    if (text != "true" && text != "false") {
        return base::invalid(fmt::format("{} is neither true nor false", quote(text)));
    }
    return text == "true";
}

base::Result<base::Duration> parse_span(std::string_view text, Range<base::Duration> range) {
    const base::Result<base::Duration> value = base::parse_duration(text);
    if (!value.has_value() || *value < range.min || *value > range.max) {
        return base::invalid(fmt::format(
            "{} is no duration from {} to {}; write it like 90s, 15m, 24h "
            "or 30d",
            quote(text), base::format_for_people(range.min), base::format_for_people(range.max)));
    }
    return *value;
}

base::Result<std::size_t> parse_choice(std::string_view text,
                                       std::span<const std::string_view> choices) {
    const auto found = std::ranges::find(choices, text);
    if (found == choices.end()) {
        return base::invalid(
            fmt::format("{} is none of {}", quote(text), fmt::join(choices, ", ")));
    }
    return static_cast<std::size_t>(found - choices.begin());
}

base::Result<ListenAddress> parse_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    std::string_view address = text.substr(0, colon);
    const bool bracketed = address.starts_with('[') && address.ends_with(']');
    if (bracketed) {
        address = address.substr(1, address.size() - 2);
    }
    ListenAddress result{std::string(address), 0};
    const bool has_port =
        colon != std::string_view::npos && read_number(text.substr(colon + 1), result.port);
    if (!has_port || !is_ip_address(result.address, bracketed)) {
        return base::invalid(
            fmt::format("{} is no IP address and port; write it like 127.0.0.1:9464 or "
                        "[::1]:9464",
                        quote(text)));
    }
    return result;
}

base::Result<std::string> parse_queue_url(std::string_view text) {
    constexpr std::string_view right =
        "write it like https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks";
    const auto parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
    if (!parsed.has_value()) {
        return base::invalid(fmt::format("{} is no URL; {}", quote(text), right));
    }
    const boost::urls::url_view& url = *parsed;
    if (url.has_userinfo()) {
        return base::invalid(
            fmt::format("the URL carries credentials, which have no place here; {}", right));
    }
    const bool web = url.scheme() == "http" || url.scheme() == "https";
    const bool has_name = !url.segments().empty() && !url.segments().back().empty();
    if (!web || url.host().empty() || !has_name || url.has_query() || url.has_fragment()) {
        return base::invalid(fmt::format("{} is not the URL of a queue; {}", quote(text), right));
    }
    return std::string(text);
}

base::Result<std::string> parse_region(std::string_view text) {
    constexpr std::size_t length_max = 32;
    const bool good = text.size() <= length_max && text.contains('-') && consists_of(text, "-") &&
                      !text.contains('_') && !text.starts_with('-') && text.back() >= '0' &&
                      text.back() <= '9' &&
                      std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!good) {
        return base::invalid(fmt::format("{} is no region; write it like eu-west-1", quote(text)));
    }
    return std::string(text);
}

} // namespace exarch::config
