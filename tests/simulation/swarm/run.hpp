#pragma once

#include "simulation/fault.hpp"
#include "simulation/swarm/plan.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace exarch::simulation {

/// What happened in runs, added up.
struct RunTotals {
    std::uint64_t seeds = 0;
    /// Of these, those in which workers shared a table.
    std::uint64_t shared_seeds = 0;
    std::uint64_t events = 0;
    std::uint64_t messages = 0;
    std::uint64_t redeliveries = 0;
    std::uint64_t lives = 0;
    /// Of functions, and what they sent to themselves.
    std::uint64_t invocations = 0;
    std::uint64_t ticks = 0;
    std::uint64_t effects = 0;
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::uint64_t expired = 0;
    std::uint64_t rejected = 0;
    base::Duration time{};
    PerFault<std::uint64_t> faults;

    void add(const RunTotals& other);
};

/// How a run ended.
struct RunOutcome {
    /// Two runs of one seed have the same.
    std::string digest;
    /// The rules it broke; empty where it kept all.
    std::vector<std::string> violations;
    /// The run in words, as far as it was to be kept.
    std::string story;
    RunTotals totals;

    [[nodiscard]] bool has_failed() const { return !violations.empty(); }
};

/// Producers, accounts and everything that goes wrong, all out of one seed: first the faults, then
/// a calm in which everything has to come to its end.
[[nodiscard]] RunOutcome run(const RunParams& params);

/// The arguments of `simulation` that make this run again.
[[nodiscard]] std::string arguments_of(const RunParams& params);

} // namespace exarch::simulation
