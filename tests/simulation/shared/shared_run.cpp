#include "simulation/shared/shared_run.hpp"

#include "simulation/shared/shared_wishes.hpp"
#include "simulation/shared/shared_world.hpp"
#include "simulation/swarm/troubles.hpp"
#include "simulation/swarm/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace exarch::simulation {
namespace {

using base::Duration;
using ledger::OperationState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class SharedRun {
public:
    explicit SharedRun(const RunParams& params)
        : params_(params), shared_(shared_plan_of(params)), plan_(shared_.plan),
          dice_(plan_.trouble_seed), conditions_(plan_.chaos_seed, plan_.chaos), workload_(plan_),
          world_(shared_, conditions_, params.trace_lines),
          troubles_(plan_,
                    {world_.cloudfront(), world_.sts(), world_.queue(),
                     [this] { return world_.now(); }, [this](Fault fault) { befall(fault); }},
                    dice_) {}

    RunOutcome go() {
        while (world_.events() < params_.events && !world_.has_failed() && !is_out_of_messages()) {
            if (world_.open_operations() < plan_.backlog &&
                world_.queue().size() < plan_.queued_max) {
                send_next();
            }
            troubles_.strike(conditions_);
            if (may_be_down() && conditions_.strikes(Fault::down_for_days)) {
                world_.be_down(dice_.between(hours(1), longest_down / 4));
            }
            world_.advance(dice_.one_in(10) ? dice_.between({}, 20 * plan_.gap)
                                            : dice_.between({}, plan_.gap));
        }
        conditions_.calm_down();
        troubles_.mend_everything();
        drain();
        return outcome();
    }

private:
    [[nodiscard]] bool is_out_of_messages() const {
        return params_.messages_max && next_ >= *params_.messages_max;
    }

    void befall(Fault fault) {
        if (fault == Fault::stopped) {
            world_.stop_one();
        }
    }

    void send_next() {
        const std::uint64_t number = next_++;
        OutgoingMessage message = workload_.message(number, world_.right_moment().wall);
        const Duration delay = conditions_.strikes(Fault::delivered_late)
                                   ? dice_.between({}, seconds(60))
                                   : Duration(0);
        if (params_.skipped.contains(number)) {
            return;
        }
        const std::string sender = message.sender;
        latest_start_ = std::max(latest_start_, message.wishes.not_before.value_or(latest_start_));
        const std::string id =
            world_.send(std::move(message.body), std::move(message.sender), delay);
        wishes_.expect(id, sender, std::move(message.wishes));
    }

    /// Not so often that a message's claim could be over before it comes for the last time.
    [[nodiscard]] bool may_be_down() {
        return world_.queue().empty() && world_.time_down() < longest_down / 4 * 3;
    }

    /// False where it takes too long.
    bool advance_until(const std::function<bool()>& is_reached) {
        constexpr Duration step = seconds(10);
        for (Duration passed(0); passed < longest_drain && !world_.has_failed(); passed += step) {
            world_.advance(step);
            world_.check_idle();
            if (is_reached()) {
                return true;
            }
        }
        return false;
    }

    void drain() {
        bool is_drained = advance_until([this] { return world_.waits_for_the_calendar(); });
        while (is_drained && latest_start_ > world_.right_moment().wall + hours(1)) {
            world_.be_down(
                std::min<Duration>(latest_start_ - world_.right_moment().wall, longest_down));
            is_drained = advance_until([this] { return world_.waits_for_the_calendar(); });
        }
        is_drained = is_drained && advance_until([this] { return world_.is_drained(); });
        if (world_.has_failed()) {
            return;
        }
        if (!is_drained) {
            world_.own_violations().add(Rule::drains, why_not_drained());
            return;
        }
        world_.finish();
        wishes_.finish(world_.table(), world_.own_violations());
    }

    [[nodiscard]] std::string why_not_drained() {
        std::string why =
            fmt::format("faults have stopped, and there is no end to it: {} operations open, {} "
                        "messages in the queue",
                        world_.open_operations(), world_.queue().size());
        for (const auto& [account, watch] : world_.accounts()) {
            why += fmt::format(", {}{}{}", account.value(),
                               watch->is_held(world_.now()) ? " is held" : "",
                               watch->is_finished() ? "" : " is not finished");
        }
        return why;
    }

    RunOutcome outcome() {
        RunOutcome outcome;
        outcome.digest = world_.digest().text();
        outcome.violations = world_.violations();
        outcome.story = world_.trace().tail();
        RunTotals& totals = outcome.totals;
        totals.seeds = 1;
        totals.shared_seeds = 1;
        totals.events = world_.events();
        totals.messages = wishes_.messages();
        totals.redeliveries = world_.queue().redeliveries();
        totals.lives = world_.lives();
        totals.invocations = world_.invocations();
        totals.ticks = world_.ticks_sent();
        totals.effects = world_.cloudfront().accepted().size();
        totals.done = world_.operations(OperationState::done);
        totals.failed = world_.operations(OperationState::failed);
        totals.expired = world_.operations(OperationState::expired);
        totals.time = world_.now().time_since_epoch() - hours(1) - world_.time_down();
        totals.faults = conditions_.struck();
        totals.faults[Fault::clocks_apart] +=
            plan_.chaos.of_ten_thousand[Fault::clocks_apart] > 0 ? 1 : 0;
        for (std::uint64_t number = 0; number < plan_.accounts; ++number) {
            totals.faults[Fault::item_refused] +=
                world_.cloudfront().tally(account_id(number)).content_refused;
        }
        return outcome;
    }

    /// Of an account with one slot, whose environments have clocks that are seconds apart, each
    /// call waits for a sweep or two.
    static constexpr Duration longest_drain = hours(8);
    /// SQS keeps a message for 14 days at most, and a claim is known for 15.
    static constexpr Duration longest_down = hours(13 * 24);

    const RunParams& params_;
    const SharedPlan shared_;
    const Plan& plan_;
    Dice dice_;
    ChaosConditions conditions_;
    Workload workload_;
    SharedWorld world_;
    Troubles troubles_;
    SharedWishes wishes_;
    /// The last `not_before` of all that was asked for.
    base::Timestamp latest_start_;
    std::uint64_t next_ = 0;
};

} // namespace

RunOutcome run_shared(const RunParams& params) {
    return SharedRun(params).go();
}

} // namespace exarch::simulation
