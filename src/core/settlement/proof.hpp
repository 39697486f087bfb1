#pragma once

#include "core/state.hpp"

namespace exarch::core {

/// Has a call of unknown outcome looked for among AWS's own records when its turn comes, if that
/// may settle it by now. Each proof may take many requests, so an outlet has one at a time, and
/// asks nothing else meanwhile.
void seek_proof(State& state, Call& call);

/// Begins the outlet's next proof, of which there has to be one, and takes the token for its first
/// request; does neither where the account's breaker is open.
void begin_proof(State& state, Index outlet);

/// Whether not having been found by its last proof says that it took no effect: an attempt that
/// ended without an answer later may have come too late to be seen.
[[nodiscard]] bool shows_absence(const Call& call);

/// A proof is over, whatever it brought.
void end_proof(State& state, ledger::CallId call);

/// The call is settled: it need not be looked for any more. A proof under way is cut short, for
/// until it ends nothing else of the outlet is asked.
void drop_proof(State& state, const Call& call);

} // namespace exarch::core
