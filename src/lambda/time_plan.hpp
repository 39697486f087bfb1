#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>

namespace exarch::lambda {

/// What an invocation does with its time. All its moments are on the timeline of pacing.
struct TimePlan {
    /// How long a call may take, of which no other time is left for its answer.
    base::Duration call_longest{};
    /// No call begins after this, or it might not have ended when the invocation has to.
    base::Instant last_start;
    /// When every call that began has ended, and it is time to answer.
    base::Instant answer_by;
    /// False where there was no time for a call from the beginning.
    [[nodiscard]] bool has_time_at(base::Instant now) const { return now <= last_start; }
};

/// Answering takes this much of an invocation's time.
inline constexpr base::Duration answer_margin = std::chrono::milliseconds(500);
/// A call that has not been answered within this may still be: shorter would be to guess.
inline constexpr base::Duration call_shortest = std::chrono::seconds(2);
/// CloudFront and STS answer within a second, and after this hardly ever.
inline constexpr base::Duration call_most = std::chrono::seconds(10);
/// An invocation needs so much for a single call.
inline constexpr base::Duration invocation_shortest = call_shortest + answer_margin;

/// The same, of an invocation as it came: fails as invalid where its deadline is not known.
[[nodiscard]] base::Result<TimePlan> plan_invocation(base::Moment now,
                                                     std::optional<base::Timestamp> deadline);
/// What is to be said where there is no time for a call.
[[nodiscard]] std::string too_short(base::Moment now, base::Timestamp deadline);

/// A quarter of the time is for the last call, within the limits above.
[[nodiscard]] TimePlan plan_time(base::Moment now, base::Timestamp deadline);

} // namespace exarch::lambda
