#pragma once

#include "core/event.hpp"
#include "core/lane/lane.hpp"
#include "core/lane/search.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace exarch::core {

/// Index into State's stores; what they hold is not moved.
using Index = std::uint32_t;

/// A call that is bound and not closed.
struct Call {
    enum class Phase : std::uint8_t {
        /// Its binding is being made durable.
        binding,
        /// It may leave when its time and a token have come.
        waiting,
        /// It is on its way.
        sent,
    };
    ledger::CallId id;
    Index lane = 0;
    std::string reference;
    Batch batch;
    actions::SlotCount slots;
    Phase phase = Phase::binding;
    bool is_split = false;
    base::Timestamp bound_at;
    /// When the first of its operations ends.
    base::Timestamp ends_at;
    /// When to look at it because of the calendar, as State::call_ends has it: at first at its end.
    base::Timestamp look_at;
    /// When the last chance to learn its outcome is over.
    base::Timestamp give_up_at;
    base::Instant retry_at;
    std::uint32_t attempts = 0;
    /// Some attempt ended without an answer: nothing but proof settles it from then on.
    bool is_unknown = false;
    base::Instant unknown_at;
    /// It may have been so much later, where it was told by another one's clock.
    base::Duration unknown_at_off{};
    /// When the first attempt did that, or when the call came back after a restart.
    base::Instant unknown_since;
    Search search;
    /// The refusal that a proof of absence would make final.
    std::optional<CallAnswered> refusal;
};

/// A done call that still holds slots.
struct Unfinished {
    Index lane = 0;
    actions::SlotCount slots;
    std::string result_id;
    base::Instant accepted_at;
    /// When to ask next, or, where nothing can be asked, when to take it for complete.
    base::Instant next_at;
    base::Instant asked_at = base::Instant::min();
    /// When it was last seen not to be complete: at first, when it was accepted.
    base::Instant in_progress_at = accepted_at;
    std::uint32_t asked = 0;
    /// Questions in a row that could not be asked.
    std::uint32_t failures = 0;
    bool is_readable = true;
};

} // namespace exarch::core
