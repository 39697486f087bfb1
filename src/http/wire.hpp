#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/message.hpp"

#include <string>
#include <string_view>

namespace exarch::http {

/// How a request is put to whoever is at the other end of the connection.
struct RequestForm {
    /// A proxy that forwards plain http wants the whole URL in the first line.
    bool absolute = false;
    /// Value of Proxy-Authorization; empty is none.
    std::string_view proxy_authorization = {};
};

/// The request up to its body, with Host and Content-Length added where they are missing. Fails as
/// invalid where a part could be mistaken for another on the wire (line breaks, blanks in the
/// target, a Content-Length that is not the body's, Transfer-Encoding), before anything is sent.
[[nodiscard]] base::Result<std::string> format_head(const Request& request, RequestForm form);

/// `CONNECT authority HTTP/1.1` with its fields.
[[nodiscard]] std::string format_tunnel_head(std::string_view authority,
                                             std::string_view proxy_authorization);

/// The response up to its body. Content-Length is set, and `Connection: close` where the connection
/// ends with it; line breaks in fields become blanks.
[[nodiscard]] std::string format_head(const Response& response, bool keep_alive);

/// The standard's words for a status: `Not Found`.
[[nodiscard]] std::string_view reason(int status);

} // namespace exarch::http
