#pragma once

#include <span>
#include <string>
#include <string_view>

namespace exarch::sigv4 {

/// A header as it will be sent; both views belong to the caller.
struct HeaderView {
    std::string_view name;
    std::string_view value;
};

/// How the path of a request becomes the canonical one.
struct PathRules {
    /// Every service but S3 encodes the path once more than it is on the wire.
    bool double_encode = true;
    /// Every service but S3 removes `.`, `..` and empty segments.
    bool normalize = true;
};

/// What of a request enters its signature. Views must outlive the call they are passed to.
struct SignableRequest {
    std::string_view method;
    /// Path and query exactly as on the wire.
    std::string_view target;
    /// Those to be sent, `Host` among them. Which of them are signed is decided here.
    std::span<const HeaderView> headers;
    std::string_view body;
    PathRules path_rules = {};
};

/// False for the headers that proxies and tracers rewrite on the way (Connection, User-Agent,
/// X-Amzn-Trace-Id, …): signing them would break the signature. Compared without case.
[[nodiscard]] bool is_signed_header(std::string_view name);

/// What the signature covers, and the names of its headers, `;` between them.
struct CanonicalRequest {
    std::string text;
    std::string signed_headers;
};

/// Builds the canonical request into `canonical`, whose memory is used again: method, path, sorted
/// query, sorted headers with their values trimmed, and the digest of the body.
/// `added` are headers that signing itself adds (date and token), signed like the request's own.
/// Source: "Create a signed AWS API request" of the IAM user guide, and botocore's auth.py.
void build_canonical_request(const SignableRequest& request, std::span<const HeaderView> added,
                             CanonicalRequest& canonical);

} // namespace exarch::sigv4
