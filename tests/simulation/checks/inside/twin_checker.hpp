#pragma once

#include "core/core.hpp"

#include <string>
#include <vector>

namespace exarch::simulation {

/// Has another core take over at this moment, by what is in the ledger and what this one hands over
/// (Core::handover()), and compares what the two know. Each difference in words; none where whoever
/// goes on knows the same. `params` are those that the core began with. Only while all that it has
/// decided is durable and nothing is under way; of breakers nothing is compared, as the ledger
/// tells of none.
[[nodiscard]] std::vector<std::string> check_twin(const core::Core& core, core::CoreParams params,
                                                  ledger::OpenWork& ledger, base::Moment now);

} // namespace exarch::simulation
