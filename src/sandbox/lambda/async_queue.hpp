#pragma once

#include "base/time.hpp"
#include "sandbox/functions/fleet.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace exarch::sandbox::lambda {

/// Invocations that nobody waits for (InvocationType Event): tried again when they fail, a minute
/// later and then two, and while the function has no room for them, for up to six hours. What is
/// refused as recursive is dropped. `fleet` must outlive it.
class AsyncQueue {
public:
    explicit AsyncQueue(functions::Fleet& fleet) : fleet_(fleet) {}

    void add(std::string function_arn, functions::Fleet::Wish wish, base::Moment now);
    /// Does what can be done at this time. Returns when there will be more, if nothing else
    /// happens.
    std::optional<base::Instant> advance(base::Moment now);

private:
    struct Entry {
        std::string function_arn;
        functions::Fleet::Wish wish;
        base::Instant added_at;
        base::Instant due_at;
        int failures = 0;
        std::shared_ptr<const functions::Invocation> invocation = {};
    };

    /// Whether it is over, whichever way.
    [[nodiscard]] bool advance(Entry& entry, base::Moment now);

    functions::Fleet& fleet_;
    std::deque<Entry> entries_;
};

} // namespace exarch::sandbox::lambda
