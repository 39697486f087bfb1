#include "simulate/simulation.hpp"

#include "base/overloaded.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <variant>

namespace exarch::simulate {
namespace {

using base::Duration;
using base::Instant;
using ledger::TaskReceipt;

/// Keeps of a ledger what decides: which names of tasks are taken.
class ForgetfulLedger final : public ledger::Ledger {
public:
    base::Status load(ledger::Restorer& restorer) override {
        restorer.last_call(ledger::CallId());
        return {};
    }

    base::Result<std::vector<TaskReceipt>>
    commit(std::span<const ledger::Record> records) override {
        std::vector<TaskReceipt> receipts;
        for (const ledger::Record& record : records) {
            if (const auto* task = std::get_if<ledger::AcceptTask>(&record)) {
                receipts.push_back(accept(*task));
            }
        }
        return receipts;
    }

    base::Result<bool> prune(base::Timestamp, base::Timestamp) override { return false; }

private:
    TaskReceipt accept(const ledger::AcceptTask& task) {
        TaskReceipt receipt;
        if (!task.name.empty()) {
            const auto [known, is_new] = digests_.emplace(task.name, task.digest);
            if (!is_new) {
                receipt.verdict = known->second == task.digest ? TaskReceipt::Verdict::duplicate
                                                               : TaskReceipt::Verdict::conflict;
                return receipt;
            }
        }
        receipt.task = ledger::TaskId(++tasks_);
        receipt.first_operation = ledger::OperationId(operations_ + 1);
        operations_ += static_cast<std::int64_t>(task.operations.size());
        return receipt;
    }

    std::int64_t tasks_ = 0;
    std::int64_t operations_ = 0;
    std::map<std::string, std::string> digests_;
};

/// Counts everything that happens, and remembers of open operations when they came and where.
class Counter final : public Spectator {
public:
    void recorded(const ledger::Record& record, const TaskReceipt* receipt, Instant at) override {
        std::visit(base::Overloaded{
                       [&](const ledger::AcceptTask& task) { accept(task, *receipt); },
                       [&](const ledger::BindCall& call) {
                           calls_.emplace(call.call,
                                          Bound{account(call.lane.account), call.items.size(),
                                                call.lane.action, call.operations});
                       },
                       [&](const ledger::CountAttempt& attempt) { count(attempt, at); },
                       [&](const ledger::CloseCall& close) { settle(close, at); },
                       [&](const ledger::EndOperations& end) {
                           const bool expired = end.end == ledger::EndOperations::End::expired;
                           for (const ledger::OperationId id : end.operations) {
                               finish(id, expired ? &RunSum::expired : &RunSum::failed, at);
                           }
                       },
                       [](const auto&) {},
                   },
                   record);
    }

    void sent(const core::SendCall& call, Instant at) override {
        RunSum& sum = result_.accounts[calls_.at(call.call).account].sum;
        ++sum.calls;
        sum.last_call_after = at.time_since_epoch();
        ++result_.timeline.at(at).calls;
    }

    [[nodiscard]] std::uint64_t ended() const { return ended_; }

    /// A message comes at this moment.
    void comes(std::uint64_t handle, Duration at) { coming_.emplace(handle, at); }

    SimulationResult conclude() {
        std::ranges::sort(result_.accounts, {}, &AccountRun::account);
        RunSum& all = result_.all;
        for (AccountRun& each : result_.accounts) {
            RunSum& sum = each.sum;
            sum.dollars = dollars_for(each.items);
            for (auto part :
                 {&RunSum::operations, &RunSum::done, &RunSum::failed, &RunSum::expired,
                  &RunSum::calls, &RunSum::throttled, &RunSum::unanswered, &RunSum::items}) {
                all.*part += sum.*part;
            }
            all.dollars += sum.dollars;
            all.last_call_after = std::max(all.last_call_after, sum.last_call_after);
        }
        all.longest_wait = result_.waits.longest();
        return std::move(result_);
    }

private:
    using Index = std::uint32_t;
    struct Bound {
        Index account;
        std::size_t items;
        std::string action;
        std::vector<ledger::OperationId> operations;
    };
    struct Open {
        Index account;
        /// Milliseconds from the beginning; `over` once it has ended.
        std::uint32_t came;
    };
    static constexpr std::uint32_t over = std::numeric_limits<std::uint32_t>::max();

    Index account(const base::AccountId& id) {
        const auto [found, is_new] =
            account_of_.emplace(id, static_cast<Index>(result_.accounts.size()));
        if (is_new) {
            result_.accounts.push_back({.account = id, .sum = {}});
        }
        return found->second;
    }

    void accept(const ledger::AcceptTask& task, const TaskReceipt& receipt) {
        const auto came = coming_.extract(std::stoull(task.origin.message_id)).mapped();
        if (receipt.verdict == TaskReceipt::Verdict::duplicate) {
            ++result_.duplicate_tasks;
            return;
        }
        if (receipt.verdict == TaskReceipt::Verdict::conflict) {
            result_.rejected += std::max<std::size_t>(task.operations.size(), 1);
            return;
        }
        result_.rejected += task.rejections.size();
        for (const ledger::NewOperation& operation : task.operations) {
            const Index index = account(task.lanes[operation.lane].account);
            ++result_.accounts[index].sum.operations;
            open_.push_back({index, static_cast<std::uint32_t>(came / milliseconds)});
        }
        result_.timeline.at(Instant(came))
            .count_waiting(static_cast<std::int64_t>(task.operations.size()));
        held_ += task.operations.size();
        result_.held_max = std::max(result_.held_max, held_);
    }

    void count(const ledger::CountAttempt& attempt, Instant at) {
        const auto call = calls_.find(attempt.call);
        if (call == calls_.end()) {
            return;
        }
        RunSum& sum = result_.accounts[call->second.account].sum;
        if (attempt.end == ledger::AttemptEnd::throttled) {
            ++sum.throttled;
            ++result_.timeline.at(at).throttled;
        } else if (attempt.end == ledger::AttemptEnd::unknown) {
            ++sum.unanswered;
        }
    }

    void settle(const ledger::CloseCall& close, Instant at) {
        const Bound call = std::move(calls_.extract(close.call).mapped());
        if (close.end == ledger::CallEnd::done) {
            AccountRun& run = result_.accounts[call.account];
            run.sum.items += call.items;
            run.items[call.action] += call.items;
        }
        const bool is_done = close.end == ledger::CallEnd::done;
        const bool is_refused = close.end == ledger::CallEnd::refused;
        for (const ledger::OperationId id : is_refused ? close.failed : call.operations) {
            finish(id, is_done ? &RunSum::done : &RunSum::failed, at);
        }
    }

    void finish(ledger::OperationId id, std::uint64_t RunSum::* end, Instant at) {
        Open& open = open_[static_cast<std::size_t>(id.value() - first_)];
        RunSum& sum = result_.accounts[open.account].sum;
        const Duration wait = at.time_since_epoch() - open.came * milliseconds;
        ++(sum.*end);
        sum.longest_wait = std::max(sum.longest_wait, wait);
        result_.waits.add(wait);
        result_.timeline.at(at).count_waiting(-1);
        open.came = over;
        --held_;
        ++ended_;
        while (!open_.empty() && open_.front().came == over) {
            open_.pop_front();
            ++first_;
        }
    }

    static constexpr Duration milliseconds = std::chrono::milliseconds(1);

    SimulationResult result_;
    std::map<base::AccountId, Index> account_of_;
    std::map<ledger::CallId, Bound> calls_;
    std::map<std::uint64_t, Duration> coming_;
    /// From the operation `first_` on.
    std::deque<Open> open_;
    std::int64_t first_ = 1;
    std::uint64_t held_ = 0;
    std::uint64_t ended_ = 0;
};

/// Brings the messages to the core when they come and it wants them.
class Simulation {
public:
    Simulation(core::CoreParams params, Workload& workload, base::Timestamp start,
               const CloudModel& model)
        : workload_(workload), shell_(std::move(params), start, model, ledger_, counter_) {}

    base::Result<SimulationResult> run(const SimulationProgress& progress) {
        constexpr std::uint64_t steps_between = 32;
        EXARCH_CHECK(shell_.begin());
        for (std::uint64_t steps = 0;; ++steps) {
            const auto message = next_look();
            const auto next = shell_.next_time();
            if (message && (!next || *message < *next)) {
                shell_.wait_until(*message);
                EXARCH_CHECK(receive());
            } else if (next) {
                EXARCH_CHECK(shell_.go_on());
            } else {
                break;
            }
            if (progress && steps % steps_between == 0) {
                progress(counter_.ended(), shell_.now().time_since_epoch());
            }
        }
        return counter_.conclude();
    }

private:
    /// When the queue is looked at next; none where it is empty for good or nothing is wanted.
    [[nodiscard]] std::optional<Instant> next_look() const {
        const auto at = workload_.next_at();
        if (!at || !shell_.wants_messages()) {
            return std::nullopt;
        }
        const Duration looked = (*at + period - Duration(1)) / period * period;
        return std::max(shell_.now(), Instant(looked));
    }

    base::Status receive() {
        constexpr std::size_t messages_max = 1000;
        const Duration now = shell_.now().time_since_epoch();
        core::MessagesReceived received;
        while (received.messages.size() < messages_max &&
               workload_.next_at().value_or(Duration::max()) <= now) {
            core::ReceivedMessage message;
            message.handle = ++last_handle_;
            message.origin.message_id = std::to_string(message.handle);
            counter_.comes(message.handle, *workload_.next_at());
            message.body = workload_.take();
            received.messages.push_back(std::move(message));
        }
        return shell_.step(std::move(received));
    }

    static constexpr Duration period = std::chrono::milliseconds(100);

    Workload& workload_;
    ForgetfulLedger ledger_;
    Counter counter_;
    VirtualShell shell_;
    std::uint64_t last_handle_ = 0;
};

} // namespace

base::Result<SimulationResult> simulate(core::CoreParams params, Workload& workload,
                                        base::Timestamp start, const CloudModel& model,
                                        const SimulationProgress& progress) {
    Simulation simulation(std::move(params), workload, start, model);
    return simulation.run(progress);
}

core::CoreParams with_quotas(core::CoreParams params, double factor) {
    params.quota = [quota = std::move(params.quota), factor](const base::AccountId& account,
                                                             std::string_view api) {
        core::Quota raised = quota(account, api);
        raised.rate *= factor;
        return raised;
    };
    return params;
}

} // namespace exarch::simulate
