#pragma once

#include "simulation/digest.hpp"
#include "simulation/fake_queue.hpp"
#include "simulation/fake_sts.hpp"
#include "simulation/shared/account_watch.hpp"
#include "simulation/shared/function_process.hpp"
#include "simulation/shared/process.hpp"
#include "simulation/shared/shared_plan.hpp"
#include "simulation/shared/surroundings.hpp"
#include "simulation/shared/virtual_time.hpp"
#include "simulation/trace.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::simulation {

/// Several workers in virtual time that share a table, a queue and a cloud. Of each runs what
/// ships, with Asio's timers in virtual time; it dies at any request, or stands still while the
/// world goes on. The same plan gives the same run.
class SharedWorld final : public Surroundings {
public:
    SharedWorld(const SharedPlan& plan, ChaosConditions& conditions, std::size_t trace_lines);

    FakeCloudFront& cloudfront() { return cloudfront_; }
    FakeSts& sts() { return sts_; }
    FakeQueue& queue() { return queue_; }
    [[nodiscard]] base::Instant now() const { return now_; }
    /// By a calendar that is right.
    [[nodiscard]] base::Moment right_moment() const;
    [[nodiscard]] std::uint64_t events() const { return events_; }
    [[nodiscard]] std::uint64_t lives() const { return last_life_; }
    [[nodiscard]] std::uint64_t invocations() const { return invocations_; }
    [[nodiscard]] std::uint64_t ticks_sent() const { return ticks_sent_; }
    [[nodiscard]] const Digest& digest() const { return digest_; }
    [[nodiscard]] const Trace& trace() const { return trace_; }
    [[nodiscard]] const std::map<base::AccountId, std::unique_ptr<AccountWatch>>& accounts() const {
        return accounts_;
    }
    [[nodiscard]] std::size_t operations(ledger::OperationState state) const;
    [[nodiscard]] std::size_t open_operations() const;
    /// The first account's rules that were broken, and those of all.
    [[nodiscard]] std::vector<std::string> violations() const;
    [[nodiscard]] bool has_failed() const { return !violations().empty(); }
    Violations& own_violations() { return violations_; }

    std::string send(std::string body, std::string sender, base::Duration delay);
    void advance(base::Duration time);
    /// One of them is asked to end, does so, and comes back.
    void stop_one();
    /// All of them die, and come back after days, by when DynamoDB has removed what has expired.
    void be_down(base::Duration time);
    /// How long all were down for days.
    [[nodiscard]] base::Duration time_down() const { return time_down_; }
    /// Nothing is in the queue, and all that is open waits for its `not_before`.
    [[nodiscard]] bool waits_for_the_calendar() const;
    /// Nothing is open, in the queue or held.
    [[nodiscard]] bool is_drained() const;
    /// Nothing goes wrong any more.
    void check_idle();
    /// The run is over.
    void finish();

    [[nodiscard]] base::Moment moment(Life life) const override;
    [[nodiscard]] ChaosConditions& conditions() override { return conditions_; }
    [[nodiscard]] FakeTable& table() override { return table_; }
    void befall(Life life) override;
    void later(base::Duration time, std::function<void()> act) override {
        agenda_.emplace(now_ + time, std::move(act));
    }
    void note(Life life, const std::function<std::string()>& words) override;
    [[nodiscard]] TableFate fate(TableRequestKind kind) override;
    [[nodiscard]] aws::Inserted insert(Life life, const aws::Item& item) override;
    [[nodiscard]] base::Duration index_lag() override;
    [[nodiscard]] std::shared_ptr<SharedFlight> hand_on(Life life, core::SendCall call) override;
    [[nodiscard]] bool needs_sessions() const override { return plan_.plan.world.needs_sessions; }
    [[nodiscard]] std::optional<FakeCloudFront::Answer>
    open_session(const base::AccountId& account) override;
    void depart(SharedFlight& flight) override;
    void arrive(SharedFlight& flight) override;
    [[nodiscard]] core::CallAnswered answer(const SharedFlight& flight) override;
    void ask(Life life, const core::Effect& question, const ledger::LaneKey& lane) override;
    [[nodiscard]] core::ProgressRead progress(Life life,
                                              const core::ReadProgress& question) override;
    [[nodiscard]] core::CallProved look_for(const core::ProveCall& question) override {
        return cloudfront_.prove(question, now_);
    }
    void tell(Life life, const core::CallProved& proof, const ledger::LaneKey& lane) override;
    void delete_messages(const std::vector<core::MessageHandle>& handles) override;
    void failed(Life life, const base::Error& error) override;
    [[nodiscard]] bool send_tick(Life life, std::string body, base::Duration delay) override;
    void answered(Life life, const std::vector<std::string>& returned) override;

private:
    /// What Lambda has of an invocation that is under way.
    struct Invocation {
        std::uint64_t number = 0;
        FakeQueue* source = nullptr;
        /// By its message's id.
        std::map<std::string, core::MessageHandle> in_hand;
        /// So many things had happened to the table when it began.
        std::uint64_t writes_before = 0;
    };
    /// Where one process at a time lives: a worker's, or that of a function's environment.
    struct Worker {
        std::unique_ptr<WorkerProcess> worker;
        std::unique_ptr<FunctionProcess> function;
        bool is_stopping = false;
        /// It stands still until then.
        base::Instant still_until = base::Instant::min();
        std::optional<Invocation> invocation;

        [[nodiscard]] Process* process() const {
            return worker != nullptr ? static_cast<Process*>(worker.get()) : function.get();
        }
        [[nodiscard]] bool is_due(base::Instant now) const {
            return process() != nullptr && process()->due() && *process()->due() <= now &&
                   still_until <= now;
        }
    };

    [[nodiscard]] std::size_t worker_of(Life life) const { return worker_of_.at(life); }
    [[nodiscard]] bool is_alive(Life life) const;
    void start(std::size_t worker);
    void end(Life life, std::string_view how);
    void stand_still(Life life, base::Duration time);
    void receive(Life life);
    void remove(FakeQueue& queue, core::MessageHandle handle);
    void poll_all();

    // What Lambda does: shared_functions.cpp.
    void check_pause(Life life, const ledger::LaneKey& lane);
    [[nodiscard]] bool is_function(std::size_t worker) const {
        return worker >= workers_.size() - plan_.functions;
    }
    void pull(std::size_t worker);
    void invoke(std::size_t worker, FunctionEvent event, Invocation invocation);
    void start_environment(std::size_t worker);
    void run_out_of_time(Life life, std::uint64_t invocation);
    void sweep_on();
    [[nodiscard]] std::optional<base::Instant> next_time() const;
    void pass_to(base::Instant at);
    AccountWatch& watch(const base::AccountId& account);
    void on_written(Life life, const std::vector<FakeTable::Change>& changes);
    void on_refused(const FakeTable::Refusal& refusal);
    [[nodiscard]] FakeCloudFront::Answer reach_cloud(const core::SendCall& call, Fault fault);
    [[nodiscard]] base::Duration between(base::Duration least, base::Duration most) {
        return dice_.between(least, most);
    }

    const SharedPlan& plan_;
    ChaosConditions& conditions_;
    Dice dice_;
    base::Instant now_;
    VirtualTime time_;
    FakeTable table_;
    FakeCloudFront cloudfront_;
    FakeSts sts_;
    FakeQueue queue_;
    FakeQueue ticks_;
    /// Nothing starts until then.
    base::Instant down_until_ = base::Instant::min();
    base::Duration time_down_{};
    bool is_sweep_due_ = false;
    std::uint64_t invocations_ = 0;
    std::uint64_t ticks_sent_ = 0;
    std::uint64_t writes_ = 0;
    Digest digest_;
    Trace trace_;
    Violations violations_;
    std::map<base::AccountId, std::unique_ptr<AccountWatch>> accounts_;
    /// What each reference was first sent with.
    std::map<std::string, core::SendCall> sent_;
    std::multimap<base::Instant, std::function<void()>> agenda_;
    std::map<Life, std::size_t> worker_of_;
    std::vector<Worker> workers_;
    Life last_life_ = 0;
    std::uint64_t events_ = 0;
};

} // namespace exarch::simulation
