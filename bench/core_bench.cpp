#include "core/core.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace exarch;
using core::Core;
using core::Effect;

constexpr std::size_t entries_in_a_message = 10;

/// A core whose shell makes everything durable at once and whose calls never come back, so that
/// what it takes in stays pending.
class Intake {
public:
    Intake() : core_(params()) {}

    void receive(const std::string& body) {
        core::ReceivedMessage message;
        message.handle = ++received_;
        message.origin.queue = "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks";
        message.origin.message_id = fmt::format("{:032x}", received_);
        message.origin.sender_id = "AIDAEXAMPLE";
        message.body = body;
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
    core::MessageHandle received_ = 0;
    std::int64_t tasks_ = 0;
    std::int64_t operations_ = 0;
};

/// The first form; each path is new, 40 bytes long, and the lanes are eight in four accounts.
std::string message(std::size_t number) {
    std::string body = R"({"entries": [)";
    for (std::size_t entry = 0; entry < entries_in_a_message; ++entry) {
        const std::size_t path = number * entries_in_a_message + entry;
        // Scattered, so that a path is not simply put behind the one before.
        const std::uint64_t scattered = path * 0x9e3779b97f4a7c15U;
        body += fmt::format(R"({}{{"aws_account_id": "11112222333{}", )"
                            R"("cloudfront_distribution_id": "E2EXAMPLE{}", )"
                            R"("invalidation_path": "/products/images/{:016x}/large"}})",
                            entry == 0 ? "" : ", ", path % 4, path % 8, scattered);
    }
    return body + "]}";
}

/// CPU for an operation from the message's text to where it waits, beside so many that wait.
void intake(benchmark::State& state) {
    Intake intake;
    std::size_t number = 0;
    while (intake.pending() < static_cast<std::size_t>(state.range(0))) {
        intake.receive(message(++number));
    }
    constexpr std::size_t batch = 1000;
    std::vector<std::string> bodies;
    for (auto iteration : state) {
        static_cast<void>(iteration);
        state.PauseTiming();
        bodies.clear();
        while (bodies.size() < batch) {
            bodies.push_back(message(++number));
        }
        state.ResumeTiming();
        for (const std::string& body : bodies) {
            intake.receive(body);
        }
    }
    const auto operations = state.iterations() * static_cast<std::int64_t>(batch) * 10;
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
            intake.receive(message(++number));
        }
        const std::size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
        state.counters["bytes_per_operation"] =
            static_cast<double>(after - before) / static_cast<double>(intake.pending());
    }
}
BENCHMARK(memory)->Arg(100'000)->Arg(1'000'000)->Iterations(1);

} // namespace
