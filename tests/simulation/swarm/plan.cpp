#include "simulation/swarm/plan.hpp"

#include <array>
#include <utility>

namespace exarch::simulation {
namespace {

using base::Duration;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

template <class Value, std::size_t N>
Value one_of(Dice& dice, const std::array<Value, N>& values) {
    return values[dice.below(N)];
}

/// A share that is often nothing, and otherwise anything.
std::uint64_t share(Dice& dice, std::uint64_t most) {
    return dice.one_in(3) ? 0 : 1 + dice.below(most);
}

/// How often each kind may strike at most, in ten thousand.
std::uint32_t most_of(Fault fault) {
    switch (fault) {
    case Fault::commit_lost:
    case Fault::commit_kept:
    case Fault::crash_after_receive:
    case Fault::crash_between_effects:
    case Fault::crash_before_commit:
    case Fault::crash_after_commit:
    case Fault::crash_before_call:
    case Fault::crash_after_call:
    case Fault::crash_before_answer:
    case Fault::crash_before_deletion:
    case Fault::crash_after_deletion:
        return 100;
    case Fault::stopped:
    case Fault::clock_jump:
    case Fault::account_denied:
    case Fault::distribution_missing:
    case Fault::ledger_pruned:
        return 300;
    case Fault::distribution_denied:
    case Fault::distribution_failing:
    case Fault::quota_changed:
    case Fault::slots_taken:
    case Fault::reads_denied:
    case Fault::reads_throttled:
    case Fault::listed_late:
        return 600;
    case Fault::expired_credentials:
    case Fault::session_throttled:
    case Fault::session_failed:
    case Fault::invalidation_absent:
    case Fault::slow_network:
    case Fault::slow_proof:
        return 2000;
    default:
        return 4000;
    }
}

ChaosParams choose_chaos(Dice& dice, const std::set<Fault>& without) {
    ChaosParams chaos;
    chaos.spread = milliseconds(one_of(dice, std::array{20, 100, 400, 2000}));
    // Some runs see nearly everything, some nearly nothing.
    const std::uint64_t chosen = one_of(dice, std::array<std::uint64_t, 4>{10, 30, 50, 80});
    for (const Fault fault : all_faults()) {
        // Drawn in any case, so that leaving one out changes nothing about the others.
        const bool is_chosen = dice.chance(chosen);
        std::uint64_t strength = 1 + dice.below(most_of(fault));
        strength = dice.one_in(2) ? strength : 1 + strength / 10;
        if (is_chosen && !without.contains(fault)) {
            chaos.of_ten_thousand[fault] = static_cast<std::uint32_t>(strength);
        }
    }
    if (dice.one_in(15)) {
        // The way back is closed: nearly nothing is ever answered.
        for (const Fault fault : {Fault::lost_answer, Fault::slow_network, Fault::slow_proof}) {
            chaos.of_ten_thousand[fault] = without.contains(fault) ? 0 : 7000;
        }
    }
    return chaos;
}

WorldParams choose_world(Dice& dice) {
    WorldParams world;
    world.in_progress.paths = one_of(dice, std::array{1U, 3U, 20U, 100U, 3000U, 3000U, 3000U});
    world.in_progress.wildcards = one_of(dice, std::array{1U, 2U, 15U, 15U, 15U});
    if (dice.one_in(8)) {
        world.in_progress.scope = core::SlotLimits::Scope::account;
    }
    world.create.rate = one_of(dice, std::array{0.5, 1.0, 1.0, 1.0, 5.0, 20.0});
    world.create.burst = one_of(dice, std::array{1.0, 1.0, 3.0, 10.0});
    world.read.rate = one_of(dice, std::array{0.5, 2.0, 2.0, 10.0});
    world.read.burst = one_of(dice, std::array{1.0, 2.0, 5.0});
    world.max_age = one_of(
        dice, std::array<Duration, 5>{minutes(3), minutes(20), hours(2), hours(24), hours(24)});
    world.pending_max = one_of(dice, std::array<std::size_t, 4>{10, 100, 1'000'000, 1'000'000});
    world.in_flight_max = one_of(dice, std::array{1U, 2U, 8U, 8U});
    world.idle_lanes_max = one_of(dice, std::array<std::size_t, 3>{0, 2, 4096});
    world.visibility = one_of(dice, std::array<Duration, 3>{seconds(5), seconds(30), minutes(5)});
    world.needs_sessions = !dice.one_in(4);
    world.keeps_history = false;
    world.stops_at_violation = true;
    return world;
}

void choose_workload(Dice& dice, Plan& plan) {
    plan.accounts = 1 + dice.below(dice.one_in(4) ? 20 : 4);
    plan.distributions = 1 + dice.below(4);
    plan.senders = 1 + dice.below(4);
    plan.paths = one_of(dice, std::array<std::uint64_t, 4>{3, 10, 40, 10'000});
    plan.folders = 1 + dice.below(5);
    plan.wishes_most = one_of(dice, std::array<std::uint64_t, 5>{1, 4, 10, 10, 30});
    plan.wildcards = share(dice, 40);
    plan.refused = share(dice, 15);
    plan.unreadable = share(dice, 10);
    plan.tags = share(dice, 20);
    plan.second_form = share(dice, 100);
    plan.named = share(dice, 60);
    plan.delayed = share(dice, 40);
    plan.with_deadline = share(dice, 60);
    plan.bursts = share(dice, 20);
    plan.priorities = 1 + dice.below(4);
    plan.has_unlisted = dice.one_in(4);
    plan.backlog = one_of(dice, std::array<std::uint64_t, 5>{1, 10, 30, 100, 400});
    plan.queued_max = std::min<std::uint64_t>(plan.backlog, 40);
    plan.gap = one_of(dice, std::array<Duration, 5>{milliseconds(100), seconds(1), seconds(3),
                                                    seconds(10), seconds(40)});
    plan.deadline = one_of(dice, std::array<Duration, 3>{seconds(20), minutes(3), hours(1)});
    plan.completion = one_of(dice, std::array<Duration, 5>{seconds(4), seconds(30), seconds(90),
                                                           minutes(10), minutes(10)});
    if (dice.one_in(50)) {
        // At one account nothing is finished for days, and nothing may have to wait for it.
        plan.is_endless = true;
        plan.accounts = std::max<std::uint64_t>(plan.accounts, 4);
        plan.world.in_progress = {.paths = 1'000'000, .wildcards = 1'000};
        plan.wildcards = 0;
        plan.refused = 0;
    }
    if (dice.one_in(200)) {
        // Thousands have one deadline, or see the calendar go past theirs. Not all the way: a run
        // of a hundred times as many operations finds no more, and takes what a hundred others do.
        plan.flooding_messages = 40;
        plan.flooding_wishes_most = 400;
        plan.second_form = 100;
        plan.with_deadline = 50;
        plan.backlog = 2500;
    }
}

} // namespace

std::string account_id(std::uint64_t number) {
    constexpr std::uint64_t ten = 10;
    std::string id = "111122223300";
    id[10] = static_cast<char>('0' + number / ten);
    id[11] = static_cast<char>('0' + number % ten);
    return id;
}

Plan plan_of(const RunParams& params) {
    Dice dice(params.seed);
    Plan plan;
    plan.chaos_seed = dice.next();
    plan.workload_seed = dice.next();
    plan.trouble_seed = dice.next();
    plan.world = choose_world(dice);
    choose_workload(dice, plan);
    plan.chaos = choose_chaos(dice, params.without);
    if (plan.chaos.of_ten_thousand[Fault::clock_drift] > 0) {
        // Up to one in a thousand, either way.
        plan.world.calendar_drift = static_cast<std::int64_t>(dice.below(2001)) - 1000;
    }
    if (plan.has_unlisted) {
        plan.world.accounts.emplace();
        for (std::uint64_t number = 0; number < plan.accounts; ++number) {
            plan.world.accounts->insert(base::AccountId(account_id(number)));
        }
    }
    if (params.wishes_max) {
        plan.wishes_most = std::min(plan.wishes_most, *params.wishes_max);
        plan.flooding_wishes_most = std::min(plan.flooding_wishes_most, *params.wishes_max);
    }
    plan.world.trace_lines = params.trace_lines;
    if (Dice(params.seed << 23U).one_in(8)) {
        plan.names = 2;
        plan.named = 60;
        plan.second_form = 100;
        plan.senders = 4;
    }
    if (Dice(params.seed << 22U).one_in(6)) {
        plan.world.carried = {.operations = 3, .covered = 6};
    }
    return plan;
}

} // namespace exarch::simulation
