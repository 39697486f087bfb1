#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace exarch::core {

/// How a call whose outcome is unknown is looked for among AWS's own records (proof.hpp).
struct Search {
    /// Attempts of this run that ended without an answer, and when the first did.
    std::uint32_t unanswered = 0;
    base::Instant unanswered_since;
    /// A proof is under way, or stands in line.
    bool is_wanted = false;
    /// When the last proof began, how many have ended, and when the next may be wanted.
    base::Instant began_at;
    std::uint32_t proofs = 0;
    base::Instant next_from = base::Instant::min();
    /// What AWS's records have of it, found while it was on its way once more.
    std::optional<std::string> found_id;
};

} // namespace exarch::core
