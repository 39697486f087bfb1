#pragma once

#include "core/core.hpp"
#include "ledger/memory.hpp"
#include "simulation/checks/invariant_checker.hpp"
#include "simulation/conditions.hpp"
#include "simulation/digest.hpp"
#include "simulation/fake_cloudfront.hpp"
#include "simulation/fake_queue.hpp"
#include "simulation/fake_sts.hpp"
#include "simulation/trace.hpp"
#include "simulation/world_params.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::simulation {

/// A worker in virtual time: a real Core and a real ledger (in memory), a queue and a CloudFront
/// that are models, and a shell between them that takes time, fails and dies as its Conditions
/// say. The same conditions give the same run, to the last event.
///
/// A crash drops what is not durable and all that the process knew; requests that have left it go
/// on their way. It is followed by a restart from the ledger.
class World {
public:
    World(const WorldParams& params, std::unique_ptr<Conditions> conditions);

    FakeCloudFront& cloudfront() { return cloudfront_; }
    FakeSts& sts() { return sts_; }
    FakeQueue& queue() { return queue_; }
    InvariantChecker& checker() { return checker_; }
    Conditions& conditions() { return *conditions_; }
    ledger::MemoryLedger& ledger() { return *ledger_; }
    [[nodiscard]] const Trace& trace() const { return trace_; }
    /// Only while the process is up.
    [[nodiscard]] const core::Core& core() const { return *core_; }
    [[nodiscard]] bool is_up() const { return core_ != nullptr; }
    [[nodiscard]] base::Moment now() const {
        return {now_, std::chrono::floor<base::Timestamp::duration>(wall_)};
    }
    [[nodiscard]] std::uint64_t crashes() const { return crashes_; }
    /// Events that the core was told, in all lives of the process.
    [[nodiscard]] std::uint64_t events() const { return events_; }
    /// The whole run, event by event.
    [[nodiscard]] const Digest& digest() const { return digest_; }
    /// Every sending, as it left.
    struct Departure {
        base::Instant at;
        core::SendCall call;
    };
    [[nodiscard]] const std::vector<Departure>& departures() const { return departures_; }
    [[nodiscard]] const std::vector<core::ReadProgress>& reads() const { return reads_; }
    [[nodiscard]] const std::vector<base::Instant>& read_times() const { return read_times_; }
    /// Every proof, from its first request to its end.
    struct Proof {
        base::Instant begin;
        base::Instant end;
    };
    [[nodiscard]] const std::vector<Proof>& proofs() const { return proofs_; }
    [[nodiscard]] const std::vector<std::string>& reports() const { return reports_; }

    /// Returns the message's id.
    std::string send(std::string body, std::string sender = "alice", base::Duration delay = {});
    /// The calendar is set, forward or back.
    void jump_calendar(base::Timestamp::duration by) { wall_ += by; }

    /// Lets everything happen that happens in this time.
    void advance(base::Duration time);
    /// Lets time pass until nothing is left to do but what is blocked. False where that takes
    /// longer than this.
    bool drain(base::Duration longest);
    /// The process dies here and now, and comes back after a while.
    void crash() { die("crash"); }
    /// The process is asked to end, does so after what is on its way, and comes back.
    void stop();
    /// The ledger forgets what was settled longer ago than this.
    void prune(base::Duration age);

    // By hand: nothing in the shell happens of itself until let_run().
    void hold() { is_held_ = true; }
    void let_run();
    /// Receives up to ten messages. False where none is visible.
    bool poll();
    /// Each does the next thing of its kind; false where there is none.
    bool make_durable();
    bool tell_committed();
    bool delete_messages();
    bool depart();
    bool arrive();
    bool answer();
    void tick(base::Duration time);

    /// The next call on its way in or out of the process, or nullptr.
    [[nodiscard]] const core::SendCall* sending() const;
    [[nodiscard]] const core::Commit* committing() const;
    /// What the next sending meets, or the one under way if its request has not arrived.
    void inject(Fault fault);

private:
    struct Flight {
        std::shared_ptr<const core::SendCall> call;
        Passage passage;
        enum class Stage { issued, departed, arrived } stage = Stage::issued;
        base::Instant departed_at;
        FakeCloudFront::Answer answer;
    };
    struct DurableCommit {
        core::Commit commit;
        std::vector<ledger::TaskReceipt> receipts;
    };
    using Life = std::uint64_t;
    /// Something that is going to be done, by the process in this life of it or by no process.
    struct Activity {
        std::optional<Life> life;
        std::function<void()> act;
    };

    void start();
    void step(core::Event event);
    void perform(core::Effect& effect);
    void perform_commit(core::Commit commit);
    /// Like the worker: one transaction at a time, of all that has come until it begins.
    void write_soon();
    void begin_writing();
    void land_transaction();
    /// All of these commits become durable, or none.
    void write(std::vector<core::Commit> commits);
    /// A transaction fails. The core is told nothing any more, while what is on its way goes on,
    /// and soon the process ends.
    [[nodiscard]] bool disk_fails(Fault fault);
    void perform_send(core::SendCall call);
    void perform_question(const core::ReadProgress& read);
    void perform_question(const core::ProveCall& prove);
    void end_proof(const core::CallProved& proof);
    void cut_short(ledger::CallId call);
    void schedule_flight(ledger::CallId id);
    [[nodiscard]] core::CoreParams core_params() const;
    /// What the core keeps twice agrees.
    void check_state();
    /// Who would take over here and now knows the same.
    void check_twin();
    /// Wakes in which nothing is decided are few.
    void watch_wakes(bool was_idle);
    void land_deletion();
    [[nodiscard]] bool strikes(Fault fault) { return !is_held_ && conditions_->strikes(fault); }
    /// True where the process has died of it.
    [[nodiscard]] bool crashes_here(Fault fault);
    void die(std::string_view how);
    [[nodiscard]] bool takes_messages() const { return !is_stopping_ && core_->wants_messages(); }
    [[nodiscard]] bool is_over() const {
        return params_.stops_at_violation && checker_.has_failed();
    }

    /// Has this done after this time, unless the process has died by then.
    void later(base::Duration time, std::function<void()> act);
    void later_even_if_dead(base::Duration time, std::function<void()> act);
    void run_until(base::Instant end);
    /// What should have happened by now may be what brings no event about.
    void check_after_a_while();
    /// Does one thing that is due; false where nothing is.
    bool do_next();
    [[nodiscard]] std::optional<base::Instant> next_time() const;
    void pass_to(base::Instant at);

    void open_session(ledger::CallId id);
    [[nodiscard]] bool has_session(const base::AccountId& account) const;
    void refuse(ledger::CallId id, FakeCloudFront::Answer answer);
    void depart(ledger::CallId id);
    void arrive(ledger::CallId id);
    void answer(ledger::CallId id);
    /// What becomes of a request that reaches AWS.
    [[nodiscard]] FakeCloudFront::Answer reach_cloud(const core::SendCall& call, Fault fault);
    [[nodiscard]] core::CallAnswered answer_of(const Flight& flight) const;

    const WorldParams params_;
    std::unique_ptr<Conditions> conditions_;
    FakeCloudFront cloudfront_;
    FakeSts sts_;
    FakeQueue queue_;
    InvariantChecker checker_;
    Trace trace_;
    Digest digest_;
    std::unique_ptr<ledger::MemoryLedger> ledger_ = std::make_unique<ledger::MemoryLedger>();
    std::unique_ptr<core::Core> core_;

    base::Instant now_;
    /// The calendar, finer than it is told.
    std::chrono::sys_time<base::Duration> wall_;
    std::multimap<base::Instant, Activity> agenda_;
    Life life_ = 0;
    std::uint64_t crashes_ = 0;
    /// Counts events.
    std::uint64_t twin_checked_at_ = 0;
    std::uint64_t events_ = 0;
    bool is_held_ = false;
    bool is_stopping_ = false;
    std::uint64_t things_done_now_ = 0;
    base::Instant wakes_from_;
    base::Instant checked_at_;
    std::uint64_t idle_wakes_ = 0;
    /// Until when the process takes its session with an account for good.
    std::map<base::AccountId, base::Instant> sessions_;

    std::deque<core::Commit> commits_;
    std::vector<core::Commit> transaction_;
    bool is_writing_ = false;
    std::deque<DurableCommit> durable_;
    std::deque<std::vector<core::MessageHandle>> deletions_;
    std::map<ledger::CallId, Flight> flights_;
    std::optional<Fault> injected_;
    std::vector<Departure> departures_;
    std::vector<core::ReadProgress> reads_;
    std::vector<base::Instant> read_times_;
    std::vector<Proof> proofs_;
    /// Calls whose proofs are under way.
    std::set<ledger::CallId> proving_;
    std::vector<std::string> reports_;
};

} // namespace exarch::simulation
