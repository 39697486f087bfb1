#include "unit/ledger/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace exarch::ledger {
namespace {

std::string text(const std::optional<base::Timestamp>& time) {
    return time ? base::format(*time) : "-";
}

std::string text(const LaneKey& lane) {
    return fmt::format("{}/{}/{}", lane.account.value(), lane.action, lane.resource);
}

std::string text(const std::vector<std::string>& items) {
    std::string joined;
    for (const std::string& item : items) {
        joined += "[" + item + "]";
    }
    return joined;
}

std::string text(const LearnQuota& quota) {
    return fmt::format("{} {} {} {}", quota.account.value(), quota.api, quota.rate,
                       base::format(quota.learned_at));
}

} // namespace

base::Timestamp at(std::int64_t seconds) {
    return base::Timestamp(std::chrono::seconds(1'780'000'000 + seconds));
}

std::string message_uuid(std::int64_t id) {
    return fmt::format("00000000-0000-4000-8000-{:012x}", id);
}

LaneKey lane_of(const std::string& resource, const std::string& account) {
    return {.account = base::AccountId(account),
            .action = "cloudfront.invalidate",
            .resource = resource};
}

AcceptTask task_of(std::int64_t message, std::vector<std::string> items) {
    AcceptTask task;
    task.origin = {.queue = "https://sqs.eu-west-1.amazonaws.com/999900001111/tasks",
                   .message_id = message_uuid(message),
                   .sender_id = "AIDAEXAMPLE",
                   .sent_at = at(message),
                   .group = {},
                   .sequence_number = {}};
    task.digest = fmt::format("{:064x}", message);
    task.accepted_at = at(message + 1);
    task.lanes = {lane_of("E1")};
    for (std::string& item : items) {
        NewOperation operation;
        operation.item = std::move(item);
        task.operations.push_back(std::move(operation));
    }
    return task;
}

std::vector<OperationId> ids(const std::vector<std::int64_t>& numbers) {
    return {numbers.begin(), numbers.end()};
}

BindCall bind_of(std::int64_t call, std::vector<std::int64_t> operations,
                 const std::string& resource) {
    BindCall bind;
    bind.call = CallId(call);
    bind.lane = lane_of(resource);
    bind.reference = fmt::format("exarch-{}", call);
    bind.items = {"/*"};
    bind.operations = ids(operations);
    bind.bound_at = at(1000 + call);
    return bind;
}

CloseCall close_of(std::int64_t call, CallEnd end) {
    CloseCall close;
    close.call = CallId(call);
    close.end = end;
    close.request_id = base::RequestId(fmt::format("request-{}", call));
    close.closed_at = at(2000 + call);
    if (end == CallEnd::done) {
        close.result_id = fmt::format("I{}", call);
    } else {
        close.reason = fmt::format("reason {}", call);
    }
    return close;
}

LaneNumber RestoredLedger::lane(const LaneKey& key) {
    lanes_.push_back(key);
    return static_cast<LaneNumber>(lanes_.size() - 1);
}

void RestoredLedger::operation(LaneNumber lane, OpenOperation operation) {
    order += 'o';
    operations.push_back(fmt::format(
        "{} of task {}: {} in {} by {} priority {} accepted {} not before {} until {}",
        operation.id.value(), operation.task.value(), operation.item, text(lanes_.at(lane)),
        operation.sender, operation.priority, base::format(operation.accepted_at),
        text(operation.not_before), text(operation.deadline)));
}

void RestoredLedger::open_call(OpenCall call) {
    order += 'c';
    std::string numbers;
    for (const OperationId id : call.operations) {
        numbers += fmt::format(" {}", id.value());
    }
    calls.push_back(fmt::format("open {} in {} as {}: {} for{} bound {}", call.id.value(),
                                text(call.lane), call.reference, text(call.items), numbers,
                                base::format(call.bound_at)));
}

void RestoredLedger::incomplete_call(IncompleteCall call) {
    order += 'i';
    calls.push_back(fmt::format("incomplete {} in {} as {}: {} closed {}", call.id.value(),
                                text(call.lane), call.result_id, text(call.items),
                                base::format(call.closed_at)));
}

void RestoredLedger::learned_quota(LearnQuota quota) {
    order += 'q';
    quotas.push_back(text(quota));
}

void RestoredLedger::last_call(CallId call) {
    order += 'l';
    last = call;
}

std::string describe(const OperationCounts& counts) {
    return fmt::format("{} pending, {} bound, {} done, {} failed, {} rejected, {} expired",
                       counts.pending, counts.bound, counts.done, counts.failed, counts.rejected,
                       counts.expired);
}

std::string describe(const TaskReport& report) {
    const MessageOrigin& origin = report.origin;
    std::string blocked;
    for (const LaneReport& lane : report.blocked) {
        blocked += fmt::format("; {} blocked: {}, {}", text(lane.lane), lane.blocked_reason,
                               describe(lane.operations));
    }
    return fmt::format("task {} `{}` {} {} by {} from {} {} {} {} {} {} accepted {}: {}, {} "
                       "incomplete",
                       format(report.task), report.name, report.owns_name ? "owned" : "taken",
                       report.digest, report.requester, origin.queue, origin.message_id,
                       origin.sender_id, text(origin.sent_at), origin.group, origin.sequence_number,
                       base::format(report.accepted_at), describe(report.operations),
                       report.incomplete);
}

std::string describe(const EndedOperation& ended) {
    return fmt::format("{} {} {} `{}`: {} ({}, {}) {} of {} `{}`: {}", format(ended.id),
                       ended.state, text(ended.lane), ended.item, ended.reason, ended.reference,
                       ended.request_id.value(), base::format(ended.ended_at), ended.message_id,
                       ended.task_name, ended.excerpt);
}

namespace {

// Nothing where no call did it.
std::string describe_call(const EndedOperation& ended) {
    return ended.call == CallId()
               ? ""
               : fmt::format("{} by call {} bound {} as {}, {} accepted {}\n", describe(ended),
                             ended.call.value(), text(ended.bound_at), ended.result_id,
                             ended.sender_id, text(ended.accepted_at));
}

} // namespace

std::string describe(Reporter& reporter) {
    const auto totals = reporter.totals().value();
    const CallCounts& calls = totals.calls;
    std::string lines =
        fmt::format("{}\ncalls {} {} {} {} {}\n", describe(totals.operations), calls.sent,
                    calls.done, calls.throttled, calls.refused, calls.unknown);
    for (const LaneReport& lane : reporter.lanes().value()) {
        lines += fmt::format("lane {}: {} `{}`\n", text(lane.lane), describe(lane.operations),
                             lane.blocked_reason);
    }
    for (const AccountReport& account : reporter.accounts().value()) {
        lines += fmt::format("account {}: {} `{}`\n", account.account.value(),
                             describe(account.operations), account.blocked_reason);
        for (const LearnQuota& quota : account.quotas) {
            lines += "quota " + text(quota) + "\n";
        }
    }
    for (std::int64_t task = 1; task <= 100; ++task) {
        for (const TaskReport& report : reporter.tasks(std::to_string(task)).value()) {
            lines += describe(report) + "\n";
        }
    }
    for (const EndedOperation& ended : reporter.unsuccessful(TaskId(), 1000).value()) {
        lines += describe(ended) + "\n";
    }
    reporter
        .endings({},
                 [&](const EndedOperation& ended) {
                     lines += describe_call(ended);
                     return true;
                 })
        .value();
    return lines;
}

std::string describe_open(Ledger& ledger) {
    RestoredLedger restored;
    const auto loaded = ledger.load(restored);
    if (!loaded.has_value()) {
        return loaded.error().message();
    }
    std::string lines = fmt::format("last call {}\n", restored.last.value());
    for (const auto* part : {&restored.operations, &restored.calls, &restored.quotas}) {
        for (const std::string& line : *part) {
            lines += line + "\n";
        }
    }
    return lines;
}

std::string CountingEntropy::hex(std::size_t bytes) {
    return fmt::format("{:0{}x}", ++drawn_, bytes * 2);
}

TemporaryDirectory::TemporaryDirectory() {
    // In memory where that is possible: no test here outlasts a power cut, and each syncs a lot.
    const std::filesystem::path memory = "/dev/shm";
    const auto parent =
        access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "exarch-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

base::Result<std::unique_ptr<SqliteLedger>> open_sqlite(const std::string& path,
                                                        std::int64_t pages_max) {
    CountingEntropy entropy;
    return SqliteLedger::open({.path = path, .pages_max = pages_max}, entropy, at(0));
}

SqliteStorage::SqliteStorage() {
    reopen();
}

void SqliteStorage::reopen() {
    reporter_.reset();
    ledger_.reset();
    ledger_ = open_sqlite(directory_.file("ledger.db")).value();
    reporter_ = SqliteReporter::open(directory_.file("ledger.db")).value();
}

std::vector<TaskReceipt> commit(Ledger& ledger, const std::vector<Record>& records) {
    auto receipts = ledger.commit(records);
    if (!receipts.has_value()) {
        ADD_FAILURE() << receipts.error().message();
        return {};
    }
    return *receipts;
}

void prune_all(Ledger& ledger, base::Timestamp settled_before, base::Timestamp duplicates_before) {
    bool more = true;
    while (more) {
        const auto pruned = ledger.prune(settled_before, duplicates_before);
        ASSERT_TRUE(pruned.has_value()) << pruned.error().message();
        more = *pruned;
    }
}

std::ostream& operator<<(std::ostream& out, const TaskReceipt& receipt) {
    return out << "verdict " << static_cast<int>(receipt.verdict) << " task "
               << receipt.task.value() << " first " << receipt.first_operation.value();
}

} // namespace exarch::ledger
