#include "cli/submit/follower.hpp"

#include "base/text.hpp"
#include "cli/terminal/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace exarch::cli {
namespace {

// By its message first: a task's id may be that of an earlier task of which it is a duplicate.
// What else answers to the same word, as a task's number does, is another task, and so is one of
// the same id that asks for something else: of that, this one will be told apart as a conflict.
base::Result<std::optional<ledger::TaskReport>> find_task(ledger::Reporter& reporter,
                                                          const FollowedTask& task) {
    EXARCH_TRY(std::vector<ledger::TaskReport> by_message, reporter.tasks(task.message_id));
    for (ledger::TaskReport& report : by_message) {
        if (report.origin.message_id == task.message_id) {
            return std::move(report);
        }
    }
    if (task.name.empty()) {
        return std::nullopt;
    }
    EXARCH_TRY(std::vector<ledger::TaskReport> by_name, reporter.tasks(task.name));
    for (ledger::TaskReport& report : by_name) {
        if (report.owns_name && report.name == task.name && report.origin.queue == task.queue &&
            report.digest == task.digest) {
            return std::move(report);
        }
    }
    return std::nullopt;
}

} // namespace

Follower::Follower(std::vector<FollowedTask> tasks, WaitFor wait) : wait_(wait) {
    for (FollowedTask& task : tasks) {
        tasks_.push_back(Followed{std::move(task), {}});
    }
    counts_.tasks = static_cast<std::int64_t>(tasks_.size());
}

bool Follower::has_ended(const Followed& followed) const {
    return followed.report.has_value() && followed.report->operations.open() == 0 &&
           (wait_ == WaitFor::accepted || followed.report->incomplete == 0);
}

base::Result<bool> Follower::look(ledger::Reporter& reporter) {
    bool all_have_ended = true;
    FollowCounts counts;
    for (Followed& followed : tasks_) {
        if (!has_ended(followed)) {
            EXARCH_TRY(followed.report, find_task(reporter, followed.task));
        }
        all_have_ended = all_have_ended && has_ended(followed);
        ++counts.tasks;
        if (followed.report.has_value()) {
            ++counts.taken;
            counts.operations += followed.report->operations;
            counts.incomplete += followed.report->incomplete;
            for (const ledger::LaneReport& lane : followed.report->blocked) {
                ledger::LaneReport& sum = counts.blocked[lane.lane];
                sum.operations += lane.operations;
                sum.lane = lane.lane;
                sum.blocked_reason = lane.blocked_reason;
            }
        }
    }
    counts_ = counts;
    return all_have_ended;
}

base::Result<std::vector<ledger::EndedOperation>> Follower::unsuccessful(ledger::Reporter& reporter,
                                                                         std::size_t limit) const {
    std::vector<ledger::EndedOperation> all;
    for (const Followed& followed : tasks_) {
        if (!followed.report.has_value() || all.size() >= limit) {
            continue;
        }
        if (followed.report->operations.unsuccessful() > 0) {
            EXARCH_TRY(auto some,
                       reporter.unsuccessful(followed.report->task,
                                             static_cast<std::int64_t>(limit - all.size())));
            std::ranges::move(some, std::back_inserter(all));
        }
    }
    return all;
}

std::int64_t count_blocked(const FollowCounts& counts) {
    std::int64_t blocked = 0;
    for (const auto& [lane, report] : counts.blocked) {
        blocked += report.operations.open();
    }
    return blocked;
}

std::string render_progress(const FollowCounts& counts, WaitFor wait) {
    constexpr std::size_t bar_width = 30;
    const std::int64_t all = counts.operations.total();
    const std::int64_t unfinished = wait == WaitFor::completed ? counts.incomplete : 0;
    const std::int64_t ended = all - counts.operations.open() - unfinished;
    std::string text = fmt::format("waiting {} {} of {} operations",
                                   render_bar(ended, all, bar_width), ended, all);
    if (counts.taken < counts.tasks) {
        text += fmt::format("; {} of {} tasks are not taken in yet", counts.tasks - counts.taken,
                            counts.tasks);
    }
    if (!counts.blocked.empty()) {
        const auto& [lane, report] = *counts.blocked.begin();
        text += fmt::format("; {} blocked, in {} by {}", count_blocked(counts),
                            lane.account.value(), base::printable(report.blocked_reason));
    }
    return text;
}

} // namespace exarch::cli
