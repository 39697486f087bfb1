#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "config/config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::cli {

/// What lanes take turns at: an API in an account.
using TurnsKey = std::pair<base::AccountId, std::string_view>;

/// Calls a second of an API in an account: as learned, else as configured.
[[nodiscard]] double call_rate(const config::Config& config, const TurnsKey& key,
                               std::optional<double> learned);

/// Operations by actions::SlotKind.
using Tally = std::array<std::int64_t, 2>;

/// What AWS takes at once somewhere, and what it has.
struct SlotPool {
    Tally limit = {};
    Tally held = {};
    /// From now on, when it will have finished what.
    std::multimap<base::Duration, Tally> releases = {};
};

/// A lane as others see it that take turns with it.
struct WaitingLane {
    /// Which of the pools.
    std::size_t pool = 0;
    /// Whose lanes have turns one after another.
    std::uint32_t requester = 0;
    std::int64_t items_max = 1;
    /// What may be sent now, by priority.
    std::map<std::int32_t, Tally, std::greater<>> waiting = {};
};

struct PredictedCall {
    /// From now on.
    base::Duration after = {};
    /// What all lanes send before.
    std::int64_t calls_before = 0;
    std::int64_t operations_before = 0;
    /// What its lane has sent before, and with it.
    Tally before = {};
    Tally with = {};
};

/// The pace of an API in an account.
struct CallPace {
    /// Calls a second.
    double rate = 1;
    double burst = 1;
    /// From now on, when the next call may leave; tokens are spent till then.
    base::Duration next = {};
};

/// Of each lane its calls in order, as the core would make them (core/dispatch.hpp) if nothing
/// failed and nothing came in. `lanes` in the order in which they wait for a first turn. Calls that
/// are years away, or so many that reckoning would take seconds, are left out.
[[nodiscard]] std::vector<std::vector<PredictedCall>>
predict_calls(const CallPace& pace, std::vector<WaitingLane> lanes, std::vector<SlotPool> pools);

/// How long AWS works on a call, until more is known: what the core starts from, too
/// (core::CompletionTime); it learns, and does not write it down.
constexpr base::Duration completion_time = std::chrono::seconds(60);

/// `1 call/s`
[[nodiscard]] std::string format_pace(double rate);

} // namespace exarch::cli
