#include "cli/worker/worker_summary.hpp"

#include "cli/status/status_json.hpp"
#include "cli/status/status_text.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <utility>

namespace exarch::cli {
namespace {

namespace json = boost::json;
using End = worker::WorkerReport::End;

std::string_view describe(End end) {
    switch (end) {
    case End::stopped:
        return "stopped";
    case End::drained:
        return "drained";
    case End::timed_out:
        break;
    }
    return "timed_out";
}

std::string_view headline(End end) {
    switch (end) {
    case End::stopped:
        return "Stopped";
    case End::drained:
        return "Drained";
    case End::timed_out:
        break;
    }
    return "Out of time before all was settled";
}

std::string render_blocked(const std::vector<core::BlockedLane>& lanes, const Layout& layout) {
    Table table;
    for (const char* heading : {"ACCOUNT", "ACTION", "RESOURCE"}) {
        table.add_column(heading);
    }
    table.add_column("WAITING", Table::Align::right);
    table.add_column("BLOCKED BY");
    for (const core::BlockedLane& lane : lanes) {
        table.add_row({{lane.lane.account.value()},
                       {lane.lane.action},
                       {lane.lane.resource},
                       {with_commas(static_cast<std::int64_t>(lane.operations))},
                       {lane.reason, Style::bad}});
    }
    return table.render(layout);
}

std::string amount(std::uint64_t number) {
    return with_commas(static_cast<std::int64_t>(number));
}

std::int64_t count_unsuccessful(const core::RunCounts& counts) {
    return static_cast<std::int64_t>(counts.failed + counts.rejected + counts.expired);
}

} // namespace

ExitCode exit_code_of(const WorkerSummary& summary) {
    const core::RunCounts& counts = summary.report.counts;
    switch (summary.report.end) {
    case End::stopped:
        return ExitCode::done;
    case End::timed_out:
        return ExitCode::some_failed;
    case End::drained:
        break;
    }
    const bool all_succeeded = count_unsuccessful(counts) == 0 && summary.report.outlook.open == 0;
    return all_succeeded ? ExitCode::done : ExitCode::some_failed;
}

std::string render_text(const WorkerSummary& summary, const Layout& layout) {
    const core::RunCounts& counts = summary.report.counts;
    const core::Outlook& outlook = summary.report.outlook;
    std::string text = fmt::format(
        "{}: {} done, {} failed, {} rejected, {} expired; {} call{} sent{}; {} operation{} still "
        "open.\n",
        headline(summary.report.end), amount(counts.done), amount(counts.failed),
        amount(counts.rejected), amount(counts.expired), amount(counts.sent), ending(counts.sent),
        counts.throttled == 0 ? ""
                              : fmt::format(", {} of them throttled", amount(counts.throttled)),
        amount(outlook.open), ending(outlook.open));
    if (summary.report.end == End::timed_out && outlook.open > 0) {
        text += "What is open stays in the ledger, and the next worker goes on with it; "
                "`exarch status` tells what it waits for.\n";
    }
    if (!outlook.blocked.empty()) {
        text += render_blocked(outlook.blocked, layout);
    }
    return text + render_unsuccessful(summary.unsuccessful, count_unsuccessful(counts), layout);
}

json::object to_json(const WorkerSummary& summary) {
    const core::RunCounts& counts = summary.report.counts;
    const core::Outlook& outlook = summary.report.outlook;
    json::array blocked;
    for (const core::BlockedLane& lane : outlook.blocked) {
        blocked.push_back({{"account", lane.lane.account.value()},
                           {"action", lane.lane.action},
                           {"resource", lane.lane.resource},
                           {"operations", lane.operations},
                           {"reason", lane.reason}});
    }
    json::array unsuccessful;
    for (const ledger::EndedOperation& operation : summary.unsuccessful) {
        unsuccessful.push_back(to_json(operation));
    }
    return {{"ended", describe(summary.report.end)},
            {"messages", counts.messages},
            {"operations",
             {{"done", counts.done},
              {"failed", counts.failed},
              {"rejected", counts.rejected},
              {"expired", counts.expired},
              {"open", outlook.open},
              {"blocked", outlook.blocked_operations}}},
            {"calls",
             {{"sent", counts.sent},
              {"done", counts.calls_done},
              {"throttled", counts.throttled},
              {"refused", counts.refused},
              {"unknown", counts.unknown}}},
            {"blocked", std::move(blocked)},
            {"unsuccessful", std::move(unsuccessful)}};
}

} // namespace exarch::cli
