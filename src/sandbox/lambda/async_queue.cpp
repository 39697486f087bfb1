#include "sandbox/lambda/async_queue.hpp"

#include <algorithm>
#include <utility>

namespace exarch::sandbox::lambda {
namespace {

constexpr int attempts_max = 3;
constexpr std::chrono::minutes pause_after_failure{1};
constexpr std::chrono::seconds pause_when_throttled{1};
constexpr std::chrono::hours age_max{6};

} // namespace

void AsyncQueue::add(std::string function_arn, functions::Fleet::Wish wish, base::Moment now) {
    entries_.push_back({.function_arn = std::move(function_arn),
                        .wish = std::move(wish),
                        .added_at = now.steady,
                        .due_at = now.steady});
}

std::optional<base::Instant> AsyncQueue::advance(base::Moment now) {
    std::erase_if(entries_, [&](Entry& entry) { return advance(entry, now); });
    std::optional<base::Instant> next;
    for (const Entry& entry : entries_) {
        if (!entry.invocation) {
            next = std::min(next.value_or(entry.due_at), entry.due_at);
        }
    }
    return next;
}

bool AsyncQueue::advance(Entry& entry, base::Moment now) {
    if (entry.invocation) {
        if (!entry.invocation->outcome) {
            return false;
        }
        const bool has_failed = entry.invocation->outcome->is_error;
        entry.invocation.reset();
        entry.due_at = now.steady + pause_after_failure * ++entry.failures;
        return !has_failed || entry.failures == attempts_max;
    }
    if (now.steady < entry.due_at) {
        return false;
    }
    if (!fleet_.has(entry.function_arn) || now.steady >= entry.added_at + age_max) {
        return true;
    }
    auto begun = fleet_.begin(entry.function_arn, entry.wish, now);
    if (begun.has_value()) {
        entry.invocation = std::move(*begun);
        return false;
    }
    entry.due_at = now.steady + pause_when_throttled;
    return begun.error() == functions::Throttle::recursion;
}

} // namespace exarch::sandbox::lambda
