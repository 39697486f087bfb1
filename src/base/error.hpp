#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace exarch::base {

/// What a caller can do about a failure. Retry policy reads this and nothing else.
enum class ErrorKind : std::uint8_t {
    /// The input is wrong: repeating it changes nothing. Someone has to mend the place named.
    invalid,
    /// The thing asked for does not exist.
    not_found,
    /// Refused for lack of permission.
    denied,
    /// Another holder, or another content under the same name, stands in the way.
    conflict,
    /// Refused for its rate: slow down.
    throttled,
    /// Failed for now, and certainly without effect: nothing was sent. Trying again is safe.
    unreachable,
    /// Sent, and no usable answer came: it may have taken effect. Never to be retried blindly.
    outcome_unknown,
    /// Given up because the caller asked for it, or because its time ran out before sending.
    cancelled,
    /// Stored data contradicts itself.
    corrupt,
    /// The machine under us failed: disk full, file unreadable, no memory left.
    system,
};

/// The name as it appears in logs and JSON: `outcome_unknown`, …
[[nodiscard]] std::string_view format(ErrorKind kind);

/// A failure as a value: what to do about it (kind), what happened, where and what would mend it
/// (context, a sentence for people), and the failure underneath, if any. Carries no secrets:
/// whoever builds a context masks them. Copies share the cause.
class Error {
public:
    Error(ErrorKind kind, std::string context);
    Error(ErrorKind kind, std::string context, Error cause);

    [[nodiscard]] ErrorKind kind() const { return kind_; }
    [[nodiscard]] const std::string& context() const { return context_; }
    [[nodiscard]] const Error* cause() const { return cause_.get(); }

    /// The context and its causes in one line, outermost first, joined by ": ".
    [[nodiscard]] std::string message() const;

    /// This error seen from further out, of the same kind: `context: message()`.
    [[nodiscard]] Error within(std::string context) const;

private:
    ErrorKind kind_;
    std::string context_;
    std::shared_ptr<const Error> cause_;
};

} // namespace exarch::base
