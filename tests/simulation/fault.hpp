#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace exarch::simulation {

/// Everything that can go wrong around the core, by the name under which a seed chooses it, a
/// report counts it and `simulation --without` leaves it out.
enum class Fault : std::uint8_t {
    none,
    // What becomes of one sending of a call.
    /// Fails before anything leaves; certainly without effect.
    not_sent,
    /// Leaves, and is lost on the way.
    lost_request,
    /// Takes effect; the answer is lost.
    lost_answer,
    /// The sender gives up first; then it takes effect.
    late_effect,
    /// Refused for its rate, whatever the quota says.
    throttled,
    /// Answered with an error of the server: without effect, or after it.
    server_error,
    server_error_after_effect,
    /// The session's credentials are refused.
    expired_credentials,
    // What becomes of one AssumeRole.
    session_throttled,
    session_failed,
    // What takes longer than usual.
    slow_network,
    slow_disk,
    slow_deletion,
    slow_proof,
    // Questions about done and lost calls.
    read_failed,
    // The queue.
    delivered_twice,
    delivered_late,
    deletion_lost,
    // The disk: a commit fails, and what it leaves is nothing, or all of it. The process ends.
    commit_lost,
    commit_kept,
    // The process ends, before and after everything that it does.
    stopped,
    crash_after_receive,
    crash_between_effects,
    crash_before_commit,
    crash_after_commit,
    crash_before_call,
    crash_after_call,
    crash_before_answer,
    crash_before_deletion,
    crash_after_deletion,
    // The calendar: it is set, also while the process is down, or goes at another pace than
    // steady time.
    clock_jump,
    clock_jump_while_down,
    clock_drift,
    // What an account or a distribution is like for a while.
    account_denied,
    distribution_denied,
    distribution_missing,
    distribution_failing,
    item_refused,
    quota_changed,
    slots_taken,
    reads_denied,
    reads_throttled,
    invalidation_absent,
    /// ListInvalidations shows what was accepted a while later.
    listed_late,
    /// The ledger forgets what was settled.
    ledger_pruned,
    // Where several workers share a ledger in a table. A worker is killed, or stands still for a
    // while and then goes on as if nothing had been; their clocks differ.
    worker_killed,
    worker_stopped_still,
    clocks_apart,
    /// All are down for days, and DynamoDB removes what has expired.
    down_for_days,
    // What becomes of one request to the table.
    table_slow,
    table_throttled,
    /// A transaction is refused for another one's sake, and sent again.
    transaction_conflict,
    table_request_lost,
    /// Takes effect, and is sent again.
    table_answer_lost,
    /// No answer comes for so long that nobody waits for it any more: without effect, or after it.
    table_fails,
    table_fails_after_effect,
    /// The index shows what was.
    index_behind,
    // What becomes of a function's tick: it is not sent, or is without the function's knowing; it
    // never comes, or comes long after its time.
    tick_refused,
    tick_answer_lost,
    tick_lost,
    tick_late,
};

inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::tick_late) + 1;
/// Those that strike a worker with a ledger of its own.
inline constexpr std::size_t lone_fault_count = static_cast<std::size_t>(Fault::ledger_pruned);

/// One number for each kind of fault.
template <class Number>
class PerFault {
public:
    Number& operator[](Fault fault) { return numbers_[static_cast<std::size_t>(fault)]; }
    const Number& operator[](Fault fault) const {
        return numbers_[static_cast<std::size_t>(fault)];
    }

private:
    std::array<Number, fault_count> numbers_{};
};

[[nodiscard]] std::string_view format(Fault fault);

/// All that strike a worker with a ledger of its own, in order.
[[nodiscard]] std::span<const Fault> all_faults();
/// Those, and what strikes only where several share a table.
[[nodiscard]] std::span<const Fault> shared_faults();

} // namespace exarch::simulation
