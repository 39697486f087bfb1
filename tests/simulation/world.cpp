#include "simulation/world.hpp"

#include "base/overloaded.hpp"
#include "simulation/checks/inside/state_checker.hpp"
#include "simulation/checks/inside/twin_checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace exarch::simulation {

using namespace core;
using base::Duration;
using base::Instant;
using ledger::CallId;

World::World(const WorldParams& params, std::unique_ptr<Conditions> conditions)
    : params_(params), conditions_(std::move(conditions)), cloudfront_(params.in_progress),
      queue_(params.visibility), checker_(params_), trace_(params.trace_lines),
      now_(std::chrono::hours(1)), wall_(std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)) {
    cloudfront_.on_accepted = [this](const FakeCloudFront::Invalidation& one) {
        trace_.tell(now_, [&] { return fmt::format("effect of {}", one.reference); });
        checker_.on_accepted(one);
    };
    start();
}

CoreParams World::core_params() const {
    CoreParams core;
    core.incarnation = fmt::format("{:016x}", life_);
    core.in_progress = params_.in_progress;
    core.max_age = params_.max_age;
    core.pending_max = params_.pending_max;
    core.in_flight_max = params_.in_flight_max;
    core.idle_lanes_max = params_.idle_lanes_max;
    core.carried = params_.carried;
    core.rules.accounts = params_.accounts;
    core.quota = [this](const base::AccountId&, std::string_view api) {
        return api == "cloudfront.CreateInvalidation" ? params_.create : params_.read;
    };
    return core;
}

void World::start() {
    ++life_;
    is_stopping_ = false;
    core_ = std::make_unique<Core>(core_params());
    checker_.on_start(now());
    const auto restored = core_->restore(*ledger_, now());
    if (!restored.has_value()) {
        checker_.fail(Rule::recorded, "cannot restore: " + restored.error().message());
    }
    check_state();
}

void World::check_state() {
    for (const std::string& difference : simulation::check_state(core_->state())) {
        checker_.fail(Rule::agrees, difference);
    }
}

void World::check_twin() {
    constexpr std::uint64_t every = 100;
    // What has started has, also where the calendar was set back behind its not_before.
    if (events_ - twin_checked_at_ < every || is_stopping_ || now().wall < checker_.latest() ||
        !core_->rests_until()) {
        return;
    }
    twin_checked_at_ = events_;
    for (const std::string& difference :
         simulation::check_twin(*core_, core_params(), *ledger_, now())) {
        checker_.fail(Rule::handed_over, difference);
    }
}

std::string World::send(std::string body, std::string sender, Duration delay) {
    return queue_.send(std::move(body), std::move(sender), now(), delay);
}

void World::step(Event event) {
    constexpr std::uint64_t full_check_every = 1000;
    constexpr std::uint64_t state_check_every = 100;
    if (!core_) {
        return; // The disk has failed: nobody is told.
    }
    ++events_;
    digest_.add(now(), event);
    trace_.tell(now_, [&] { return describe(event); });
    checker_.on_event(event, now());
    const bool was_wake = std::holds_alternative<TimePassed>(event);
    std::vector<Effect> effects = core_->step(std::move(event), now());
    digest_.add(effects);
    for (const Effect& effect : effects) {
        trace_.tell(now_, [&] { return describe(effect); });
    }
    checker_.on_effects(effects);
    if (events_ % state_check_every == 0) {
        check_state();
    }
    watch_wakes(was_wake && effects.empty());
    for (Effect& effect : effects) {
        if (crashes_here(Fault::crash_between_effects)) {
            return;
        }
        perform(effect);
    }
    if (crashes_here(Fault::crash_between_effects)) {
        return;
    }
    if (commits_.empty() && transaction_.empty() && durable_.empty()) {
        checker_.on_quiet(core_->open_operations());
        check_twin();
    }
    if (events_ % full_check_every == 0) {
        checker_.check_all(*ledger_, now());
    }
}

void World::watch_wakes(bool was_idle) {
    constexpr Duration window = std::chrono::seconds(10);
    constexpr std::uint64_t too_many = 2000;
    if (now_ - wakes_from_ > window) {
        wakes_from_ = now_;
        idle_wakes_ = 0;
    }
    idle_wakes_ += was_idle ? 1 : 0;
    if (idle_wakes_ == too_many) {
        checker_.fail(Rule::drains, "the core is woken again and again, and nothing comes of it");
    }
}

bool World::crashes_here(Fault fault) {
    const bool dies = strikes(fault);
    if (dies) {
        die(format(fault));
    }
    return dies;
}

void World::die(std::string_view how) {
    trace_.add(now_, how);
    digest_.add(how);
    ++crashes_;
    ++life_;
    checker_.on_crash();
    core_.reset();
    commits_.clear();
    transaction_.clear();
    is_writing_ = false;
    durable_.clear();
    deletions_.clear();
    sessions_.clear();
    for (auto& [id, flight] : flights_) {
        if (flight.stage == Flight::Stage::departed && is_held_) {
            static_cast<void>(cloudfront_.create(*flight.call, now_));
        }
    }
    flights_.clear();
    proving_.clear();
    later_even_if_dead(conditions_->downtime(), [this] {
        if (!core_) {
            if (strikes(Fault::clock_jump_while_down)) {
                wall_ += conditions_->calendar_jump();
            }
            trace_.add(now_, "start");
            start();
        }
    });
}

void World::stop() {
    if (!core_ || is_stopping_) {
        return;
    }
    is_stopping_ = true;
    const Life life = life_;
    step(core::Stopping{});
    if (life == life_) {
        later(std::chrono::seconds(10), [this] { die("exit"); });
    }
}

void World::perform(Effect& effect) {
    std::visit(base::Overloaded{
                   [&](Commit& commit) { perform_commit(std::move(commit)); },
                   [&](DeleteMessages& deletion) {
                       deletions_.push_back(std::move(deletion.messages));
                       if (!is_held_) {
                           later(conditions_->delete_time(), [this] { land_deletion(); });
                       }
                   },
                   [&](SendCall& send) { perform_send(std::move(send)); },
                   [&](const ReadProgress& read) { perform_question(read); },
                   [&](const ProveCall& prove) { perform_question(prove); },
                   [&](const core::EndProof& end) { cut_short(end.call); },
                   [&](const Report& report) {
                       if (params_.keeps_history) {
                           reports_.push_back(report.text);
                       }
                   },
               },
               effect);
}

void World::perform_commit(Commit commit) {
    commits_.push_back(std::move(commit));
    if (!is_held_) {
        write_soon();
    }
}

void World::write_soon() {
    if (!std::exchange(is_writing_, true)) {
        later(Duration(0), [this] { begin_writing(); });
    }
}

void World::begin_writing() {
    std::ranges::move(commits_, std::back_inserter(transaction_));
    commits_.clear();
    later(conditions_->commit_time(), [this] { land_transaction(); });
}

void World::land_transaction() {
    if (crashes_here(Fault::crash_before_commit) || disk_fails(Fault::commit_lost) ||
        disk_fails(Fault::commit_kept)) {
        return;
    }
    write(std::exchange(transaction_, {}));
    if (crashes_here(Fault::crash_after_commit)) {
        return;
    }
    is_writing_ = false;
    while (tell_committed()) {
    }
    if (!commits_.empty()) {
        write_soon();
    }
}

bool World::disk_fails(Fault fault) {
    if (!strikes(fault)) {
        return false;
    }
    trace_.add(now_, format(fault));
    digest_.add(format(fault));
    if (fault == Fault::commit_kept) {
        write(std::exchange(transaction_, {}));
    }
    core_.reset();
    commits_.clear();
    transaction_.clear();
    durable_.clear();
    later(conditions_->ending_time(), [this] { die("exit"); });
    return true;
}

void World::write(std::vector<Commit> commits) {
    std::vector<ledger::Record> records;
    std::vector<std::size_t> counts;
    for (Commit& commit : commits) {
        counts.push_back(commit.records.size());
        std::ranges::move(commit.records, std::back_inserter(records));
    }
    auto receipts = ledger_->commit(records);
    if (!receipts.has_value()) {
        checker_.fail(Rule::recorded, "the ledger refuses: " + receipts.error().message());
        return;
    }
    checker_.on_durable(records, *receipts);
    auto record = records.begin();
    auto receipt = receipts->begin();
    for (std::size_t index = 0; index < commits.size(); ++index) {
        DurableCommit durable{.commit = std::move(commits[index]), .receipts = {}};
        trace_.tell(now_, [&] { return fmt::format("durable {}", durable.commit.revision); });
        const auto end = record + static_cast<std::ptrdiff_t>(counts[index]);
        const auto tasks = std::count_if(record, end, [](const ledger::Record& one) {
            return std::holds_alternative<ledger::AcceptTask>(one);
        });
        durable.receipts.assign(receipt, receipt + tasks);
        durable.commit.records.assign(std::move_iterator(record), std::move_iterator(end));
        durable_.push_back(std::move(durable));
        record = end;
        receipt += tasks;
    }
}

bool World::make_durable() {
    if (commits_.empty()) {
        return false;
    }
    std::vector<Commit> first;
    first.push_back(std::move(commits_.front()));
    commits_.pop_front();
    write(std::move(first));
    return true;
}

bool World::tell_committed() {
    if (durable_.empty()) {
        return false;
    }
    DurableCommit durable = std::move(durable_.front());
    durable_.pop_front();
    step(Committed{.revision = durable.commit.revision,
                   .records = std::move(durable.commit.records),
                   .receipts = std::move(durable.receipts)});
    return true;
}

void World::prune(Duration age) {
    constexpr base::Timestamp never = base::Timestamp::min();
    const base::Timestamp before =
        now().wall - std::chrono::duration_cast<base::Timestamp::duration>(age);
    if (const auto pruned = ledger_->prune(before, never); !pruned.has_value()) {
        checker_.fail(Rule::recorded, "the ledger refuses: " + pruned.error().message());
    }
}

void World::land_deletion() {
    if (!crashes_here(Fault::crash_before_deletion)) {
        delete_messages();
        static_cast<void>(crashes_here(Fault::crash_after_deletion));
    }
}

bool World::delete_messages() {
    if (deletions_.empty()) {
        return false;
    }
    for (const MessageHandle handle : deletions_.front()) {
        if (strikes(Fault::deletion_lost)) {
            queue_.forget_to_remove(handle);
        } else {
            queue_.remove(handle);
        }
    }
    deletions_.pop_front();
    return true;
}

bool World::poll() {
    auto messages = queue_.receive(now_);
    if (messages.empty()) {
        return false;
    }
    if (!crashes_here(Fault::crash_after_receive)) {
        step(MessagesReceived{std::move(messages)});
    }
    return true;
}

void World::advance(Duration time) {
    run_until(now_ + time);
}

bool World::drain(Duration longest) {
    const Instant end = now_ + longest;
    while (now_ < end && !is_over()) {
        if (core_ && queue_.empty()) {
            const Outlook outlook = core_->outlook();
            if (!outlook.is_busy && outlook.open == outlook.blocked_operations) {
                return true;
            }
        }
        const Instant next = next_time().value_or(end);
        run_until(std::min(end, next));
    }
    return false;
}

void World::tick(Duration time) {
    pass_to(now_ + time);
    step(TimePassed{});
}

void World::pass_to(Instant at) {
    if (at > now_) {
        constexpr std::int64_t million = 1'000'000;
        wall_ += (at - now_) + (at - now_) * params_.calendar_drift / million;
        now_ = at;
        things_done_now_ = 0;
    }
}

std::optional<Instant> World::next_time() const {
    std::optional<Instant> next;
    const auto sooner = [&](Instant at) { next = std::min(next.value_or(at), at); };
    if (!agenda_.empty()) {
        sooner(agenda_.begin()->first);
    }
    if (core_) {
        if (const auto wake = core_->wake_at()) {
            sooner(*wake);
        }
        if (const auto visible = queue_.next_visible(); visible && takes_messages()) {
            sooner(*visible);
        }
    }
    return next;
}

void World::run_until(Instant end) {
    while (!is_over()) {
        const auto next = next_time();
        if (!next || *next > end) {
            break;
        }
        pass_to(*next);
        while (!is_over() && do_next()) {
            constexpr std::uint64_t too_many = 100'000;
            if (++things_done_now_ > too_many) {
                checker_.fail(Rule::drains, "time stands still: the same moment never ends");
                pass_to(now_ + std::chrono::seconds(1));
                return;
            }
        }
    }
    pass_to(end);
    check_after_a_while();
}

void World::check_after_a_while() {
    constexpr Duration a_while = std::chrono::minutes(2);
    if (!is_held_ && now_ - checked_at_ >= a_while) {
        checked_at_ = now_;
        checker_.check_all(*ledger_, now());
    }
}

bool World::do_next() {
    if (!agenda_.empty() && agenda_.begin()->first <= now_) {
        const Activity activity = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        if (activity.life.value_or(life_) == life_) {
            activity.act();
        }
        return true;
    }
    if (!core_) {
        return false;
    }
    if (takes_messages() && poll()) {
        return true;
    }
    const auto wake = core_->wake_at();
    if (wake && *wake <= now_) {
        step(TimePassed{});
        return true;
    }
    return false;
}

void World::later(Duration time, std::function<void()> act) {
    agenda_.emplace(now_ + time, Activity{life_, std::move(act)});
}

void World::later_even_if_dead(Duration time, std::function<void()> act) {
    agenda_.emplace(now_ + time, Activity{std::nullopt, std::move(act)});
}

} // namespace exarch::simulation
