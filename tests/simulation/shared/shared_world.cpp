#include "simulation/shared/shared_world.hpp"

#include "simulation/shared/shared_probe.hpp"
#include "table/items/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::simulation {

using base::Duration;
using base::Instant;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr base::Timestamp calendar_begins =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
constexpr Instant begin{std::chrono::hours(1)};

} // namespace

SharedWorld::SharedWorld(const SharedPlan& plan, ChaosConditions& conditions,
                         std::size_t trace_lines)
    : plan_(plan), conditions_(conditions), dice_(plan.seed), now_(begin), time_(begin),
      cloudfront_(plan.plan.world.in_progress), queue_(plan.plan.world.visibility),
      ticks_(6 * plan.function_time), trace_(trace_lines) {
    table_.knows_tokens = dice_.one_in(2);
    if (Dice(plan.seed << 22U).one_in(3)) {
        table_.transaction_writes_max = 2;
    }
    table_.on_written = [this](Life life, const auto& changes) { on_written(life, changes); };
    table_.on_refused = [this](Life, const FakeTable::Refusal& refusal) { on_refused(refusal); };
    cloudfront_.on_accepted = [this](const FakeCloudFront::Invalidation& one) {
        note(0, [&] { return fmt::format("effect of {}", one.reference); });
        watch(one.account).checker().on_accepted(one);
    };
    workers_.resize(plan_.clocks.size());
    for (std::size_t worker = 0; worker < workers_.size(); ++worker) {
        later(between({}, seconds(5)),
              [this, worker] { is_function(worker) ? pull(worker) : start(worker); });
    }
    if (plan_.functions > 0) {
        sweep_on();
    }
}

base::Moment SharedWorld::right_moment() const {
    return {now_, calendar_begins + std::chrono::floor<milliseconds>(now_ - begin)};
}

base::Moment SharedWorld::moment(Life life) const {
    base::Moment moment = right_moment();
    moment.wall += plan_.clocks[worker_of(life)];
    return moment;
}

void SharedWorld::note(Life life, const std::function<std::string()>& words) {
    ++events_;
    const auto told = [&] {
        return life == 0 ? words() : fmt::format("worker {}.{} {}", worker_of(life), life, words());
    };
    digest_.add(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    std::string text = told();
    digest_.add(text);
    trace_.tell(now_, [&] { return text; });
}

AccountWatch& SharedWorld::watch(const base::AccountId& account) {
    auto& known = accounts_[account];
    if (known == nullptr) {
        // Workers look every two seconds. A function looks when it is swept, each minute, and may
        // be told late.
        // Whoever had its lease may have been lost as faults stopped; then a gap is waited for.
        const Duration lease = plan_.config.worker.lease;
        const Duration patience =
            plan_.functions > 0 ? Duration(minutes(4)) : lease + lease / 3 + seconds(10);
        known = std::make_unique<AccountWatch>(account, plan_.plan.world, patience);
    }
    return *known;
}

std::size_t SharedWorld::operations(ledger::OperationState state) const {
    std::size_t count = 0;
    for (const auto& [account, known] : accounts_) {
        count += known->checker().operations(state);
    }
    return count;
}

std::size_t SharedWorld::open_operations() const {
    return operations(ledger::OperationState::pending) + operations(ledger::OperationState::bound);
}

std::vector<std::string> SharedWorld::violations() const {
    std::vector<std::string> all = violations_.all();
    for (const auto& [account, known] : accounts_) {
        std::ranges::copy(known->checker().violations(), std::back_inserter(all));
    }
    return all;
}

std::string SharedWorld::send(std::string body, std::string sender, Duration delay) {
    return queue_.send(std::move(body), std::move(sender), right_moment(), delay);
}

bool SharedWorld::is_alive(Life life) const {
    const Process* process = workers_[worker_of(life)].process();
    return process != nullptr && process->life() == life;
}

void SharedWorld::start(std::size_t worker) {
    if (now_ < down_until_) {
        later(down_until_ - now_, [this, worker] { start(worker); });
        return;
    }
    const Life life = ++last_life_;
    worker_of_[life] = worker;
    note(life, [] { return "starts"; });
    workers_[worker].is_stopping = false;
    workers_[worker].still_until = Instant::min();
    workers_[worker].worker =
        std::make_unique<WorkerProcess>(*this, plan_.config, life, dice_.next());
    receive(life);
}

void SharedWorld::end(Life life, std::string_view how) {
    if (!is_alive(life)) {
        return;
    }
    note(life, [&] { return std::string(how); });
    const std::size_t worker = worker_of(life);
    workers_[worker].worker.reset();
    workers_[worker].function.reset();
    workers_[worker].invocation.reset();
    if (!is_function(worker)) {
        later(conditions_.downtime(), [this, worker] { start(worker); });
    }
}

void SharedWorld::be_down(Duration time) {
    down_until_ = now_ + time;
    time_down_ += time;
    for (const Worker& worker : workers_) {
        if (worker.process() != nullptr) {
            end(worker.process()->life(), "is down for days");
        }
    }
    advance(time);
    table_.remove_expired(right_moment().wall, dice_);
}

void SharedWorld::stand_still(Life life, Duration time) {
    if (!is_alive(life)) {
        return;
    }
    Worker& worker = workers_[worker_of(life)];
    worker.still_until = std::max(worker.still_until, now_ + time);
    note(life, [&] { return fmt::format("stands still for {} ms", time / milliseconds(1)); });
    // So that there is a moment to go on at.
    later(time, [] {});
}

void SharedWorld::befall(Life life) {
    constexpr Duration soon = milliseconds(300);
    if (conditions_.strikes(Fault::worker_killed)) {
        later(between({}, soon), [this, life] { end(life, "is killed"); });
    }
    if (conditions_.strikes(Fault::worker_stopped_still)) {
        const Duration time = dice_.one_in(3) ? between(milliseconds(100), seconds(10))
                                              : between(seconds(10), minutes(4));
        later(between({}, soon), [this, life, time] { stand_still(life, time); });
    }
}

void SharedWorld::stop_one() {
    Worker& worker = workers_[dice_.below(workers_.size())];
    if (worker.worker == nullptr || worker.is_stopping || worker.still_until > now_) {
        return;
    }
    worker.is_stopping = true;
    const Life life = worker.worker->life();
    note(life, [] { return "is stopped"; });
    worker.worker->stop();
    later(seconds(9), [this, life] { end(life, "exits"); });
}

void SharedWorld::failed(Life life, const base::Error& error) {
    note(life, [&] { return "fails: " + error.message(); });
    later({}, [this, life] { end(life, "exits"); });
}

void SharedWorld::receive(Life life) {
    if (!is_alive(life)) {
        return;
    }
    Worker& worker = workers_[worker_of(life)];
    const bool takes = worker.still_until <= now_ && !worker.is_stopping &&
                       worker.worker->execution().wants_messages();
    if (takes) {
        core::MessagesReceived received{queue_.receive(now_)};
        if (!received.messages.empty()) {
            note(life, [&] { return "receives " + describe(core::Event(received)); });
            worker.worker->take_in(std::move(received));
        }
    }
    later(between(milliseconds(10), seconds(1)), [this, life] { receive(life); });
}

void SharedWorld::delete_messages(const std::vector<core::MessageHandle>& handles) {
    for (const core::MessageHandle handle : handles) {
        remove(queue_, handle);
    }
}

void SharedWorld::remove(FakeQueue& queue, core::MessageHandle handle) {
    const bool is_lost = conditions_.strikes(Fault::deletion_lost);
    later(conditions_.delete_time(), [&queue, handle, is_lost] {
        is_lost ? queue.forget_to_remove(handle) : queue.remove(handle);
    });
}

std::optional<Instant> SharedWorld::next_time() const {
    std::optional<Instant> next;
    if (!agenda_.empty()) {
        next = agenda_.begin()->first;
    }
    for (const Worker& worker : workers_) {
        if (worker.process() != nullptr && worker.process()->due()) {
            const Instant at = std::max(*worker.process()->due(), worker.still_until);
            next = std::min(next.value_or(at), at);
        }
    }
    return next;
}

void SharedWorld::pass_to(Instant at) {
    now_ = std::max(now_, at);
    VirtualTime::pass_to(now_);
    table_.pass_to(now_);
}

void SharedWorld::poll_all() {
    for (Worker& worker : workers_) {
        if (worker.is_due(now_)) {
            worker.process()->poll();
        }
    }
}

void SharedWorld::advance(Duration time) {
    const Instant end = now_ + time;
    for (auto next = next_time(); next && *next <= end && !has_failed(); next = next_time()) {
        pass_to(*next);
        while (!agenda_.empty() && agenda_.begin()->first <= now_) {
            const std::function<void()> act = std::move(agenda_.begin()->second);
            agenda_.erase(agenda_.begin());
            act();
        }
        poll_all();
    }
    pass_to(end);
}

bool SharedWorld::waits_for_the_calendar() const {
    return queue_.empty() && std::ranges::all_of(accounts_, [this](const auto& each) {
               return each.second->is_finished() &&
                      each.second->checker().waits_for_the_calendar(right_moment().wall);
           });
}

bool SharedWorld::is_drained() const {
    const auto is_idle = [this](const auto& each) {
        return each.second->is_finished() && !each.second->is_held(now_);
    };
    return queue_.empty() && open_operations() == 0 && std::ranges::all_of(accounts_, is_idle);
}

void SharedWorld::check_idle() {
    // Whoever stands still has with him what he holds, also when faults have stopped meanwhile.
    const bool is_anyone_still = std::ranges::any_of(workers_, [this](const Worker& worker) {
        return worker.still_until > now_ && worker.still_until < Instant::max();
    });
    if (is_anyone_still) {
        return;
    }
    for (const auto& [account, known] : accounts_) {
        known->check_idle(right_moment());
    }
}

void SharedWorld::finish() {
    for (const auto& [account, known] : accounts_) {
        if (account != table::rejections_account()) {
            known->finish();
        }
    }
}

} // namespace exarch::simulation
