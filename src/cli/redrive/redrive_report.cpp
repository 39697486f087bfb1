#include "cli/redrive/redrive_report.hpp"

#include "cli/status/status_json.hpp"
#include "cli/status/status_text.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <utility>

namespace exarch::cli {
namespace {

namespace json = boost::json;

std::string operations_text(std::size_t count) {
    return fmt::format("{} operation{}", with_commas(static_cast<std::int64_t>(count)),
                       ending(count));
}

std::size_t count_without_deadline(const std::vector<RedrivenTask>& tasks) {
    std::size_t count = 0;
    for (const RedrivenTask& task : tasks) {
        count += task.lost_deadline ? task.operations.size() : 0;
    }
    return count;
}

json::array operations_of(const std::vector<RedrivenTask>& tasks) {
    json::array operations;
    for (const RedrivenTask& task : tasks) {
        for (const ledger::EndedOperation& operation : task.operations) {
            json::object object = to_json(operation);
            object["redriven_by"] = task.id;
            operations.push_back(std::move(object));
        }
    }
    return operations;
}

} // namespace

std::size_t count_operations(const std::vector<RedrivenTask>& tasks) {
    std::size_t count = 0;
    for (const RedrivenTask& task : tasks) {
        count += task.operations.size();
    }
    return count;
}

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
    note(count_operations(report.known),
         " left out: redriven already; what failed again has new ids");
    note(count_without_deadline(report.tasks), " redriven without a deadline, which is past");
    if (report.selected.rejected > 0) {
        text += fmt::format("exarch: {} rejected left out: they never became operations; mend "
                            "them, and send them by exarch submit\n",
                            with_commas(report.selected.rejected));
    }
    if (report.selected.is_cut) {
        text += "exarch: only the newest that ended without success were looked at; --task reaches "
                "older ones\n";
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
    for (const RedrivenTask& task : report.tasks) {
        operations.insert(operations.end(), task.operations.begin(), task.operations.end());
    }
    return render_unsuccessful(operations, layout) +
           fmt::format("{} would be sent again, in {} task{}.\n",
                       operations_text(operations.size()), report.tasks.size(),
                       ending(report.tasks.size()));
}

json::object told_of(const RedriveReport& report) {
    return {
        {"redriven", operations_of(report.tasks)},
        {"redriven_before", operations_of(report.known)},
        {"without_deadline", count_without_deadline(report.tasks)},
        {"left_out",
         {{"outcome_unknown", report.selected.unknown}, {"rejected", report.selected.rejected}}}};
}

json::object to_json(const RedriveReport& report) {
    json::array tasks;
    for (const RedrivenTask& task : report.tasks) {
        tasks.push_back({{"id", task.id}, {"operations", task.operations.size()}});
    }
    json::object object = told_of(report);
    object["tasks"] = std::move(tasks);
    return object;
}

} // namespace exarch::cli
