#include "cli/simulate/simulation_text.hpp"

#include "cli/plan/offline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::cli {
namespace {

using Align = Table::Align;
using Cell = Table::Cell;

Cell count_cell(std::uint64_t count, Style style = Style::plain) {
    return number_cell(static_cast<std::int64_t>(count), style);
}

Cell time_cell(base::Duration duration) {
    return {base::format_for_people(duration)};
}

Cell cost_cell(const simulate::RunSum& sum) {
    return {fmt::format("${:.2f}", sum.dollars)};
}

std::string render_runs(const SimulationReport& report, const Layout& layout) {
    Table table;
    table.add_column("QUOTAS");
    for (const char* heading : {"OPERATIONS", "PATHS SENT", "CALLS", "THROTTLED", "UNANSWERED",
                                "LAST CALL AFTER", "WAIT P50", "P99", "MAX", "COST", "NOT DONE"}) {
        table.add_column(heading, Align::right);
    }
    for (const auto& [name, result] : {std::pair("as configured", &report.as_configured),
                                       std::pair("twice that", &report.twice_the_quotas)}) {
        const simulate::RunSum& all = result->all;
        table.add_row({Cell{name}, count_cell(all.operations), count_cell(all.items),
                       count_cell(all.calls), count_cell(all.throttled), count_cell(all.unanswered),
                       time_cell(all.last_call_after), time_cell(result->waits.percentile(50)),
                       time_cell(result->waits.percentile(99)), time_cell(all.longest_wait),
                       cost_cell(all),
                       count_cell(all.failed + all.expired + result->rejected, Style::bad)});
    }
    return table.render(layout);
}

std::string render_slowest(const simulate::SimulationResult& result, const Layout& layout) {
    Table table;
    table.add_column("SLOWEST");
    for (const char* heading : {"OPERATIONS", "PATHS SENT", "CALLS", "THROTTLED", "LAST CALL AFTER",
                                "LONGEST WAIT", "COST", "NOT DONE"}) {
        table.add_column(heading, Align::right);
    }
    for (const simulate::AccountRun* run : slowest_accounts(result)) {
        const simulate::RunSum& sum = run->sum;
        table.add_row({Cell{run->account.value()}, count_cell(sum.operations),
                       count_cell(sum.items), count_cell(sum.calls), count_cell(sum.throttled),
                       time_cell(sum.last_call_after), time_cell(sum.longest_wait), cost_cell(sum),
                       count_cell(sum.failed + sum.expired, Style::bad)});
    }
    if (table.is_empty()) {
        return {};
    }
    return "\n" + table.render(layout) +
           render_more(result.accounts.size(), slowest_max, "accounts");
}

} // namespace

std::vector<const simulate::AccountRun*>
slowest_accounts(const simulate::SimulationResult& result) {
    std::vector<const simulate::AccountRun*> slowest;
    slowest.reserve(result.accounts.size());
    for (const simulate::AccountRun& run : result.accounts) {
        slowest.push_back(&run);
    }
    // Of equally slow ones, the smaller id first.
    std::ranges::sort(slowest, {}, [](const simulate::AccountRun* run) {
        return std::pair(-run->sum.longest_wait, run->account);
    });
    slowest.resize(std::min(slowest.size(), slowest_max));
    return slowest;
}

std::string render_simulation(const SimulationReport& report, const Layout& layout) {
    std::string text = render_runs(report, layout) + render_slowest(report.as_configured, layout);
    if (report.as_configured.rejected > 0) {
        const auto rejected = static_cast<std::int64_t>(report.as_configured.rejected);
        text += fmt::format("\n{} operation{} rejected; exarch plan tells which and why.\n",
                            with_commas(rejected), rejected == 1 ? " is" : "s are");
    }
    text += describe_duplicates(report.as_configured.duplicate_tasks);
    return text + "\nIn virtual time, against a model of AWS. A wait lasts from when an operation "
                  "comes until\nAWS has accepted it, or it has failed or expired. COST is at AWS's "
                  "public prices, with all of\nthe month's free paths left. Nothing was sent.\n";
}

} // namespace exarch::cli
