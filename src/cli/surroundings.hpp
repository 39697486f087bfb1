#pragma once

#include "base/environment.hpp"
#include "base/time.hpp"
#include "cli/terminal/terminal.hpp"

namespace exarch::cli {

/// The doors to the outside that every verb is given. All of it outlives the verb.
struct Surroundings {
    const base::Environment& environment;
    const base::Clock& clock;
    base::Entropy& entropy;
    Terminal& terminal;
};

} // namespace exarch::cli
