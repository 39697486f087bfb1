#pragma once

#include "base/result.hpp"
#include "core/params.hpp"
#include "simulate/cost.hpp"
#include "simulate/tally.hpp"
#include "simulate/virtual_shell.hpp"
#include "simulate/workload.hpp"

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace exarch::simulate {

/// What a run has done: in an account, or in all.
struct RunSum {
    std::uint64_t operations = 0;
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::uint64_t expired = 0;
    /// Sendings, and those that were refused for their rate, or got no answer.
    std::uint64_t calls = 0;
    std::uint64_t throttled = 0;
    std::uint64_t unanswered = 0;
    /// Items of accepted calls; each costs.
    std::uint64_t items = 0;
    double dollars = 0;
    /// From the beginning until the last call is sent.
    base::Duration last_call_after{};
    /// From when an operation comes until AWS has accepted it, or it ends otherwise.
    base::Duration longest_wait{};
};

struct AccountRun {
    base::AccountId account;
    RunSum sum;
    ItemsByAction items = {};
};

struct SimulationResult {
    RunSum all;
    Waits waits;
    Timeline timeline;
    /// In the order of their ids.
    std::vector<AccountRun> accounts;
    /// Parts of messages that ask for nothing that could be carried out.
    std::uint64_t rejected = 0;
    std::uint64_t duplicate_tasks = 0;
    /// The most operations that the core held at once.
    std::uint64_t held_max = 0;
};

/// Told now and then how many operations have ended, and at what virtual time.
using SimulationProgress = std::function<void(std::uint64_t ended, base::Duration at)>;

/// The core itself at work on a workload against a model of AWS, in virtual time from `start` on,
/// until every operation has ended. Messages wait in a queue while the core wants no more
/// (CoreParams::pending_max), and it looks there ten times a second. What has settled is
/// forgotten, so that memory grows with what is open at once, and by eight bytes for each
/// operation younger than the oldest open one.
[[nodiscard]] base::Result<SimulationResult> simulate(core::CoreParams params, Workload& workload,
                                                      base::Timestamp start,
                                                      const CloudModel& model,
                                                      const SimulationProgress& progress = {});

/// The same parameters with `factor` times the rate of every quota.
[[nodiscard]] core::CoreParams with_quotas(core::CoreParams params, double factor);

} // namespace exarch::simulate
