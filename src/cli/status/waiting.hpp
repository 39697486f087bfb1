#pragma once

#include "base/time.hpp"
#include "ledger/numbered_key.hpp"
#include "ledger/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace exarch::cli {

// What an open operation waits for, as far as a ledger and the configuration tell: the running
// worker knows more (pauses after a throttle, what others have in progress), and is not asked.

/// What goes first.
struct Ahead {
    std::int64_t operations = 0;
    std::int64_t calls = 0;

    friend bool operator==(const Ahead&, const Ahead&) = default;
};

/// A call of its API in its account.
struct WaitForToken {
    /// `cloudfront.CreateInvalidation`
    std::string api;
    /// Calls a second.
    double rate = 1;
    Ahead ahead;

    friend bool operator==(const WaitForToken&, const WaitForToken&) = default;
};

/// AWS has as much of this kind in progress as it takes.
struct WaitForSlots {
    bool is_wildcard = false;
    std::int64_t in_progress = 0;
    std::int64_t limit = 0;
    /// Counted over the whole account, not the resource.
    bool is_of_account = false;
    /// Operations of the same kind.
    std::int64_t ahead = 0;
    /// How long the oldest has been in progress, where that is longer than AWS usually takes:
    /// nobody can say how much longer it will.
    std::optional<base::Duration> overdue = {};

    friend bool operator==(const WaitForSlots&, const WaitForSlots&) = default;
};

/// What AWS says to the call that carries it.
struct WaitForAnswer {
    std::string reference;
    base::Timestamp bound_at;
    /// So long ago that an attempt was throttled or has ended without an answer: then nobody knows
    /// whether it took effect.
    bool is_overdue = false;
    /// When looking for its outcome ends.
    base::Timestamp until;

    friend bool operator==(const WaitForAnswer&, const WaitForAnswer&) = default;
};

/// Somebody has to mend what is told.
struct WaitForMend {
    std::string reason;

    friend bool operator==(const WaitForMend&, const WaitForMend&) = default;
};

/// The calendar.
struct WaitForTime {
    base::Timestamp not_before;

    friend bool operator==(const WaitForTime&, const WaitForTime&) = default;
};

/// A version of exarch that knows its action.
struct WaitForVersion {
    friend bool operator==(const WaitForVersion&, const WaitForVersion&) = default;
};

using WaitCause = std::variant<WaitForToken, WaitForSlots, WaitForAnswer, WaitForMend, WaitForTime,
                               WaitForVersion>;

/// Operations of one lane and task that wait for the same thing.
struct Waiting {
    ledger::TaskKey task;
    ledger::LaneKey lane;
    std::int64_t operations = 0;
    /// The least and the greatest of their ids; others may lie between.
    ledger::OperationKey first;
    ledger::OperationKey last;
    WaitCause cause;
    /// An estimate, of when the last of them will be sent; none where nobody can say.
    std::optional<base::Duration> left;

    friend bool operator==(const Waiting&, const Waiting&) = default;
};

/// For scripts: `token`, `slots`, `answer`, `outcome`, `mend`, `time` or `version`.
[[nodiscard]] std::string_view name_of(const WaitCause& cause);

/// What is waited for, in some words: `its turn at 1 call/s`; of a mend, what it is `blocked: ` by.
[[nodiscard]] std::string describe_cause(const WaitCause& cause, base::Timestamp now);

/// One sentence: `3 operations at E1 (7-9) wait for a CreateInvalidation token in 111122223333 at
/// 1 call/s, about 42 s; 210 ahead of them, in 41 calls.`
[[nodiscard]] std::string describe(const Waiting& waiting, base::Timestamp now);

} // namespace exarch::cli
