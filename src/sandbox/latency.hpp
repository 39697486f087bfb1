#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "sandbox/dice.hpp"

#include <string>
#include <string_view>

namespace exarch::sandbox {

/// How long a call takes before it is served; each is somewhere between the two.
struct Latency {
    base::Duration min{};
    base::Duration max{};

    friend bool operator==(const Latency&, const Latency&) = default;
};

/// Reads `20ms`, or `20ms..80ms`; an hour at most. Fails as invalid, and says what would be right.
[[nodiscard]] base::Result<Latency> parse_latency(std::string_view text);
[[nodiscard]] std::string format(const Latency& latency);

[[nodiscard]] base::Duration draw(const Latency& latency, Dice& dice);

} // namespace exarch::sandbox
