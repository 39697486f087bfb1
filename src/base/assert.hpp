#pragma once

namespace exarch::base {

/// Prints the place and the condition, and aborts. A broken invariant must not reach the ledger.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

} // namespace exarch::base

/// A condition that only an error in this program can break. On in every build.
#define EXARCH_ASSERT(condition)                                                                   \
    (static_cast<bool>(condition)                                                                  \
         ? static_cast<void>(0)                                                                    \
         : ::exarch::base::assertion_failed(#condition, __FILE__, __LINE__))
