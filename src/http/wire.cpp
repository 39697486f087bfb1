#include "http/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace exarch::http {
namespace {

using base::Error;
using base::ErrorKind;

bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    const auto allowed = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.contains(c);
    };
    return !text.empty() && std::ranges::all_of(text, allowed);
}

bool is_visible(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20U && byte != 0x7fU;
}

// Looks at all of it, many bytes at once: session tokens are long, and nearly always good.
bool is_field_value(std::string_view text) {
    bool good = true;
    for (const char c : text) {
        good &= is_visible(c) || c == ' ' || c == '\t';
    }
    return good;
}

bool is_target(std::string_view text) {
    return (text.starts_with('/') || text == "*") && std::ranges::all_of(text, is_visible);
}

bool says(std::string_view digits, std::size_t number) {
    std::size_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return error == std::errc() && stop == end && value == number;
}

std::unexpected<Error> refuse(const Request& request, std::string_view why) {
    return std::unexpected(
        Error(ErrorKind::invalid,
              fmt::format("a request to {} cannot be sent: {}", request.origin.authority(), why)));
}

base::Status check_fields(const Request& request) {
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name)) {
            return refuse(request, "the name of a header field is empty or holds a character that "
                                   "names may not have");
        }
        if (!is_field_value(value)) {
            return refuse(request,
                          fmt::format("the header field {} holds a control character", name));
        }
        if (equal_ignoring_case(name, "transfer-encoding")) {
            return refuse(request, "Transfer-Encoding is set, but bodies go out in one piece");
        }
        if (equal_ignoring_case(name, "content-length") && !says(value, request.body.size())) {
            return refuse(request, "Content-Length is not the length of the body");
        }
    }
    return {};
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
    text += name;
    text += ": ";
    text += value;
    text += "\r\n";
}

// Servers want to be told of an empty body where one would be usual.
bool wants_length(const Request& request) {
    return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
           request.method == "PATCH";
}

std::size_t estimate_bytes(const Request& request) {
    constexpr std::size_t fixed_bytes = 160;
    std::size_t bytes = fixed_bytes + request.method.size() + request.target.size() +
                        2 * request.origin.host.size();
    for (const auto& [name, value] : request.headers) {
        bytes += name.size() + value.size() + 4;
    }
    return bytes;
}

} // namespace

base::Result<std::string> format_head(const Request& request, RequestForm form) {
    if (!is_token(request.method)) {
        return refuse(request, "its method is not a word");
    }
    if (!is_target(request.target)) {
        return refuse(request, "its target does not begin with `/`, or holds a blank or a control "
                               "character, which must be percent-encoded");
    }
    EXARCH_CHECK(check_fields(request));
    std::string text;
    text.reserve(estimate_bytes(request) + form.proxy_authorization.size());
    text += request.method;
    text += ' ';
    if (form.absolute) {
        text += "http://";
        text += request.origin.authority();
    }
    text += request.target;
    text += " HTTP/1.1\r\n";
    if (!request.headers.get("host")) {
        append_field(text, "Host", request.origin.authority());
    }
    for (const auto& [name, value] : request.headers) {
        append_field(text, name, value);
    }
    if (wants_length(request) && !request.headers.get("content-length")) {
        append_field(text, "Content-Length", std::to_string(request.body.size()));
    }
    if (!form.proxy_authorization.empty()) {
        append_field(text, "Proxy-Authorization", form.proxy_authorization);
    }
    text += "\r\n";
    return text;
}

std::string format_tunnel_head(std::string_view authority, std::string_view proxy_authorization) {
    std::string text = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", authority);
    if (!proxy_authorization.empty()) {
        append_field(text, "Proxy-Authorization", proxy_authorization);
    }
    text += "\r\n";
    return text;
}

std::string format_head(const Response& response, bool keep_alive) {
    std::string text = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
    for (const auto& [name, value] : response.headers) {
        if (equal_ignoring_case(name, "content-length") ||
            equal_ignoring_case(name, "connection") || !is_token(name)) {
            continue;
        }
        std::string clean = value;
        std::ranges::replace_if(clean, [](char c) { return !is_visible(c) && c != '\t'; }, ' ');
        append_field(text, name, clean);
    }
    const bool has_no_body = response.status == 204 || response.status == 304;
    if (!has_no_body) {
        append_field(text, "Content-Length", std::to_string(response.body.size()));
    }
    if (!keep_alive) {
        append_field(text, "Connection", "close");
    }
    text += "\r\n";
    return text;
}

std::string_view reason(int status) {
    constexpr std::array<std::pair<int, std::string_view>, 24> reasons = {{
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    }};
    const auto* const found =
        std::ranges::lower_bound(reasons, status, {}, &std::pair<int, std::string_view>::first);
    return found != reasons.end() && found->first == status ? found->second : "Status";
}

} // namespace exarch::http
