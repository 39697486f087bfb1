#include "core/core.hpp"
#include "workload.hpp"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace exarch;
using core::Core;
using core::Effect;

/// A core whose shell makes everything durable at once and whose calls never come back, so that
/// what it takes in stays pending.
class Intake {
public:
    Intake() : core_(params()) {}

    void receive(core::ReceivedMessage message) {
        core::MessagesReceived received;
        received.messages.push_back(std::move(message));
        perform(core_.step(std::move(received), now_));
    }

    [[nodiscard]] std::size_t pending() const { return core_.open_operations(); }

private:
    static core::CoreParams params() {
        core::CoreParams params;
        params.incarnation = "0123456789abcdef";
        params.pending_max = 10'000'000;
        params.quota = [](const base::AccountId&, std::string_view) { return core::Quota{}; };
        return params;
    }

    void perform(std::vector<Effect> effects) {
        for (Effect& effect : effects) {
            if (auto* commit = std::get_if<core::Commit>(&effect)) {
                perform(core_.step(made_durable(std::move(*commit)), now_));
            }
        }
    }

    core::Committed made_durable(core::Commit commit) {
        core::Committed committed{commit.revision, std::move(commit.records), {}};
        for (const ledger::Record& record : committed.records) {
            if (const auto* task = std::get_if<ledger::AcceptTask>(&record)) {
                committed.receipts.push_back(receipt(*task));
            }
        }
        return committed;
    }

    ledger::TaskReceipt receipt(const ledger::AcceptTask& task) {
        ledger::TaskReceipt receipt;
        receipt.task = ledger::TaskId(++tasks_);
        receipt.first_operation = ledger::OperationId(operations_ + 1);
        operations_ += static_cast<std::int64_t>(task.operations.size());
        return receipt;
    }

    base::Moment now_{base::Instant(std::chrono::hours(1)),
                      std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    Core core_;
    std::int64_t tasks_ = 0;
    std::int64_t operations_ = 0;
};

core::ReceivedMessage next(std::size_t& number) {
    ++number;
    return bench::message(number, bench::first_form_body(number));
}

/// CPU for an operation from the message's text to where it waits, beside so many that wait.
void intake(benchmark::State& state) {
    Intake intake;
    std::size_t number = 0;
    while (intake.pending() < static_cast<std::size_t>(state.range(0))) {
        intake.receive(next(number));
    }
    constexpr std::size_t batch = 1000;
    std::vector<core::ReceivedMessage> messages;
    for (auto iteration : state) {
        static_cast<void>(iteration);
        state.PauseTiming();
        messages.clear();
        while (messages.size() < batch) {
            messages.push_back(next(number));
        }
        state.ResumeTiming();
        for (core::ReceivedMessage& message : messages) {
            intake.receive(std::move(message));
        }
    }
    const auto operations =
        state.iterations() * static_cast<std::int64_t>(batch * bench::entries_in_a_message);
    state.SetItemsProcessed(operations);
    state.counters["ns_per_operation"] =
        benchmark::Counter(static_cast<double>(operations) / 1e9,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(intake)->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Iterations(5);

/// Memory of the core for a pending operation, allocator's overhead and all.
void memory(benchmark::State& state) {
    for (auto iteration : state) {
        static_cast<void>(iteration);
        const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
        Intake intake;
        std::size_t number = 0;
        while (intake.pending() < static_cast<std::size_t>(state.range(0))) {
            intake.receive(next(number));
        }
        const std::size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
        state.counters["bytes_per_operation"] =
            static_cast<double>(after - before) / static_cast<double>(intake.pending());
    }
}
BENCHMARK(memory)->Arg(100'000)->Arg(1'000'000)->Iterations(1);

} // namespace
