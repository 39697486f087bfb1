#include "http/url.hpp"

#include "base/text.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace exarch::http {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
namespace urls = boost::urls;

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
    return std::unexpected(
        Error(ErrorKind::invalid, fmt::format("\"{}\" is not a usable URL: {}; write it like "
                                              "https://example.com:8443/path",
                                              mask_credentials(text), why)));
}

std::string_view view(urls::string_view text) {
    return {text.data(), text.size()};
}

bool is_host_name(std::string_view host) {
    constexpr std::size_t host_bytes_max = 253;
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    };
    return !host.empty() && host.size() <= host_bytes_max && host.front() != '.' &&
           !host.contains("..") && std::ranges::all_of(host, allowed);
}

Result<std::string> read_host(std::string_view text, const urls::url_view& url) {
    if (url.host_type() == urls::host_type::ipv6) {
        return base::lowered(view(url.encoded_host_address()));
    }
    std::string host = base::lowered(view(url.encoded_host()));
    if (url.host_type() == urls::host_type::ipvfuture || !is_host_name(host)) {
        return refuse(text, "its host is neither a name nor an IP address");
    }
    return host;
}

// By our own hand: Boost.URL 1.81 takes a port beyond 65535 modulo 65536.
Result<unsigned short> read_port(std::string_view text, std::string_view digits, bool tls) {
    if (digits.empty()) {
        return static_cast<unsigned short>(tls ? 443 : 80);
    }
    unsigned short port = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, port);
    if (error != std::errc() || stop != end || port == 0) {
        return refuse(text, "its port is not one of 1 to 65535");
    }
    return port;
}

} // namespace

Result<Url> parse_url(std::string_view text) {
    const auto parsed = urls::parse_uri(urls::string_view(text.data(), text.size()));
    if (parsed.has_error()) {
        return refuse(text, "it does not follow RFC 3986");
    }
    const urls::url_view& url = *parsed;
    const bool tls = url.scheme_id() == urls::scheme::https;
    if (!tls && url.scheme_id() != urls::scheme::http) {
        return refuse(text, "its scheme is neither http nor https");
    }
    if (!url.has_authority()) {
        return refuse(text, "it names no host");
    }
    if (url.has_userinfo()) {
        return refuse(text, "it carries a user name or password, which have no place in it");
    }
    if (url.has_fragment()) {
        return refuse(text, "it has a fragment (`#`), which is never sent");
    }
    Url result;
    result.origin.tls = tls;
    EXARCH_TRY(result.origin.host, read_host(text, url));
    EXARCH_TRY(result.origin.port, read_port(text, view(url.port()), tls));
    const std::string_view path = view(url.encoded_path());
    if (!path.empty() && !path.starts_with('/')) {
        return refuse(text, "its port is no number");
    }
    result.target = path.empty() ? "/" : path;
    if (url.has_query()) {
        result.target += '?';
        result.target += view(url.encoded_query());
    }
    return result;
}

std::string mask_credentials(std::string_view url) {
    constexpr std::size_t shown_max = 120;
    constexpr std::string_view after_scheme = "://";
    const std::size_t scheme_end = url.find(after_scheme);
    // A password may hold what looks like the end of a scheme, but no scheme holds a colon.
    const bool has_scheme =
        scheme_end != std::string_view::npos && url.find_first_of(":/@") == scheme_end;
    const std::size_t begin = has_scheme ? scheme_end + after_scheme.size() : 0;
    const std::size_t at = url.rfind('@');
    const bool has_credentials = at != std::string_view::npos && at >= begin;
    const std::string masked = has_credentials
                                   ? fmt::format("{}***{}", url.substr(0, begin), url.substr(at))
                                   : std::string(url);
    return base::printable(base::beginning(masked, shown_max));
}

} // namespace exarch::http
