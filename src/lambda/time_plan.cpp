#include "lambda/time_plan.hpp"

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

} // namespace exarch::lambda
