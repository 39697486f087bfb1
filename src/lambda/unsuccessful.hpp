#pragma once

#include "base/log.hpp"
#include "ledger/report.hpp"

#include <span>

namespace exarch::lambda {

/// An error in the log for what ended without success, which an alarm waits for: one line for each
/// message, lane and reason, however many of its paths are concerned.
void tell_unsuccessful(base::Log& log, std::span<const ledger::EndedOperation> ended);

} // namespace exarch::lambda
