#include "base/environment.hpp"
#include "core/core.hpp"
#include "ledger/sqlite.hpp"
#include "worker/commits/ledger_writer.hpp"
#include "workload.hpp"

#include <boost/asio/io_context.hpp>

#include <benchmark/benchmark.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace exarch {
namespace {

using Steady = std::chrono::steady_clock;

/// As ten receivers with full batches have on their way.
constexpr std::size_t messages_on_the_way_max = 100;
constexpr std::size_t messages_in_a_batch = 10;

/// The figure is for one processor: the engine's thread and the ledger's share it.
void use_one_processor() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) {
        throw std::runtime_error("cannot stay on one processor");
    }
}

/// In a directory of its own in the current one: /tmp may be no disk at all.
class Directory {
public:
    Directory() : path_("intake_bench.XXXXXX") {
        if (mkdtemp(path_.data()) == nullptr) {
            throw std::runtime_error("cannot make a directory here");
        }
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// What stands between a queue and the deletion of its messages: core, writer, and ledger file.
/// Calls never leave, so that everything stays pending.
class Pipeline {
public:
    Pipeline()
        : ledger_(open(directory_.path())), core_(params()),
          writer_(io_.get_executor(), *ledger_, crash_points_) {
        writer_.tell(
            {.committed = [this](auto commits) { committed(std::move(commits)); },
             .failed =
                 [](const base::Error& error) { throw std::runtime_error(error.message()); }});
    }

    /// Takes in `batches` of ten messages each, as fast as they become durable.
    void take(const std::vector<std::vector<core::ReceivedMessage>>& batches) {
        for (const auto& batch : batches) {
            wait_until(messages_on_the_way_max - messages_in_a_batch);
            for (const core::ReceivedMessage& message : batch) {
                on_the_way_.emplace(message.handle, Steady::now());
            }
            step(core::MessagesReceived{batch});
            io_.poll();
        }
        wait_until(0);
    }

    /// What each message took from its receipt to where it may be deleted; forgotten by reading.
    std::vector<Steady::duration> latencies() { return std::exchange(latencies_, {}); }
    [[nodiscard]] std::size_t pending() const { return core_.open_operations(); }

private:
    static std::unique_ptr<ledger::SqliteLedger> open(const std::string& directory) {
        base::SystemEntropy entropy;
        return ledger::SqliteLedger::open({.path = directory + "/ledger.db"}, entropy, {}).value();
    }
    static core::CoreParams params() {
        core::CoreParams params;
        params.incarnation = "0123456789abcdef";
        params.pending_max = 10'000'000;
        params.quota = [](const base::AccountId&, std::string_view) { return core::Quota{}; };
        return params;
    }

    void wait_until(std::size_t on_the_way) {
        while (on_the_way_.size() > on_the_way) {
            io_.restart();
            auto work = boost::asio::make_work_guard(io_);
            io_.run_one();
        }
    }

    void step(core::Event event) {
        for (core::Effect& effect : core_.step(std::move(event), clock_.now())) {
            if (auto* commit = std::get_if<core::Commit>(&effect)) {
                writer_.submit(std::move(*commit));
            } else if (const auto* deletable = std::get_if<core::DeleteMessages>(&effect)) {
                const auto now = Steady::now();
                for (const core::MessageHandle handle : deletable->messages) {
                    const auto found = on_the_way_.find(handle);
                    latencies_.push_back(now - found->second);
                    on_the_way_.erase(found);
                }
            }
        }
    }

    void committed(std::vector<core::Committed> commits) {
        for (core::Committed& commit : commits) {
            step(std::move(commit));
        }
    }

    Directory directory_;
    base::SystemClock clock_;
    boost::asio::io_context io_;
    worker::CrashPoints crash_points_;
    std::unique_ptr<ledger::SqliteLedger> ledger_;
    core::Core core_;
    std::unordered_map<core::MessageHandle, Steady::time_point> on_the_way_;
    std::vector<Steady::duration> latencies_;
    worker::LedgerWriter writer_;
};

class Batches {
public:
    std::vector<std::vector<core::ReceivedMessage>> next(std::size_t count) {
        std::vector<std::vector<core::ReceivedMessage>> batches(count);
        for (auto& batch : batches) {
            while (batch.size() < messages_in_a_batch) {
                ++number_;
                batch.push_back(bench::message(number_, bench::first_form_body(number_)));
            }
        }
        return batches;
    }

private:
    std::size_t number_ = 0;
};

double at(const std::vector<Steady::duration>& sorted, double part) {
    const auto index = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1));
    return std::chrono::duration<double, std::milli>(sorted[index]).count();
}

/// From the text of a message to where it may be deleted: parsed, compared with what is known,
/// indexed and durable. Argument: operations pending before.
void intake_end_to_end(benchmark::State& state) {
    use_one_processor();
    constexpr std::size_t batches = 500;
    Pipeline pipeline;
    Batches source;
    while (pipeline.pending() < static_cast<std::size_t>(state.range(0))) {
        pipeline.take(source.next(100));
    }
    static_cast<void>(pipeline.latencies());
    std::size_t operations = 0;
    for (auto iteration : state) {
        static_cast<void>(iteration);
        state.PauseTiming();
        const auto next = source.next(batches);
        state.ResumeTiming();
        pipeline.take(next);
        operations += batches * messages_in_a_batch * bench::entries_in_a_message;
    }
    std::vector<Steady::duration> latencies = pipeline.latencies();
    std::ranges::sort(latencies);
    state.SetItemsProcessed(static_cast<std::int64_t>(operations));
    state.counters["p50_ms"] = at(latencies, 0.5);
    state.counters["p99_ms"] = at(latencies, 0.99);
}
BENCHMARK(intake_end_to_end)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

} // namespace
} // namespace exarch
