#include "simulation/fault.hpp"

namespace exarch::simulation {
namespace {

constexpr std::array<std::string_view, fault_count> names{
    "none",
    "not-sent",
    "lost-request",
    "lost-answer",
    "late-effect",
    "throttled",
    "server-error",
    "server-error-after-effect",
    "expired-credentials",
    "session-throttled",
    "session-failed",
    "slow-network",
    "slow-disk",
    "slow-deletion",
    "slow-proof",
    "read-failed",
    "delivered-twice",
    "delivered-late",
    "deletion-lost",
    "commit-lost",
    "commit-kept",
    "stopped",
    "crash-after-receive",
    "crash-between-effects",
    "crash-before-commit",
    "crash-after-commit",
    "crash-before-call",
    "crash-after-call",
    "crash-before-answer",
    "crash-before-deletion",
    "crash-after-deletion",
    "clock-jump",
    "clock-jump-while-down",
    "clock-drift",
    "account-denied",
    "distribution-denied",
    "distribution-missing",
    "distribution-failing",
    "item-refused",
    "quota-changed",
    "slots-taken",
    "reads-denied",
    "reads-throttled",
    "invalidation-absent",
    "listed-late",
    "ledger-pruned",
    "worker-killed",
    "worker-stopped-still",
    "clocks-apart",
    "down-for-days",
    "table-slow",
    "table-throttled",
    "transaction-conflict",
    "table-request-lost",
    "table-answer-lost",
    "table-fails",
    "table-fails-after-effect",
    "index-behind",
    "tick-refused",
    "tick-answer-lost",
    "tick-lost",
    "tick-late",
};
static_assert(!names.back().empty());

} // namespace

std::string_view format(Fault fault) {
    return names[static_cast<std::size_t>(fault)];
}

std::span<const Fault> shared_faults() {
    static const auto all = [] {
        std::array<Fault, fault_count - 1> faults{};
        for (std::size_t index = 0; index < faults.size(); ++index) {
            faults[index] = static_cast<Fault>(index + 1);
        }
        return faults;
    }();
    return all;
}

std::span<const Fault> all_faults() {
    return shared_faults().first(lone_fault_count);
}

} // namespace exarch::simulation
