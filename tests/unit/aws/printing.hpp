#pragma once

#include "aws/error.hpp"

#include <ostream>

namespace exarch::aws {

/// So that a failed comparison shows names.
inline void PrintTo(Remedy remedy, std::ostream* out) {
    *out << format(remedy);
}

} // namespace exarch::aws
