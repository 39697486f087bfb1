#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "queue/dead_letters.hpp"

#include <vector>

namespace exarch::worker {

/// The dead-letter queues of the configured queues, as their redrive policies name them. Asks SQS,
/// and blocks, some seconds where SQS has a hiccup. Fails as invalid where none of them has one,
/// and like run() where SQS does not say.
[[nodiscard]] base::Result<std::vector<queue::DeadLetterQueue>>
find_dead_letter_queues(const config::Config& config, const base::Environment& environment,
                        const base::Clock& clock);

} // namespace exarch::worker
