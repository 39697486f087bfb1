#include "lambda/time_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::lambda {

TimePlan plan_time(base::Moment now, base::Timestamp deadline) {
    // No function runs for longer, whatever the two clocks say.
    constexpr base::Duration longest = std::chrono::minutes(15);
    constexpr int share_of_last_call = 4;
    const base::Duration left =
        std::clamp<base::Duration>(deadline - now.wall, base::Duration(0), longest);
    TimePlan plan;
    plan.call_longest = std::clamp(left / share_of_last_call, call_shortest, call_most);
    plan.answer_by = now.steady + left - answer_margin;
    plan.last_start = plan.answer_by - plan.call_longest;
    return plan;
}

base::Result<TimePlan> plan_invocation(base::Moment now, std::optional<base::Timestamp> deadline) {
    if (!deadline) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid, "the Runtime API gave no Lambda-Runtime-Deadline-Ms that can "
                                      "be read; without it nothing can be begun"));
    }
    return plan_time(now, *deadline);
}

std::string too_short(base::Moment now, base::Timestamp deadline) {
    return fmt::format(
        "{} are left of this invocation, and a call needs {}; give the function a longer timeout, "
        "60 s or more",
        base::format_for_people(deadline - now.wall),
        base::format_for_people(std::chrono::ceil<std::chrono::seconds>(invocation_shortest)));
}

} // namespace exarch::lambda
