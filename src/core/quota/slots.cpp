#include "core/quota/slots.hpp"

#include "base/assert.hpp"
#include "core/probe.hpp"

#include <algorithm>

namespace exarch::core {
namespace {

using actions::SlotCount;
using base::Duration;
using base::Instant;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration rest_first = seconds(2);
constexpr Duration rest_longest = seconds(60);
constexpr Duration expected_shortest = seconds(5);
constexpr Duration expected_longest = minutes(15);

} // namespace

std::uint32_t Slots::Tally::available(Instant now) const {
    const std::uint32_t free = limit > held ? limit - held : 0;
    return now < rest_until ? 0 : std::min(free, batch_max);
}

void Slots::Tally::refused(std::uint32_t batch, Instant now) {
    batch_max = std::max(batch / 2, 1U);
    rest_until = now + rest;
    rest = std::min(rest * 2, rest_longest);
}

void Slots::Tally::accepted(std::uint32_t batch) {
    if (batch > 0) {
        rest = rest_first;
        batch_max = std::max(batch_max, batch > limit / 2 ? limit : batch * 2);
    }
}

void Slots::Tally::keep_usable() {
    batch_max = std::clamp(batch_max, std::min(1U, limit), limit);
    rest = std::clamp<Duration>(rest, rest_first, rest_longest);
}

void Slots::keep_usable() {
    paths_.keep_usable();
    wildcards_.keep_usable();
}

Slots::Tally Slots::tally(std::uint32_t limit) {
    return {.limit = limit, .held = 0, .batch_max = limit, .rest = rest_first};
}

Slots::Slots(const SlotLimits& limits)
    : paths_(tally(limits.paths)), wildcards_(tally(limits.wildcards)) {}

SlotCount Slots::available(Instant now) const {
    return {paths_.available(now), wildcards_.available(now)};
}

void Slots::hold(SlotCount count) {
    paths_.held += count.paths;
    wildcards_.held += count.wildcards;
}

void Slots::release(SlotCount count) {
    EXARCH_ASSERT(paths_.held >= count.paths);
    EXARCH_ASSERT(wildcards_.held >= count.wildcards);
    paths_.held -= count.paths;
    wildcards_.held -= count.wildcards;
}

void Slots::refused(SlotCount batch, Instant now) {
    // Which of the two was full is not said. Wildcards are the scarcer by far, so a batch that
    // had some is suspected of those alone, and its paths go on without them.
    if (batch.wildcards > 0) {
        pass(Probe::wildcards_refused);
        wildcards_.refused(batch.wildcards, now);
    } else {
        pass(Probe::paths_refused);
        paths_.refused(batch.paths, now);
    }
}

void Slots::accepted(SlotCount batch) {
    paths_.accepted(batch.paths);
    wildcards_.accepted(batch.wildcards);
}

Instant Slots::rest_until(actions::SlotKind kind) const {
    return kind == actions::SlotKind::path ? paths_.rest_until : wildcards_.rest_until;
}

void CompletionTime::observed(Duration in_progress, Duration complete) {
    // It was complete at some time between the two; taking the later one for it would let the
    // estimate grow by itself, because it is also what decides when the question is asked.
    const Duration middle = in_progress + (complete - in_progress) / 2;
    // Half again as long as what is usual, so that slots are rarely thought free too early.
    const Duration target =
        std::clamp<Duration>(middle * 3 / 2, expected_shortest, expected_longest);
    expected_ += (target - expected_) / 4;
}

void CompletionTime::fell_short() {
    expected_ = std::min<Duration>(expected_ * 2, expected_longest);
}

void CompletionTime::keep_usable() {
    expected_ = std::clamp<Duration>(expected_, expected_shortest, expected_longest);
}

void CompletionTime::held_good() {
    // Much less than falling short adds: being refused costs a call, waiting costs only time.
    expected_ -= std::max(expected_ - first, Duration(0)) / 16;
}

} // namespace exarch::core
