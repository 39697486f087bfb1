#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "config/config.hpp"

#include <cstdint>
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

/// What lanes still need that take equal shares of something in turn.
class Shares {
public:
    explicit Shares(std::vector<std::int64_t> needs);

    /// What all have had when one that needs `share` has had it.
    [[nodiscard]] std::int64_t until(std::int64_t share) const;

private:
    // Ascending.
    std::vector<std::int64_t> needs_;
    // Of all needs up to the same place.
    std::vector<std::int64_t> sums_;
};

/// Lanes that share a call rate, one call each in turn.
class Turns {
public:
    /// `operations` is what waits in each of the lanes, and `calls` what that takes.
    Turns(double rate, std::vector<std::int64_t> operations, std::vector<std::int64_t> calls);

    [[nodiscard]] double rate() const { return rate_; }

    /// Calls of all lanes until one that needs `calls` has had them.
    [[nodiscard]] std::int64_t calls_until(std::int64_t calls) const { return calls_.until(calls); }
    /// Operations of all lanes until one that has so many has had them.
    [[nodiscard]] std::int64_t operations_until(std::int64_t operations) const {
        return operations_.until(operations);
    }
    /// In whole seconds, ten years at most.
    [[nodiscard]] base::Duration time_for(std::int64_t calls) const;

private:
    double rate_;
    Shares operations_;
    Shares calls_;
};

/// `1 call/s`
[[nodiscard]] std::string format_pace(double rate);

/// Calls that so many items take, of a kind of which one carries so many.
[[nodiscard]] constexpr std::int64_t calls_for(std::int64_t items, std::int64_t items_max) {
    return (items + items_max - 1) / items_max;
}

} // namespace exarch::cli
