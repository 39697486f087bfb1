#include "cli/plan/plan_text.hpp"

#include "cli/plan/offline.hpp"

#include <fmt/format.h>

#include <utility>

namespace exarch::cli {
namespace {

using Align = Table::Align;
using Cell = Table::Cell;

/// More of a kind than a person reads; all are in the JSON.
constexpr std::size_t rows_max = 20;

Cell count_cell(std::size_t count) {
    return number_cell(static_cast<std::int64_t>(count));
}

void add_row(Table& table, std::string name, const PlanSum& sum) {
    const auto accepted = sum.operations.total() - sum.operations.rejected;
    table.add_row({Cell{std::move(name)}, number_cell(accepted), count_cell(sum.merged),
                   count_cell(sum.covered), count_cell(sum.items), count_cell(sum.calls),
                   Cell{base::format_for_people(sum.last_call_after)},
                   Cell{fmt::format("${:.2f}", sum.dollars)},
                   number_cell(sum.operations.expired, Style::bad)});
}

std::string render_accounts(const PlanReport& report, const Layout& layout) {
    Table table;
    table.add_column("ACCOUNT");
    for (const char* heading : {"OPERATIONS", "MERGED", "COVERED", "PATHS SENT", "CALLS",
                                "LAST CALL AFTER", "COST", "EXPIRED"}) {
        table.add_column(heading, Align::right);
    }
    std::size_t rows = 0;
    for (const auto& [account, sum] : report.accounts) {
        if (++rows <= rows_max) {
            add_row(table, account.value(), sum);
        }
    }
    add_row(table, "all", report.all);
    return table.render(layout) + render_more(report.accounts.size(), rows_max, "accounts");
}

std::string render_covered(const simulate::Forecast& forecast, const Layout& layout) {
    if (forecast.covered.empty()) {
        return {};
    }
    Table table;
    for (const char* heading : {"ACCOUNT", "RESOURCE", "NOT SENT", "COVERED BY"}) {
        table.add_column(heading);
    }
    std::size_t rows = 0;
    for (const auto& [item, cover] : forecast.covered) {
        if (++rows <= rows_max) {
            table.add_row({Cell{item.first.account.value()}, Cell{item.first.resource},
                           Cell{item.second}, Cell{cover}});
        }
    }
    return "\n" + table.render(layout) + render_more(forecast.covered.size(), rows_max, "paths");
}

std::string render_rejected(const simulate::Forecast& forecast, const Layout& layout) {
    if (forecast.rejections.empty()) {
        return {};
    }
    Table table;
    for (const char* heading : {"REJECTED", "PLACE", "WHY"}) {
        table.add_column(heading);
    }
    std::size_t rows = 0;
    for (const auto& [task, rejection] : forecast.rejections) {
        if (++rows <= rows_max) {
            table.add_row({Cell{task, Style::bad}, Cell{rejection.place}, Cell{rejection.reason}});
        }
    }
    return "\n" + table.render(layout) +
           render_more(forecast.rejections.size(), rows_max, "rejections");
}

} // namespace

std::string render_plan(const PlanReport& report, const Layout& layout) {
    std::string text = render_accounts(report, layout);
    text += render_covered(report.forecast, layout) + render_rejected(report.forecast, layout);
    return text + describe_duplicates(report.forecast.duplicate_tasks) +
           "\nIf all of it waited now, and nothing else. COST is at AWS's public prices, with "
           "all of\nthe month's free paths left. Nothing was sent.\n";
}

} // namespace exarch::cli
