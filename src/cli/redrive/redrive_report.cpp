#include "cli/redrive/redrive_report.hpp"

#include "cli/status/status_json.hpp"
#include "cli/status/status_text.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::cli {
namespace {

namespace json = boost::json;

std::string operations_text(std::size_t count) {
    return fmt::format("{} operation{}", with_commas(static_cast<std::int64_t>(count)),
                       ending(count));
}

std::size_t count_without_deadline(const std::vector<RedrivenTask>& tasks) {
    return static_cast<std::size_t>(std::ranges::count_if(tasks, &RedrivenTask::lost_deadline));
}

json::object redriven(const ledger::EndedOperation& operation) {
    json::object object = to_json(operation);
    object["redriven_by"] = redriven_id(operation);
    return object;
}

} // namespace

std::string render_notes(const RedriveReport& report) {
    std::string text;
    const auto note = [&](std::size_t count, std::string_view what) {
        if (count > 0) {
            text += fmt::format("exarch: {}{}\n", operations_text(count), what);
        }
    };
    note(static_cast<std::size_t>(report.selected.unknown),
         " left out: the outcome is unknown, it may have taken effect; --unknown-too sends it "
         "again all the same");
    note(report.selected.known.size(),
         " left out: redriven already; what failed again has new ids");
    note(count_without_deadline(report.tasks), " redriven without a deadline, which is past");
    if (report.selected.rejected > 0) {
        text += fmt::format("exarch: {} rejected left out: they never became operations; mend "
                            "them, and send them by exarch submit\n",
                            with_commas(report.selected.rejected));
    }
    if (report.selected.is_cut) {
        text +=
            fmt::format("exarch: there are more than these {}; the same again sends the rest, once "
                        "a worker has taken these in\n",
                        with_commas(static_cast<std::int64_t>(report.tasks.size())));
    }
    if (report.tasks.empty()) {
        text += "exarch: nothing to redrive\n";
    }
    return text;
}

std::string render_dry_run(const RedriveReport& report, const Layout& layout) {
    if (report.tasks.empty()) {
        return {};
    }
    std::vector<ledger::EndedOperation> operations;
    operations.reserve(report.tasks.size());
    for (const RedrivenTask& task : report.tasks) {
        operations.push_back(task.operation);
    }
    return render_unsuccessful(operations, 0, layout) +
           fmt::format("{} would be sent again.\n", operations_text(operations.size()));
}

json::object told_of(const RedriveReport& report) {
    json::array operations;
    for (const RedrivenTask& task : report.tasks) {
        operations.push_back(redriven(task.operation));
    }
    json::array before;
    for (const ledger::EndedOperation& operation : report.selected.known) {
        before.push_back(redriven(operation));
    }
    return {
        {"redriven", std::move(operations)},
        {"redriven_before", std::move(before)},
        {"without_deadline", count_without_deadline(report.tasks)},
        {"left_out",
         {{"outcome_unknown", report.selected.unknown}, {"rejected", report.selected.rejected}}},
        {"has_more", report.selected.is_cut}};
}

json::object to_json(const RedriveReport& report) {
    json::array tasks;
    for (const RedrivenTask& task : report.tasks) {
        tasks.push_back({{"id", task.raw.place}, {"operations", 1}});
    }
    json::object object = told_of(report);
    object["tasks"] = std::move(tasks);
    return object;
}

} // namespace exarch::cli
