#include "base/environment.hpp"
#include "ledger/sqlite.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace exarch::ledger {
namespace {

constexpr std::int64_t message_operations = 10;
constexpr std::int64_t commit_messages = 100;
constexpr std::int64_t call_operations = 3'000;
constexpr std::int64_t calls_max = 12;

/// A ledger in a new directory of the current one: /tmp may be no disk at all.
class LedgerFile {
public:
    LedgerFile() : directory_("ledger_bench.XXXXXX") {
        if (mkdtemp(directory_.data()) == nullptr) {
            throw std::runtime_error("cannot make a directory here");
        }
        open();
    }
    ~LedgerFile() {
        ledger_.reset();
        std::filesystem::remove_all(directory_);
    }
    LedgerFile(const LedgerFile&) = delete;
    LedgerFile& operator=(const LedgerFile&) = delete;

    void open() {
        ledger_.reset();
        base::SystemEntropy entropy;
        auto opened = SqliteLedger::open({.path = directory_ + "/ledger.db"}, entropy, {});
        ledger_ = std::move(opened).value();
    }

    Ledger& operator*() { return *ledger_; }
    Ledger* operator->() { return ledger_.get(); }

private:
    std::string directory_;
    std::unique_ptr<SqliteLedger> ledger_;
};

/// Messages of ten operations with paths of 40 bytes, spread over lanes in turn.
class Messages {
public:
    explicit Messages(std::int64_t lanes) {
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
            lanes_.push_back({.account = base::AccountId(fmt::format("{:012}", lane / 10)),
                              .action = "cloudfront.invalidate",
                              .resource = fmt::format("E{:013}", lane)});
        }
    }

    [[nodiscard]] const LaneKey& lane(std::size_t index) const { return lanes_.at(index); }

    std::vector<Record> next_commit(bool named) {
        std::vector<Record> records;
        for (std::int64_t message = 0; message < commit_messages; ++message) {
            records.emplace_back(next(named));
        }
        return records;
    }

private:
    /// Message ids are random (SplitMix64), which is what makes their index expensive.
    std::uint64_t draw() {
        seed_ += 0x9e3779b97f4a7c15U;
        std::uint64_t value = (seed_ ^ (seed_ >> 30U)) * 0xbf58476d1ce4e5b9U;
        value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
        return value ^ (value >> 31U);
    }

    AcceptTask next(bool named) {
        const std::uint64_t high = draw();
        const std::uint64_t low = draw();
        AcceptTask task;
        task.origin = {.queue = "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks",
                       .message_id = fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32U,
                                                 (high >> 16U) & 0xffffU, high & 0xffffU,
                                                 low >> 48U, low & 0xffffffffffffU),
                       .sender_id = "AIDAEXAMPLEEXAMPLE123",
                       .sent_at = base::Timestamp(std::chrono::milliseconds(operations_)),
                       .group = {},
                       .sequence_number = {}};
        task.name = named ? fmt::format("task-{:x}", low) : "";
        task.digest = fmt::format("{:016x}{:016x}{:016x}{:016x}", low, high, low, high);
        task.accepted_at = base::Timestamp(std::chrono::milliseconds(operations_));
        const std::size_t lane = lane_++ % lanes_.size();
        task.lanes = {lanes_[lane]};
        for (std::int64_t index = 0; index < message_operations; ++index) {
            NewOperation operation;
            operation.item = fmt::format("/images/products/{:010}/picture.jpg", ++operations_);
            task.operations.push_back(std::move(operation));
        }
        return task;
    }

    std::vector<LaneKey> lanes_;
    std::uint64_t seed_ = 1;
    std::size_t lane_ = 0;
    std::int64_t operations_ = 0;
};

std::vector<TaskReceipt> write(Ledger& ledger, const std::vector<Record>& records) {
    return ledger.commit(records).value();
}

void fill(Ledger& ledger, Messages& messages, std::int64_t operations) {
    for (std::int64_t done = 0; done < operations; done += commit_messages * message_operations) {
        write(ledger, messages.next_commit(false));
    }
}

/// Percentiles of what a commit took.
class Latencies {
public:
    void start() { started_ = std::chrono::steady_clock::now(); }
    void stop() { taken_.push_back(std::chrono::steady_clock::now() - started_); }
    void report(benchmark::State& state) {
        state.counters["p50_ms"] = at(0.5);
        state.counters["p99_ms"] = at(0.99);
        state.counters["max_ms"] = at(1);
    }
    /// In milliseconds: what `part` of all commits took at most.
    double at(double part) {
        std::ranges::sort(taken_);
        const auto index = static_cast<std::size_t>(part * static_cast<double>(taken_.size() - 1));
        return std::chrono::duration<double, std::milli>(taken_.at(index)).count();
    }

private:
    std::chrono::steady_clock::time_point started_;
    std::vector<std::chrono::steady_clock::duration> taken_;
};

/// Arguments: operations in the ledger before, whether the messages have an id of their own.
void accept_messages_of_10_in_commits_of_1000(benchmark::State& state) {
    LedgerFile ledger;
    Messages messages(8);
    fill(*ledger, messages, state.range(0));
    Latencies latencies;
    for (auto pass : state) {
        state.PauseTiming();
        const std::vector<Record> records = messages.next_commit(state.range(1) != 0);
        state.ResumeTiming();
        latencies.start();
        write(*ledger, records);
        latencies.stop();
    }
    state.SetItemsProcessed(state.iterations() * commit_messages * message_operations);
    latencies.report(state);
}
BENCHMARK(accept_messages_of_10_in_commits_of_1000)
    ->Args({0, 0})
    ->Args({0, 1})
    ->Args({1'000'000, 0})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

BindCall bind_of(std::int64_t call, const LaneKey& lane) {
    BindCall bind{.call = CallId(call),
                  .lane = lane,
                  .reference = fmt::format("exarch-{}", call),
                  .items = {},
                  .operations = {},
                  .bound_at = {}};
    for (std::int64_t index = 0; index < call_operations; ++index) {
        bind.items.push_back(fmt::format("/images/products/{:010}/picture.jpg", index));
    }
    return bind;
}

/// Argument: lanes among which the messages came in turn. One call carries 3,000 of one lane.
void bind_and_close_3000(benchmark::State& state) {
    LedgerFile ledger;
    const std::int64_t lanes = state.range(0);
    Messages messages(lanes);
    fill(*ledger, messages, call_operations * lanes * calls_max);
    Latencies bind_latencies;
    Latencies close_latencies;
    std::int64_t call = 0;
    std::int64_t message = 0;
    for (auto pass : state) {
        state.PauseTiming();
        BindCall bind = bind_of(++call, messages.lane(0));
        for (; std::ssize(bind.operations) < call_operations; message += lanes) {
            for (std::int64_t index = 1; index <= message_operations; ++index) {
                bind.operations.emplace_back(message * message_operations + index);
            }
        }
        CloseCall close;
        close.call = bind.call;
        const std::vector<Record> first{std::move(bind)};
        const std::vector<Record> second{std::move(close)};
        state.ResumeTiming();
        bind_latencies.start();
        write(*ledger, first);
        bind_latencies.stop();
        close_latencies.start();
        write(*ledger, second);
        close_latencies.stop();
    }
    state.SetItemsProcessed(state.iterations() * call_operations);
    state.counters["bind_p50_ms"] = bind_latencies.at(0.5);
    state.counters["close_p50_ms"] = close_latencies.at(0.5);
}
BENCHMARK(bind_and_close_3000)
    ->Arg(1)
    ->Arg(8)
    ->Arg(100)
    ->Iterations(calls_max)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

class CountingRestorer final : public Restorer {
public:
    LaneNumber lane(const LaneKey&) override { return 0; }
    void operation(LaneNumber, OpenOperation operation) override {
        bytes += static_cast<std::int64_t>(operation.item.size());
    }
    void open_call(OpenCall) override {}
    void incomplete_call(IncompleteCall) override {}
    void learned_quota(LearnQuota) override {}
    void last_call(CallId) override {}

    std::int64_t bytes = 0;
};

/// Binds and settles the first `operations`, all of one lane.
void settle(Ledger& ledger, const LaneKey& lane, std::int64_t operations) {
    std::int64_t call = 0;
    for (std::int64_t settled = 0; settled < operations; settled += call_operations) {
        BindCall bind = bind_of(++call, lane);
        for (std::int64_t index = 1; index <= call_operations; ++index) {
            bind.operations.emplace_back(settled + index);
        }
        CloseCall close;
        close.call = bind.call;
        CompleteCall complete{.call = bind.call, .completed_at = {}};
        write(ledger, {std::move(bind), std::move(close), complete});
    }
}

/// Arguments: open operations, and settled ones that a start must not read.
void open_and_load(benchmark::State& state) {
    LedgerFile ledger;
    Messages messages(1);
    fill(*ledger, messages, state.range(1) + state.range(0));
    settle(*ledger, messages.lane(0), state.range(1));
    for (auto pass : state) {
        ledger.open();
        CountingRestorer restorer;
        benchmark::DoNotOptimize(ledger->load(restorer));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(open_and_load)
    ->Args({0, 0})
    ->Args({0, 1'200'000})
    ->Args({100'000, 0})
    ->Args({1'000'000, 0})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

} // namespace
} // namespace exarch::ledger
