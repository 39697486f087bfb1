#pragma once

#include "base/time.hpp"
#include "simulate/forecast.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace exarch::cli {

/// What tasks would come to: in an account, or in all.
struct PlanSum {
    ledger::OperationCounts operations;
    std::size_t calls = 0;
    /// Items sent; each costs.
    std::size_t items = 0;
    /// Operations that need no item of their own: another operation's is the same, or covers it.
    std::size_t merged = 0;
    std::size_t covered = 0;
    /// Until the last call is sent.
    base::Duration last_call_after{};
    /// Where nothing else of this month has used up what is free.
    double dollars = 0;
};

struct PlanReport {
    PlanSum all;
    std::map<base::AccountId, PlanSum> accounts;
    simulate::Forecast forecast;
};

[[nodiscard]] PlanReport summarize(simulate::Forecast forecast);

/// Nothing would be rejected, and nothing would expire.
[[nodiscard]] bool is_sound(const PlanReport& report);

} // namespace exarch::cli
