#pragma once

#include "base/time.hpp"
#include "core/probe.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace exarch::core {

/// Keeps an account (or a lane) that is broken for good from costing calls: once open, nothing
/// goes through but a probe of one call a minute.
class Breaker {
public:
    [[nodiscard]] bool is_open() const { return open_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }

    /// True where a call may go: closed, or the time for a probe has come and none is under way.
    [[nodiscard]] bool admits(base::Instant now) const {
        return !open_ || (!probing_ && now >= probe_at_);
    }
    /// When the next probe may go; only while open and none is under way.
    [[nodiscard]] base::Instant probe_at() const {
        return probing_ ? base::Instant::max() : probe_at_;
    }

    /// A call that was admitted is on its way.
    void sent() { probing_ = open_; }
    /// It has shown that the account is broken. Returns whether the breaker was closed before.
    bool trip(base::Instant now, std::string reason) {
        const bool was_closed = !open_;
        open_ = true;
        probing_ = false;
        probe_at_ = now + probe_every;
        reason_ = std::move(reason);
        return was_closed;
    }
    /// It has ended without showing anything about the account: the next probe is due as if it
    /// had failed.
    void inconclusive(base::Instant now) {
        if (std::exchange(probing_, false)) {
            pass(Probe::probe_inconclusive);
            probe_at_ = now + probe_every;
        }
    }
    /// It has gone through. Returns whether the breaker was open before.
    bool reset() {
        const bool was_open = open_;
        open_ = false;
        probing_ = false;
        reason_.clear();
        return was_open;
    }

private:
    static constexpr base::Duration probe_every = std::chrono::minutes(1);

    bool open_ = false;
    bool probing_ = false;
    base::Instant probe_at_ = base::Instant::min();
    std::string reason_;
};

} // namespace exarch::core
