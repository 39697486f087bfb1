#include "cli/status/status_text.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::cli {
namespace {

using Align = Table::Align;
using Cell = Table::Cell;

void add_count_columns(Table& table) {
    for (const char* heading :
         {"TOTAL", "PENDING", "BOUND", "DONE", "FAILED", "REJECTED", "EXPIRED"}) {
        table.add_column(heading, Align::right);
    }
}

void append_counts(std::vector<Cell>& cells, const ledger::OperationCounts& counts) {
    cells.insert(cells.end(),
                 {number_cell(counts.total()), number_cell(counts.pending),
                  number_cell(counts.bound), number_cell(counts.done),
                  number_cell(counts.failed, Style::bad), number_cell(counts.rejected, Style::bad),
                  number_cell(counts.expired, Style::bad)});
}

Cell time_left(const std::optional<base::Duration>& left) {
    return Cell{left.has_value() ? base::format_for_people(*left) : ""};
}

std::string render_totals(const ledger::TotalsReport& totals, const Layout& layout) {
    Table operations;
    operations.add_column("OPERATIONS");
    add_count_columns(operations);
    std::vector<Cell> cells{Cell{"all"}};
    append_counts(cells, totals.operations);
    operations.add_row(std::move(cells));

    Table calls;
    calls.add_column("CALLS     ");
    for (const char* heading : {"SENT", "DONE", "THROTTLED", "REFUSED", "UNKNOWN"}) {
        calls.add_column(heading, Align::right);
    }
    calls.add_row({Cell{"all"}, number_cell(totals.calls.sent), number_cell(totals.calls.done),
                   number_cell(totals.calls.throttled), number_cell(totals.calls.refused),
                   number_cell(totals.calls.unknown, Style::bad)});
    return operations.render(layout) + "\n" + calls.render(layout);
}

// Blocked ones first, then those that take longest, then as they were.
template <class Status>
void sort_by_need(std::vector<const Status*>& rows) {
    const auto before = [](const Status* left, const Status* right) {
        const auto need = [](const Status* row) {
            return std::pair(!row->report.blocked_reason.empty(), row->left);
        };
        return need(left) != need(right) ? need(left) > need(right) : left < right;
    };
    std::ranges::sort(rows, before);
}

std::string render_accounts(const StatusSnapshot& snapshot, const StatusTextParams& params) {
    std::vector<const AccountStatus*> accounts;
    accounts.reserve(snapshot.accounts.size());
    for (const AccountStatus& account : snapshot.accounts) {
        accounts.push_back(&account);
    }
    sort_by_need(accounts);
    Table table;
    table.add_column("ACCOUNT     ");
    add_count_columns(table);
    table.add_column("LEFT", Align::right);
    table.add_column("BLOCKED BY");
    for (std::size_t i = 0; i < std::min(accounts.size(), params.accounts_max); ++i) {
        const ledger::AccountReport& report = accounts[i]->report;
        std::vector<Cell> cells{Cell{report.account.value()}};
        append_counts(cells, report.operations);
        cells.push_back(time_left(accounts[i]->left));
        cells.push_back(Cell{report.blocked_reason, Style::bad});
        table.add_row(std::move(cells));
    }
    return table.render(params.layout) +
           render_more(accounts.size(), params.accounts_max, "accounts");
}

// Those with open work.
std::vector<const LaneStatus*> open_lanes(const StatusSnapshot& snapshot) {
    std::vector<const LaneStatus*> lanes;
    for (const LaneStatus& lane : snapshot.lanes) {
        if (lane.report.operations.open() > 0) {
            lanes.push_back(&lane);
        }
    }
    sort_by_need(lanes);
    return lanes;
}

std::string render_lanes(const StatusSnapshot& snapshot, const StatusTextParams& params) {
    const std::vector<const LaneStatus*> lanes = open_lanes(snapshot);
    if (lanes.empty()) {
        return "Nothing waits.\n";
    }
    Table table;
    for (const char* heading : {"WAITING ACCOUNT", "ACTION", "RESOURCE"}) {
        table.add_column(heading);
    }
    for (const char* heading : {"PENDING", "BOUND", "LEFT"}) {
        table.add_column(heading, Align::right);
    }
    table.add_column("WAITS FOR");
    for (std::size_t i = 0; i < std::min(lanes.size(), params.lanes_max); ++i) {
        const ledger::LaneReport& report = lanes[i]->report;
        table.add_row(
            {Cell{report.lane.account.value()}, Cell{report.lane.action},
             Cell{report.lane.resource}, number_cell(report.operations.pending),
             number_cell(report.operations.bound), time_left(lanes[i]->left),
             Cell{lanes[i]->waits_for, report.blocked_reason.empty() ? Style::plain : Style::bad}});
    }
    const bool has_estimate =
        std::ranges::any_of(lanes, [](const LaneStatus* lane) { return lane->left.has_value(); });
    return table.render(params.layout) + render_more(lanes.size(), params.lanes_max, "lanes") +
           (has_estimate
                ? "LEFT is an estimate: lanes of an account take turns at its call rate, and "
                  "AWS takes a minute for what is in progress.\n"
                : "");
}

std::string describe_origin(const ledger::TaskReport& task) {
    std::string text = fmt::format("  accepted {}", base::format(task.accepted_at));
    if (task.origin.sent_at.has_value()) {
        text += ", sent " + base::format(*task.origin.sent_at);
    }
    text += fmt::format("\n  queue {}\n  message {}, sender {}\n",
                        base::printable(task.origin.queue), base::printable(task.origin.message_id),
                        base::printable(task.origin.sender_id));
    if (!task.requester.empty()) {
        text += fmt::format("  requester {}\n", base::printable(task.requester));
    }
    return text;
}

} // namespace

std::string describe_reason(const ledger::EndedOperation& operation) {
    constexpr std::size_t quoted_max = 80;
    const bool is_short = !operation.excerpt.empty() && operation.excerpt.size() <= quoted_max;
    return is_short ? operation.reason + ": " + operation.excerpt : operation.reason;
}

std::string render_blocked(const std::vector<ledger::LaneReport>& lanes, const Layout& layout) {
    if (lanes.empty()) {
        return {};
    }
    Table table;
    for (const char* heading : {"ACCOUNT", "RESOURCE"}) {
        table.add_column(heading);
    }
    table.add_column("WAITING", Align::right);
    table.add_column("BLOCKED BY");
    for (const ledger::LaneReport& lane : lanes) {
        table.add_row({Cell{lane.lane.account.value()}, Cell{lane.lane.resource},
                       number_cell(lane.operations.open()), Cell{lane.blocked_reason, Style::bad}});
    }
    return table.render(layout);
}

std::string render_unsuccessful(const std::vector<ledger::EndedOperation>& operations,
                                std::int64_t all, const Layout& layout) {
    if (operations.empty()) {
        return {};
    }
    Table table;
    for (const char* heading :
         {"ENDED", "HOW", "OPERATION", "TASK", "ACCOUNT", "RESOURCE", "ITEM", "WHY"}) {
        table.add_column(heading);
    }
    for (const ledger::EndedOperation& operation : operations) {
        const bool is_named = !operation.task_name.empty();
        const bool has_id = operation.id != ledger::OperationKey();
        table.add_row({Cell{base::format(operation.ended_at)}, Cell{operation.state, Style::bad},
                       Cell{has_id ? ledger::format(operation.id) : ""},
                       Cell{is_named ? operation.task_name : operation.message_id},
                       Cell{operation.lane.account.value()}, Cell{operation.lane.resource},
                       Cell{operation.item}, Cell{describe_reason(operation)}});
    }
    std::string text = table.render(layout);
    if (const auto shown = static_cast<std::int64_t>(operations.size()); all > shown) {
        text += fmt::format("… and {} more that did not succeed; exarch audit list --limit 0 lists "
                            "all\n",
                            with_commas(all - shown));
    }
    return text;
}

std::string render_status(const StatusSnapshot& snapshot, const StatusTextParams& params) {
    std::string text = render_totals(snapshot.totals, params.layout);
    if (!snapshot.accounts.empty()) {
        text += "\n" + render_accounts(snapshot, params);
    }
    text += "\n" + render_lanes(snapshot, params);
    if (!snapshot.unsuccessful.empty()) {
        text += "\nThe newest that did not succeed:\n" +
                render_unsuccessful(snapshot.unsuccessful, 0, params.layout);
    }
    return text;
}

std::string render_waiting(const std::vector<Waiting>& waiting, base::Timestamp now) {
    constexpr std::size_t shown_max = 50;
    std::string text;
    for (std::size_t i = 0; i < std::min(waiting.size(), shown_max); ++i) {
        text += describe(waiting[i], now) + "\n";
    }
    return text + render_more(waiting.size(), shown_max, "reasons to wait");
}

std::string render_tasks(const std::vector<TaskStatus>& tasks, base::Timestamp now,
                         const Layout& layout) {
    std::string text;
    for (const TaskStatus& task : tasks) {
        const ledger::TaskReport& report = task.report;
        const std::string name =
            report.name.empty() ? "without an id" : base::printable(report.name);
        text += text.empty() ? "" : "\n";
        text += styled(fmt::format("Task {}, number {}", name, format(report.task)), Style::heading,
                       layout) +
                "\n" + describe_origin(report);
        Table table;
        add_count_columns(table);
        std::vector<Cell> cells;
        append_counts(cells, report.operations);
        table.add_row(std::move(cells));
        text += table.render(layout);
        text += render_waiting(task.waiting, now);
        if (report.incomplete > 0) {
            text += fmt::format("AWS is still working on {} of them.\n",
                                with_commas(report.incomplete));
        }
        text += render_unsuccessful(task.unsuccessful, report.operations.unsuccessful(), layout);
    }
    return text;
}

} // namespace exarch::cli
