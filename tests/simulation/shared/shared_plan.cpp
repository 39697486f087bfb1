#include "simulation/shared/shared_plan.hpp"

#include <algorithm>
#include <array>

namespace exarch::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// How often each kind may strike at most, in ten thousand requests.
std::uint32_t most_of(Fault fault) {
    switch (fault) {
    case Fault::worker_killed:
        return 40;
    case Fault::worker_stopped_still:
        return 60;
    case Fault::table_fails:
    case Fault::table_fails_after_effect:
        return 30;
    case Fault::table_slow:
        return 500;
    case Fault::down_for_days:
        return 200;
    case Fault::index_behind:
        return 10'000;
    case Fault::tick_lost:
    case Fault::tick_late:
        return 2000;
    default:
        return 1000;
    }
}

/// Whatever is slow or large tells nothing here that it does not tell of a lone worker.
void keep_small(Plan& plan) {
    plan.accounts = std::min<std::uint64_t>(plan.accounts, 4);
    plan.is_endless = false;
    plan.flooding_messages = 0;
    plan.backlog = std::clamp<std::uint64_t>(plan.backlog, 10, 100);
    plan.completion = std::min<base::Duration>(plan.completion, seconds(90));
    plan.gap = std::min<base::Duration>(plan.gap, seconds(10));
    plan.world.max_age = std::max<base::Duration>(plan.world.max_age, minutes(20));
    plan.world.calendar_drift = 0;
    // As the worker has them, where nothing else can be configured.
    plan.world.in_flight_max = 8;
    if (plan.world.accounts) {
        plan.world.accounts->clear();
        for (std::uint64_t number = 0; number < plan.accounts; ++number) {
            plan.world.accounts->insert(base::AccountId(account_id(number)));
        }
    }
}

/// In place of all workers, or of some.
void add_functions(SharedPlan& shared, Dice dice) {
    const std::size_t all = shared.clocks.size();
    if (dice.one_in(3)) {
        shared.functions = all;
    } else if (dice.one_in(2)) {
        shared.functions = 1 + dice.below(all - 1);
    }
    constexpr std::array<int, 3> times{6, 20, 60};
    shared.function_time = seconds(times[dice.below(times.size())]);
}

} // namespace

config::Config config_of(const WorldParams& world, base::Duration lease) {
    config::Config config;
    config.queues = {"https://queue"};
    config.ledger_table = "ledger";
    config.worker.lease = lease;
    config.worker.pending_max = static_cast<std::int64_t>(world.pending_max);
    config.lifetimes.operation_max_age = world.max_age;
    config.in_progress.paths = world.in_progress.paths;
    config.in_progress.wildcards = world.in_progress.wildcards;
    config.in_progress.scope = world.in_progress.scope == core::SlotLimits::Scope::account
                                   ? config::InProgressScope::account
                                   : config::InProgressScope::distribution;
    for (auto& [api, quota] : config.quotas) {
        const core::Quota& configured =
            api == "cloudfront.CreateInvalidation" ? world.create : world.read;
        quota = {configured.rate, configured.burst};
    }
    if (world.accounts) {
        config.targets.only_listed = true;
        for (const base::AccountId& account : *world.accounts) {
            config.targets.accounts.emplace(account, config::TargetAccount{});
        }
    }
    return config;
}

SharedPlan shared_plan_of(const RunParams& params) {
    Dice dice(~params.seed);
    SharedPlan shared{.plan = plan_of(params), .config = {}, .clocks = {}, .seed = dice.next()};
    Plan& plan = shared.plan;
    keep_small(plan);
    if (Dice(params.seed << 20U).one_in(4)) {
        // Tokens that a takeover could give anew, for it takes less time than they do.
        plan.world.create = {.rate = 0.1, .burst = 10};
        plan.world.read = {.rate = 0.2, .burst = 10};
    }
    const std::uint64_t chosen = dice.one_in(3) ? 25 : 60;
    for (const Fault fault : shared_faults().subspan(lone_fault_count)) {
        const bool is_chosen = dice.chance(chosen);
        const std::uint64_t strength = 1 + dice.below(most_of(fault));
        if (is_chosen && !params.without.contains(fault)) {
            plan.chaos.of_ten_thousand[fault] = static_cast<std::uint32_t>(strength);
        }
    }
    const base::Duration lease = dice.one_in(3) ? seconds(60) : seconds(90);
    const bool is_down_for_days = plan.chaos.of_ten_thousand[Fault::down_for_days] > 0;
    if (is_down_for_days) {
        plan.latest_start = std::chrono::hours(40 * 24);
        // What waits for weeks takes no room from what does not.
        plan.world.pending_max = 1'000'000;
    }
    shared.config = config_of(plan.world, lease);
    if (is_down_for_days) {
        // Nearly at once DynamoDB may remove what was settled.
        shared.config.lifetimes.settled = minutes(1);
    }
    const bool are_apart = plan.chaos.of_ten_thousand[Fault::clocks_apart] > 0;
    const std::uint64_t workers = 1 + dice.below(params.workers);
    for (std::uint64_t worker = 0; worker < std::max<std::uint64_t>(workers, 2); ++worker) {
        // Any two are less apart than a lease allows for.
        const base::Duration off = dice.between(-lease / 15, lease / 15);
        shared.clocks.push_back(are_apart ? std::chrono::floor<milliseconds>(off)
                                          : milliseconds(0));
    }
    const auto [earliest, latest] = std::ranges::minmax(shared.clocks);
    plan.world.clocks_apart = latest - earliest;
    add_functions(shared, Dice(params.seed << 21U));
    return shared;
}

} // namespace exarch::simulation
