#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::http {

/// Everything went well.
inline constexpr int status_ok = 200;

/// As HTTP compares names of header fields and hosts: ASCII letters without their case.
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right);

/// Header fields in order, names compared without case. A name may appear more than once.
class Headers {
public:
    using Field = std::pair<std::string, std::string>;

    Headers() = default;
    Headers(std::initializer_list<Field> fields) : fields_(fields) {}

    void reserve(std::size_t fields) { fields_.reserve(fields); }
    void add(std::string name, std::string value);
    /// Replaces every field of that name by one.
    void set(std::string_view name, std::string value);
    /// The first of that name.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;

    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }
    [[nodiscard]] std::size_t size() const { return fields_.size(); }

    friend bool operator==(const Headers&, const Headers&) = default;

private:
    std::vector<Field> fields_;
};

/// Where a request goes: one pool of connections each.
struct Origin {
    /// false is plain http: loopback stand-ins, metadata endpoints.
    bool tls = true;
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    std::string host;
    /// As it stands in the URL, or the scheme's own.
    unsigned short port = 443;

    /// `host`, `host:port` where the port is not the scheme's own, `[::1]:4600`.
    [[nodiscard]] std::string authority() const;

    friend auto operator<=>(const Origin&, const Origin&) = default;
};

struct Request {
    std::string method = "GET";
    Origin origin;
    /// Path and query exactly as they go on the wire, already percent-encoded.
    std::string target = "/";
    /// Host and Content-Length are added by the client where they are missing.
    Headers headers = {};
    std::string body = {};
    /// A larger answer is given up; the client's own limit where none.
    std::optional<std::size_t> answer_bytes_max = {};
};

struct Response {
    int status = 0;
    Headers headers = {};
    std::string body = {};
};

} // namespace exarch::http
