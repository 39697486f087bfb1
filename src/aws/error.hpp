#pragma once

#include "base/error.hpp"
#include "base/identifier.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::aws {

/// What to do about a call that did not succeed. Retry policy reads this and nothing else.
enum class Remedy : std::uint8_t {
    /// Certainly without effect, and not our fault: send the same call again.
    retry,
    /// Certainly without effect, refused for its rate: send it again, later and less often.
    slow_down,
    /// Certainly without effect: the target holds as much unfinished work as it may. Wait for some
    /// of it to end; a smaller call may fit now.
    slots_full,
    /// Certainly without effect: the credentials have ended or are unknown. Their provider has been
    /// told; the next call asks it for new ones. Twice in a row means that the new ones are bad
    /// too.
    renew_credentials,
    /// Certainly without effect: our clock was off. What was measured is used from now on, so the
    /// call may be sent again at once.
    correct_clock,
    /// It may have taken effect, or not. Only its token makes sending it again safe.
    outcome_unknown,
    /// Certainly without effect: not permitted, or there are no credentials to ask with.
    denied,
    /// Certainly without effect: the resource named in the call does not exist.
    not_found,
    /// Certainly without effect: the call itself is wrong and will stay so.
    give_up,
};

/// The name as it appears in logs and JSON: `slow_down`, …
[[nodiscard]] std::string_view format(Remedy remedy);

/// Why a call did not succeed.
struct Failure {
    Remedy remedy = Remedy::outcome_unknown;
    /// AWS's own code, `Throttling`. Without a reply that could be read, one of ours:
    /// `Unreachable`, `NoAnswer`, `Cancelled`, `NoCredentials`, `NotSent`,
    /// `UnreadableReply`, `HttpStatus`.
    std::string code;
    /// AWS's words, cut to 1,024 bytes, or ours. For people.
    std::string message;
    /// 0 where no reply came.
    int http_status = 0;
    base::RequestId request_id;
    /// When the request was sent; none where nothing was.
    std::optional<base::Instant> sent_at;

    friend bool operator==(const Failure&, const Failure&) = default;
};

/// A value, or why the call that should have brought it did not succeed.
template <class T>
using Outcome = std::expected<T, Failure>;

/// What `read` makes of the value; a failure stays as it is.
template <class T, class Read>
[[nodiscard]] auto and_then(const Outcome<T>& outcome, Read read) -> decltype(read(*outcome)) {
    if (!outcome.has_value()) {
        return std::unexpected(outcome.error());
    }
    return read(*outcome);
}

/// `CreateInvalidation: Throttling (400): Rate exceeded [request 1b2c…]`, as a base::Error whose
/// kind follows from the remedy. `what` names the operation and its target.
[[nodiscard]] base::Error to_error(const Failure& failure, std::string_view what);

/// What classification looks at.
struct RefusalFacts {
    /// As in ServiceRequest: `sqs`, `sts`, `cloudfront`.
    std::string_view service;
    /// Empty where the reply had none.
    std::string_view code;
    std::string_view message;
    int http_status = 0;
    /// False for calls that change nothing, whose outcome is therefore never in question.
    bool mutating = true;
};

/// The remedy for a reply that is not a success. The code decides, by one table for all services
/// and one for each that differs; the status decides only where the code says nothing.
[[nodiscard]] Remedy classify(const RefusalFacts& facts);

} // namespace exarch::aws
