#include "simulation/swarm/run.hpp"

#include "simulation/checks/idle_watch.hpp"
#include "simulation/shared/shared_run.hpp"
#include "simulation/swarm/troubles.hpp"
#include "simulation/swarm/workload.hpp"
#include "simulation/world.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace exarch::simulation {
namespace {

using base::Duration;
using ledger::OperationState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Run {
public:
    explicit Run(const RunParams& params)
        : params_(params), plan_(plan_of(params)), dice_(plan_.trouble_seed), workload_(plan_),
          world_(plan_.world, conditions()),
          troubles_(plan_,
                    {world_.cloudfront(), world_.sts(), world_.queue(),
                     [this] { return world_.now().steady; },
                     [this](Fault fault) { befall(fault); }},
                    dice_) {
        if (plan_.chaos.of_ten_thousand[Fault::item_refused] > 0) {
            world_.checker().is_refused = [](const ledger::LaneKey&, const std::string& item) {
                return item == "/bad" || item == "/bad/*";
            };
        }
    }

    RunOutcome go() {
        while (world_.events() < params_.events && !is_over() && !is_out_of_messages()) {
            if (world_.checker().open_operations() < plan_.backlog &&
                world_.queue().size() < plan_.queued_max) {
                send_next();
            }
            troubles_.strike(*conditions_);
            world_.advance(dice_.one_in(10) ? dice_.between({}, 20 * plan_.gap)
                                            : dice_.between({}, plan_.gap));
        }
        conditions_->calm_down();
        troubles_.mend_everything();
        drain();
        return outcome();
    }

private:
    std::unique_ptr<Conditions> conditions() {
        auto made = std::make_unique<ChaosConditions>(plan_.chaos_seed, plan_.chaos);
        conditions_ = made.get();
        return made;
    }
    [[nodiscard]] bool is_over() { return world_.checker().has_failed(); }
    [[nodiscard]] bool is_out_of_messages() const {
        return params_.messages_max && next_ >= *params_.messages_max;
    }

    /// What goes wrong with the process itself, and its calendar.
    void befall(Fault fault) {
        if (fault == Fault::stopped) {
            world_.stop();
        } else if (fault == Fault::ledger_pruned) {
            world_.prune(dice_.between({}, minutes(20)));
            was_pruned_ = true;
        } else {
            const auto off = std::chrono::floor<std::chrono::milliseconds>(
                dice_.one_in(2) ? dice_.between(-hours(2), hours(2))
                                : dice_.between(-seconds(90), seconds(90)));
            world_.jump_calendar(off - calendar_off_);
            calendar_off_ = off;
        }
    }

    void send_next() {
        const std::uint64_t number = next_++;
        OutgoingMessage message = workload_.message(number, world_.now().wall);
        const Duration delay = conditions_->strikes(Fault::delivered_late)
                                   ? dice_.between({}, seconds(60))
                                   : Duration(0);
        if (params_.skipped.contains(number)) {
            return;
        }
        ++sent_;
        latest_start_ = std::max(latest_start_, message.wishes.not_before.value_or(latest_start_));
        const std::string id =
            world_.send(std::move(message.body), std::move(message.sender), delay);
        world_.checker().expect(id, std::move(message.wishes));
    }

    /// What is blocked by a breaker is not waited for by a drain, but its probe mends it. Nothing
    /// that lies there until it expires after a day has drained; what may not start before a moment
    /// that the calendar has jumped away from takes until then.
    void drain() {
        bool is_drained = false;
        const Duration until_all_may_start(latest_start_ - world_.now().wall);
        const Duration longest =
            plan_.is_endless ? hours(24) : hours(7) + std::max(Duration(0), until_all_may_start);
        IdleWatch idle_watch(minutes(3));
        for (minutes passed(0); passed < longest && !is_drained && !is_over(); ++passed) {
            is_drained = world_.drain(minutes(1)) && world_.core().open_operations() == 0;
            world_.advance(is_drained ? seconds(0) : minutes(1));
            idle_watch.look(world_.checker(), world_.now());
        }
        if (is_over()) {
            return;
        }
        if (!is_drained) {
            world_.checker().fail(Rule::drains, why_not_drained());
        }
        // By then AWS has finished everything, and exarch has seen it or takes it for granted.
        world_.advance((plan_.is_endless ? hours(30) : hours(0)) + minutes(60));
        if (!is_over() && world_.is_up()) {
            world_.checker().check_all(world_.ledger(), world_.now());
            world_.checker().check_audit(world_.ledger(), !was_pruned_);
            world_.checker().finish(true);
        }
    }

    [[nodiscard]] std::string why_not_drained() {
        std::string why = "faults have stopped, and there is no end to it: ";
        if (!world_.is_up()) {
            return why + "the process is down";
        }
        const core::Outlook outlook = world_.core().outlook();
        return why + fmt::format("{} operations open, {} blocked, {} messages in the queue{}",
                                 outlook.open, outlook.blocked_operations, world_.queue().size(),
                                 outlook.is_busy ? ", busy" : "");
    }

    RunOutcome outcome() {
        RunOutcome outcome;
        const InvariantChecker& checker = world_.checker();
        outcome.digest = world_.digest().text();
        outcome.violations = checker.violations();
        outcome.story = world_.trace().tail();
        RunTotals& totals = outcome.totals;
        totals.seeds = 1;
        totals.events = world_.events();
        totals.messages = sent_;
        totals.redeliveries = world_.queue().redeliveries();
        totals.lives = world_.crashes() + 1;
        totals.effects = world_.cloudfront().accepted().size();
        totals.done = checker.operations(OperationState::done);
        totals.failed = checker.operations(OperationState::failed);
        totals.expired = checker.operations(OperationState::expired);
        totals.rejected = checker.rejections();
        totals.time = world_.now().steady.time_since_epoch() - hours(1);
        totals.faults = conditions_->struck();
        if (plan_.world.calendar_drift != 0) {
            ++totals.faults[Fault::clock_drift];
        }
        for (std::uint64_t number = 0; number < plan_.accounts; ++number) {
            totals.faults[Fault::item_refused] +=
                world_.cloudfront().tally(account_id(number)).content_refused;
        }
        return outcome;
    }

    const RunParams& params_;
    const Plan plan_;
    Dice dice_;
    ChaosConditions* conditions_ = nullptr;
    Workload workload_;
    World world_;
    Troubles troubles_;
    bool was_pruned_ = false;
    /// How far the calendar was set from where it would be.
    base::Timestamp::duration calendar_off_{};
    /// The last `not_before` of all that was asked for.
    base::Timestamp latest_start_;
    std::uint64_t next_ = 0;
    std::uint64_t sent_ = 0;
};

} // namespace

void RunTotals::add(const RunTotals& other) {
    seeds += other.seeds;
    shared_seeds += other.shared_seeds;
    events += other.events;
    messages += other.messages;
    redeliveries += other.redeliveries;
    lives += other.lives;
    invocations += other.invocations;
    ticks += other.ticks;
    effects += other.effects;
    done += other.done;
    failed += other.failed;
    expired += other.expired;
    rejected += other.rejected;
    time += other.time;
    for (const Fault fault : shared_faults()) {
        faults[fault] += other.faults[fault];
    }
}

RunOutcome run(const RunParams& params) {
    return params.workers > 0 ? run_shared(params) : Run(params).go();
}

std::string arguments_of(const RunParams& params) {
    std::string text = fmt::format("--seed {} --events {}", params.seed, params.events);
    if (params.workers > 0) {
        text += fmt::format(" --workers {}", params.workers);
    }
    if (!params.without.empty()) {
        text += " --without ";
        for (const Fault fault : params.without) {
            text += fmt::format("{}{}", text.ends_with(' ') ? "" : ",", format(fault));
        }
    }
    if (params.messages_max) {
        text += fmt::format(" --messages {}", *params.messages_max);
    }
    if (!params.skipped.empty()) {
        text += fmt::format(" --skip {}", fmt::join(params.skipped, ","));
    }
    if (params.wishes_max) {
        text += fmt::format(" --wishes {}", *params.wishes_max);
    }
    return text;
}

} // namespace exarch::simulation
