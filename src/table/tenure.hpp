#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace exarch::table {

/// How an account is held.
struct TenureTerms {
    /// How long a lease lasts. It is held on to when a third of that is over.
    base::Duration lease = std::chrono::seconds(90);
    /// How often the log is looked at.
    base::Duration look_every = std::chrono::seconds(1);
    /// The lease is given up where there is nothing to do for longer than this.
    base::Duration rest_longest = std::chrono::minutes(1);
    /// So many looks for more, each in vain, come before that: messages of an account often come
    /// one after another, and a lease costs more than a look.
    int idle_looks = 2;
    /// Whether an account is kept where only people can help: coming back to it once a minute costs
    /// a lease each time.
    bool keeps_blocked = true;
};

/// Decides what the holder of an account's lease does next, one thing after another: it writes what
/// has been decided, holds on to the lease, looks for more in the log, or gives the lease up. Pure:
/// it is told the time and the state of things.
class Tenure {
public:
    enum class Step : std::uint8_t { write, hold_on, look, release, wait };
    struct State {
        base::Instant held_until;
        /// Commits that have not been written.
        bool has_commits = false;
        /// Calls, questions or commits under way.
        bool is_busy = false;
        /// Something waits for what only people can mend.
        bool is_blocked = false;
        /// As Core::rests_until().
        std::optional<base::Timestamp> rests_until;
    };
    struct Next {
        Step step = Step::wait;
        /// Of a wait: until when, if nothing happens before.
        base::Instant at;
        /// Of a release: when somebody has to look at the account again; the end of time where
        /// nothing is left to do.
        base::Timestamp due;
    };

    Tenure(TenureTerms terms, base::Instant now) : terms_(terms), look_at_(now) {}

    [[nodiscard]] Next next(const State& state, base::Moment now) const;
    /// The log was looked at: in vain where there is nothing more in it, and nothing to do.
    void looked(bool in_vain, base::Instant now);
    /// There may be more in the log.
    void look_soon(base::Instant now);
    /// Gives the lease up as soon as nothing is under way.
    void stop() { is_stopping_ = true; }
    [[nodiscard]] bool is_stopping() const { return is_stopping_; }

private:
    [[nodiscard]] bool may_release(const State& state, base::Moment now) const;

    TenureTerms terms_;
    base::Instant look_at_;
    int idle_looks_ = 0;
    bool is_stopping_ = false;
};

} // namespace exarch::table
