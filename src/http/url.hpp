#pragma once

#include "base/result.hpp"
#include "http/message.hpp"

#include <string>
#include <string_view>

namespace exarch::http {

/// An absolute http or https URL, taken apart.
struct Url {
    Origin origin;
    /// Path and query as they stand in the URL, at least `/`.
    std::string target = "/";

    friend bool operator==(const Url&, const Url&) = default;
};

/// Reads an absolute URL (RFC 3986). The host becomes lower case; nothing else is changed. Fails as
/// invalid on any other scheme, on a user name or password, a fragment, a port outside 1 to 65535,
/// and a host that is neither an IP address nor made of letters, digits, `-`, `_` and `.`.
[[nodiscard]] base::Result<Url> parse_url(std::string_view text);

/// The URL with whatever stands before its `@` blotted out, cut to a length fit for a message.
[[nodiscard]] std::string mask_credentials(std::string_view url);

} // namespace exarch::http
