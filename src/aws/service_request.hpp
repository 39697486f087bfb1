#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "http/message.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace exarch::aws {

/// How long a call may take. Establishing a connection has its own, fixed limits.
struct CallTimeouts {
    base::Duration first_byte = std::chrono::seconds(30);
    /// All of it, waiting for a free connection included.
    base::Duration whole = std::chrono::seconds(60);

    friend bool operator==(const CallTimeouts&, const CallTimeouts&) = default;
};

/// Replies that hold what somebody else has sent: ten messages of 1 MiB each, or 3,000 paths of
/// 4,000 bytes, and what JSON and XML make of their quotation marks and ampersands.
inline constexpr std::size_t large_reply_bytes_max = std::size_t{32} * 1024 * 1024;

/// One AWS API request before it is signed: built by pure code, sent by Caller.
struct ServiceRequest {
    /// Which table of errors applies: `sqs`, `sts`, `cloudfront`.
    std::string service;
    /// `CreateInvalidation`: for logs and messages.
    std::string operation;
    std::string signing_name;
    base::Region signing_region;
    http::Origin origin;
    std::string method = "POST";
    /// Path and query as on the wire.
    std::string target = "/";
    /// Without Host, Content-Length and those of the signature.
    http::Headers headers;
    std::string body;
    /// False where repeating the call does no harm (reads, deletions by handle): its outcome is
    /// never in question.
    bool mutating = true;
    /// Whether it is better not sent than given up early, where little time is left: nobody could
    /// say what has become of it, and finding that out takes more than doing it later.
    bool needs_its_time = false;
    /// A refusal by this code is an answer of the service rather than a failure: it is returned as
    /// a reply of its status.
    std::string answering_code = {};
    CallTimeouts timeouts;
    /// A larger reply counts as none.
    std::size_t reply_bytes_max = std::size_t{8} * 1024 * 1024;
};

/// An answer of status 2xx, or a refusal by ServiceRequest::answering_code.
struct Reply {
    int status = 0;
    http::Headers headers;
    std::string body;
    base::RequestId request_id;
    /// When the last byte of the request was handed to the kernel.
    base::Instant sent_at;
};

} // namespace exarch::aws
