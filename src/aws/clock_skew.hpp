#pragma once

#include "aws/error.hpp"
#include "base/time.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::aws {

/// Reads the Date header of a reply: `Tue, 24 Nov 2026 00:10:00 GMT` (RFC 9110, IMF-fixdate).
/// None where it is anything else.
[[nodiscard]] std::optional<base::Timestamp> parse_http_date(std::string_view text);

/// How far each host's clock is from ours, and how much of that signatures make up for. Pure.
/// AWS refuses signatures that are 5 minutes (most services) or 15 (S3, SQS, STS) off.
class ClockSkew {
public:
    /// Differences up to this are left alone: Date has whole seconds and replies take time.
    static constexpr base::Duration tolerated = std::chrono::minutes(4);
    /// Hosts remembered at most; beyond that all are forgotten.
    static constexpr std::size_t hosts_max = 1024;

    /// What to add to our clock before signing for `host`.
    [[nodiscard]] base::Duration correction(std::string_view host) const;

    /// One reply that said what time it is.
    struct Reading {
        std::string_view host;
        base::Timestamp server;
        base::Timestamp local;
        /// What was added when the request was signed.
        base::Duration applied{0};
        /// The reply refuses the request for its date.
        bool refused_for_date = false;
    };

    /// Takes note of a reply. True where signatures for the host are dated differently from now on,
    /// by more than a second from what this request had.
    bool observe(const Reading& reading);

private:
    std::map<std::string, base::Duration, std::less<>> corrections_;
};

/// True for codes and messages that name the date as the reason: `RequestTimeTooSkewed`,
/// `RequestExpired`, "Signature expired: …", "Signature not yet current: …".
[[nodiscard]] bool blames_date(std::string_view code, std::string_view message);

/// True for those that a wrong date may be behind, but a wrong key as well:
/// `SignatureDoesNotMatch`, `InvalidSignatureException`, `AuthFailure`.
[[nodiscard]] bool may_blame_date(std::string_view code);

} // namespace exarch::aws
