#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace exarch::config {

/// An IP address and a port of this machine.
struct ListenAddress {
    /// `127.0.0.1` or `::1`, without brackets.
    std::string address;
    /// 0 lets the system choose.
    std::uint16_t port = 0;

    friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// `127.0.0.1:9464`, `[::1]:9464`
[[nodiscard]] std::string format(const ListenAddress& address);

/// Anything from outside, fit for a message of one line: in double quotes, control characters
/// escaped, cut after 80 bytes.
[[nodiscard]] std::string quote(std::string_view text);

/// Whether all of it is ASCII letters, digits, underscores and characters of `extra`.
[[nodiscard]] bool consists_of(std::string_view text, std::string_view extra);

// Each of these fails as invalid, with a message that says what is wrong and what would be right,
// and leaves it to the caller to say where.

template <class T>
struct Range {
    T min;
    T max;
};

[[nodiscard]] base::Result<std::int64_t> parse_whole(std::string_view text,
                                                     Range<std::int64_t> range);
/// Calls a second. At the lowest rate one call follows another after some three hours; whoever
/// wants none leaves the account out.
inline constexpr double rate_min = 0.0001;
inline constexpr double rate_max = 10'000;
[[nodiscard]] base::Result<double> parse_rate(std::string_view text);
/// `true` or `false`, and none of the other spellings of YAML 1.1.
[[nodiscard]] base::Result<bool> parse_boolean(std::string_view text);
/// base::parse_duration within a range.
[[nodiscard]] base::Result<base::Duration> parse_span(std::string_view text,
                                                      Range<base::Duration> range);
/// The index of `text` among the choices.
[[nodiscard]] base::Result<std::size_t> parse_choice(std::string_view text,
                                                     std::span<const std::string_view> choices);
[[nodiscard]] base::Result<ListenAddress> parse_listen_address(std::string_view text);
/// A queue's URL as SQS or a stand-in gives it: http or https, a host, a path that ends in the
/// queue's name; no credentials, query or fragment.
[[nodiscard]] base::Result<std::string> parse_queue_url(std::string_view text);
/// An AWS region's name, as far as its form goes: `eu-west-1`.
[[nodiscard]] base::Result<std::string> parse_region(std::string_view text);

} // namespace exarch::config
