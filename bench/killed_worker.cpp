// killed_worker LEDGER OPERATIONS RUN ACCOUNT/DISTRIBUTION…: leaves LEDGER as a worker does that is
// killed with so many open operations, a call under way in each lane, and a log that is copied into
// the file only in part. RUN neighbours in a message are of one lane, and so share a row: with 1
// there is as much to read as there can be.

#include "base/environment.hpp"
#include "ledger/sqlite.hpp"
#include "workload.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

namespace exarch::bench {
namespace {

constexpr std::size_t commit_messages = 100;
// Of all calls together.
constexpr std::size_t calls_operations = 3'000;

struct Workload {
    std::size_t operations = 0;
    std::size_t run = 0;
    std::vector<ledger::LaneKey> lanes;

    [[nodiscard]] std::size_t lane_of(std::size_t path) const { return path / run % lanes.size(); }
};

std::string item(std::size_t path) {
    return fmt::format("/products/images/{:016x}/large", scatter(path));
}

ledger::AcceptTask task_of(std::size_t number, const Workload& workload) {
    ledger::AcceptTask task;
    task.origin = message(number, {}).origin;
    task.digest = fmt::format("{:064x}", scatter(number));
    task.lanes = workload.lanes;
    for (std::size_t entry = 0; entry < entries_in_a_message; ++entry) {
        const std::size_t path = number * entries_in_a_message + entry;
        ledger::NewOperation operation;
        operation.lane = static_cast<std::uint32_t>(workload.lane_of(path));
        operation.item = item(path);
        task.operations.push_back(std::move(operation));
    }
    task.accepted_at = base::SystemClock().now().wall;
    return task;
}

/// The first operations of a lane; ids begin at 1.
ledger::BindCall call_of(std::size_t lane, const Workload& workload) {
    ledger::BindCall call;
    call.call = ledger::CallId(static_cast<std::int64_t>(lane) + 1);
    call.lane = workload.lanes[lane];
    call.reference = fmt::format("killed-{}", lane);
    call.bound_at = base::SystemClock().now().wall;
    for (std::size_t path = 0; path < std::min(workload.operations, calls_operations); ++path) {
        if (workload.lane_of(path) == lane) {
            call.operations.emplace_back(static_cast<std::int64_t>(path) + 1);
            call.items.push_back(item(path));
        }
    }
    return call;
}

base::Status fill(ledger::Ledger& ledger, const Workload& workload) {
    for (std::size_t number = 0; number < workload.operations / entries_in_a_message;) {
        std::vector<ledger::Record> records;
        for (; records.size() < commit_messages; ++number) {
            records.emplace_back(task_of(number, workload));
        }
        EXARCH_TRY([[maybe_unused]] const auto receipts, ledger.commit(records));
    }
    for (std::size_t lane = 0; lane < workload.lanes.size(); ++lane) {
        const std::vector<ledger::Record> records{call_of(lane, workload)};
        EXARCH_TRY([[maybe_unused]] const auto receipts, ledger.commit(records));
    }
    return {};
}

/// No operations where the arguments are wrong.
Workload read_arguments(std::span<char*> arguments) {
    Workload workload;
    if (arguments.size() < 5) {
        return workload;
    }
    for (const std::string_view lane : arguments.subspan(4)) {
        const std::size_t slash = std::min(lane.find('/'), lane.size());
        workload.lanes.push_back(
            {.account = base::AccountId(lane.substr(0, slash)),
             .action = "cloudfront.invalidate",
             .resource = std::string(lane.substr(std::min(slash + 1, lane.size())))});
    }
    const auto number = [](std::string_view text) {
        std::size_t value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    };
    workload.run = number(arguments[3]);
    workload.operations = workload.run == 0 ? 0 : number(arguments[2]);
    return workload;
}

} // namespace
} // namespace exarch::bench

int main(int count, char** arguments) {
    using namespace exarch;
    const bench::Workload workload =
        bench::read_arguments({arguments, static_cast<std::size_t>(count)});
    if (workload.operations == 0) {
        std::fputs("killed_worker LEDGER OPERATIONS RUN ACCOUNT/DISTRIBUTION...\n", stderr);
        return 2;
    }
    base::SystemEntropy entropy;
    auto ledger = ledger::SqliteLedger::open({.path = arguments[1]}, entropy, {});
    const base::Status filled =
        ledger.has_value() ? bench::fill(**ledger, workload) : std::unexpected(ledger.error());
    if (!filled.has_value()) {
        std::fprintf(stderr, "%s\n", filled.error().message().c_str());
        return 3;
    }
    return std::raise(SIGKILL);
}
