#include "table/tenure.hpp"

#include <algorithm>

namespace exarch::table {

Tenure::Next Tenure::next(const State& state, base::Moment now) const {
    const base::Instant hold_at = state.held_until - terms_.lease / 3 * 2;
    if (state.has_commits) {
        return {.step = Step::write, .at = {}, .due = {}};
    }
    if (now.steady >= hold_at) {
        return {.step = Step::hold_on, .at = {}, .due = {}};
    }
    if (!is_stopping_ && now.steady >= look_at_) {
        return {.step = Step::look, .at = {}, .due = {}};
    }
    if (may_release(state, now)) {
        const base::Timestamp due = *state.rests_until;
        return {
            .step = Step::release, .at = {}, .due = is_stopping_ ? std::min(due, now.wall) : due};
    }
    return {
        .step = Step::wait, .at = is_stopping_ ? hold_at : std::min(hold_at, look_at_), .due = {}};
}

bool Tenure::may_release(const State& state, base::Moment now) const {
    if (state.is_busy || !state.rests_until.has_value()) {
        return false;
    }
    // The end of time is no time span away.
    const base::Timestamp worth_it =
        now.wall + std::chrono::ceil<base::Timestamp::duration>(terms_.rest_longest);
    return is_stopping_ ||
           (idle_looks_ >= terms_.idle_looks && !(state.is_blocked && terms_.keeps_blocked) &&
            *state.rests_until > worth_it);
}

void Tenure::looked(bool in_vain, base::Instant now) {
    look_at_ = now + terms_.look_every;
    idle_looks_ = in_vain ? idle_looks_ + 1 : 0;
}

void Tenure::look_soon(base::Instant now) {
    look_at_ = now;
    idle_looks_ = 0;
}

} // namespace exarch::table
