#include "cli/submit/submit_report.hpp"

#include "base/text.hpp"
#include "cli/status/status_json.hpp"
#include "cli/status/status_text.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <utility>

namespace exarch::cli {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object follow_object(const FollowReport& report) {
    const ledger::OperationCounts& counts = report.counts.operations;
    return {{"total", counts.total()},   {"pending", counts.pending},
            {"bound", counts.bound},     {"done", counts.done},
            {"failed", counts.failed},   {"rejected", counts.rejected},
            {"expired", counts.expired}, {"incomplete", report.counts.incomplete}};
}

std::vector<ledger::LaneReport> blocked_lanes(const FollowCounts& counts) {
    std::vector<ledger::LaneReport> lanes;
    lanes.reserve(counts.blocked.size());
    for (const auto& [key, lane] : counts.blocked) {
        lanes.push_back(lane);
    }
    return lanes;
}

} // namespace

ExitCode exit_code_of(const SubmitReport& report) {
    const Submission& submission = report.submission;
    if (submission.sent() == 0) {
        return ExitCode::unreachable;
    }
    const bool all_sent = submission.sent() == submission.tasks().size();
    const bool all_done =
        !report.follow.has_value() ||
        (report.follow->is_complete && report.follow->counts.operations.unsuccessful() == 0);
    return all_sent && all_done ? ExitCode::done : ExitCode::some_failed;
}

std::string render_ids(const Submission& submission) {
    std::string text;
    for (std::size_t i = 0; i < submission.tasks().size(); ++i) {
        const Sending& sending = submission.sendings()[i];
        const std::string& name = submission.tasks()[i].name;
        if (!sending.message_id.empty()) {
            text += (name.empty() ? sending.message_id : base::printable(name)) + "\n";
        }
    }
    return text;
}

std::string render_unsent(const Submission& submission) {
    constexpr std::size_t shown_max = 20;
    const std::size_t unsent = submission.tasks().size() - submission.sent();
    // Where all share one reason, one line tells it.
    const std::size_t lines_max = submission.sent() == 0 ? 1 : shown_max;
    std::string text;
    std::size_t shown = 0;
    for (std::size_t i = 0; i < submission.tasks().size() && shown < lines_max; ++i) {
        const Sending& sending = submission.sendings()[i];
        if (!sending.failure.empty()) {
            ++shown;
            const std::size_t others = shown == lines_max ? unsent - shown : 0;
            text +=
                fmt::format("exarch: {}: {}: {}{}\n", base::printable(submission.tasks()[i].place),
                            sending.is_in_doubt ? "may be sent or not" : "not sent",
                            base::printable(sending.failure),
                            others == 0 ? "" : fmt::format("; nor {} other tasks", others));
        }
    }
    return text;
}

std::string render_text(const FollowReport& report, const Layout& layout) {
    const ledger::OperationCounts& counts = report.counts.operations;
    std::string text =
        fmt::format("{}{} of {} operations done, {} failed, {} rejected, {} expired", //
                    report.is_complete ? "" : "Gave up waiting: ", with_commas(counts.done),
                    with_commas(counts.total()), with_commas(counts.failed),
                    with_commas(counts.rejected), with_commas(counts.expired));
    if (report.counts.incomplete > 0) {
        text += fmt::format(", {} not finished by AWS", with_commas(report.counts.incomplete));
    }
    if (report.counts.taken < report.counts.tasks) {
        text += fmt::format("; {} tasks were not taken in",
                            with_commas(report.counts.tasks - report.counts.taken));
    }
    text += "\n" + render_blocked(blocked_lanes(report.counts), layout);
    return text + render_unsuccessful(report.unsuccessful, counts.unsuccessful(), layout);
}

json::object to_json(const SubmitReport& report) {
    json::array tasks;
    for (std::size_t i = 0; i < report.submission.tasks().size(); ++i) {
        const OutgoingTask& task = report.submission.tasks()[i];
        const Sending& sending = report.submission.sendings()[i];
        tasks.push_back({{"place", task.place},
                         {"id", text_or_null(task.name)},
                         {"message_id", text_or_null(sending.message_id)},
                         {"operations", task.operations},
                         {"failure", text_or_null(sending.failure)}});
    }
    json::object object{{"tasks", std::move(tasks)}};
    if (report.follow.has_value()) {
        json::array unsuccessful;
        for (const ledger::EndedOperation& operation : report.follow->unsuccessful) {
            unsuccessful.push_back(to_json(operation));
        }
        object["complete"] = report.follow->is_complete;
        object["operations"] = follow_object(*report.follow);
        object["blocked"] = to_json(blocked_lanes(report.follow->counts));
        object["unsuccessful"] = std::move(unsuccessful);
    }
    return object;
}

} // namespace exarch::cli
