#include "simulation/checks/breaker_watch.hpp"

namespace exarch::simulation {

using actions::Verdict;

void BreakerWatch::on_answer(const std::string& lane, Verdict verdict, base::Instant now) {
    const std::string account;
    switch (verdict) {
    case Verdict::account_denied:
        unwritten_[account] = now;
        is_denied_[account] = true;
        return;
    case Verdict::not_sent:
    case Verdict::unknown:
        return;
    case Verdict::resource_denied:
        unwritten_[lane] = now;
        is_denied_[lane] = true;
        break;
    case Verdict::throttled:
        // An answer of the account; it tells nothing of the lane.
        break;
    case Verdict::accepted:
    case Verdict::content_refused:
    case Verdict::resource_missing:
    case Verdict::slots_full:
        has_answered(lane);
        break;
    }
    has_answered(account);
}

void BreakerWatch::has_answered(const std::string& name) {
    is_denied_[name] = false;
    // Whoever has heard it need not wait until that is written.
    denied_at_.erase(name);
    unwritten_.erase(name);
}

void BreakerWatch::on_written() {
    for (const auto& [name, at] : unwritten_) {
        denied_at_[name] = at;
    }
    unwritten_.clear();
}

void BreakerWatch::on_taken() {
    unwritten_.clear();
}

bool BreakerWatch::is_paused(const std::string& name, base::Instant now) const {
    constexpr std::chrono::minutes pause(1);
    const auto denied = denied_at_.find(name);
    return denied != denied_at_.end() && now < denied->second + pause;
}

std::optional<bool> BreakerWatch::is_denied(const std::string& name) const {
    const auto known = is_denied_.find(name);
    return known != is_denied_.end() ? std::optional(known->second) : std::nullopt;
}

} // namespace exarch::simulation
