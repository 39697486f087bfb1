#include "simulation/swarm/report.hpp"

#include "core/probe.hpp"
#include "simulation/shared/shared_probe.hpp"

#include <fmt/format.h>

namespace exarch::simulation {

std::string describe(const RunTotals& totals, double seconds, const std::string& digest) {
    const double hours = std::chrono::duration<double, std::ratio<3600>>(totals.time).count();
    std::string text = fmt::format(
        "{} seeds, {} events in {:.1f} s of one core ({:.0f} a second), {:.0f} virtual hours, "
        "digest {}\n"
        "{} messages, {} redeliveries, {} starts, {} calls took effect\n"
        "operations: {} done, {} failed, {} expired, {} rejected\nfaults:",
        totals.seeds, totals.events, seconds, static_cast<double>(totals.events) / seconds, hours,
        digest, totals.messages, totals.redeliveries, totals.lives, totals.effects, totals.done,
        totals.failed, totals.expired, totals.rejected);
    for (const Fault fault : all_faults()) {
        text += fmt::format(" {} {}{}", format(fault), totals.faults[fault],
                            fault == all_faults().back() ? "\n" : ",");
    }
    if (totals.shared_seeds > 0) {
        text +=
            fmt::format("functions: {} invocations, {} ticks\n", totals.invocations, totals.ticks);
        text += "faults of workers that share a table:";
        for (const Fault fault : shared_faults().subspan(lone_fault_count)) {
            text += fmt::format(" {} {},", format(fault), totals.faults[fault]);
        }
        text.back() = '\n';
        text += describe_shared_probes();
    }
    text += "probes:";
    for (const core::Probe probe : core::all_probes()) {
        text += fmt::format(" {} {},", core::format(probe), core::hits(probe));
    }
    text.back() = '\n';
    return text;
}

std::string tell(const RunParams& params, const std::string& rule) {
    std::string text;
    if (rule != "abort") {
        constexpr std::size_t enough = 400;
        RunParams told = params;
        told.trace_lines = enough;
        const RunOutcome outcome = run(told);
        text = outcome.story;
        for (const std::string& violation : outcome.violations) {
            text += fmt::format("broken: {}\n", violation);
        }
    } else {
        text = "broken: abort: an assertion of the core failed\n";
    }
    return text + fmt::format("replay: simulation {}\n", arguments_of(params));
}

std::string probes_missed(std::uint64_t workers) {
    if (workers > 0) {
        return shared_probes_missed();
    }
    std::string text;
    for (const core::Probe probe : core::all_probes()) {
        if (core::hits(probe) == 0) {
            text += fmt::format("{}{}", text.empty() ? "" : " ", core::format(probe));
        }
    }
    return text;
}

} // namespace exarch::simulation
