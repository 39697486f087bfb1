#pragma once

#include "base/result.hpp"
#include "simulation/swarm/run.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace exarch::simulation {

/// What `simulation` is asked to do.
struct Options {
    /// The seed is the first, where there are several.
    RunParams run;
    bool is_single = false;
    std::uint64_t first = 1;
    std::uint64_t last = 300;
    /// Stops after so many.
    std::optional<std::int64_t> seconds;
    /// Every so many-th seed is run twice.
    std::uint64_t twice_every = 50;
    bool needs_every_probe = false;
    bool shrinks = true;
    bool wants_help = false;
};

inline constexpr std::string_view usage = R"(usage: simulation [OPTION…]
  --seeds FROM..TO    runs these seeds (1..300)
  --for DURATION      runs seeds from FROM on until DURATION (10m) is over
  --seed N            runs one, and makes a short story of it where it fails
  --workers N         up to N workers share a ledger in a table (0: one with a ledger of its own)
  --events N          faults strike until the core was told so many events (2000); where workers
                      share a table, until so many requests and answers were made
  --without KIND,…    leaves out kinds of faults
  --messages N        sends no more messages than this
  --skip N,…          leaves out messages
  --wishes N          wishes in a message at most
  --no-shrink         tells a failing run as it is
  --every-probe       fails where a rare branch of the core was never reached
)";

/// Fails as invalid, with what would be right.
[[nodiscard]] base::Result<Options> parse_options(std::vector<std::string_view> arguments);

} // namespace exarch::simulation
