#include "cli/status/status_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <utility>

namespace exarch::cli {
namespace {

namespace json = boost::json;

json::object counts(const ledger::OperationCounts& counts) {
    return {{"total", counts.total()},  {"pending", counts.pending}, {"bound", counts.bound},
            {"done", counts.done},      {"failed", counts.failed},   {"rejected", counts.rejected},
            {"expired", counts.expired}};
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value time_or_null(const std::optional<base::Timestamp>& time) {
    return time.has_value() ? json::value(base::format(*time)) : json::value(nullptr);
}

json::value seconds_or_null(const std::optional<base::Duration>& duration) {
    if (!duration.has_value()) {
        return nullptr;
    }
    return std::chrono::ceil<std::chrono::seconds>(*duration).count();
}

void append(json::object& target, const json::object& members) {
    for (const auto& member : members) {
        target.emplace(member.key(), member.value());
    }
}

json::object account_object(const AccountStatus& status) {
    json::object object{{"account", status.report.account.value()}};
    append(object, counts(status.report.operations));
    json::array quotas;
    for (const ledger::LearnQuota& quota : status.report.quotas) {
        quotas.push_back({{"api", quota.api},
                          {"rate", quota.rate},
                          {"learned_at", base::format(quota.learned_at)}});
    }
    object["blocked_reason"] = text_or_null(status.report.blocked_reason);
    object["estimated_seconds"] = seconds_or_null(status.left);
    object["learned_quotas"] = std::move(quotas);
    return object;
}

json::object lane_object(const LaneStatus& status) {
    const ledger::LaneReport& report = status.report;
    json::object object{{"account", report.lane.account.value()},
                        {"action", report.lane.action},
                        {"resource", report.lane.resource}};
    append(object, counts(report.operations));
    object["blocked_reason"] = text_or_null(report.blocked_reason);
    object["sentence"] = text_or_null(status.waits_for);
    object["estimated_seconds"] = seconds_or_null(status.left);
    return object;
}

// A number as such, where it says all.
template <class Number>
json::value number_or_key(const ledger::NumberedKey<Number>& key) {
    return key.account.empty() ? json::value(key.number.value()) : json::value(format(key));
}

// What a cause has of its own.
struct CauseMembers {
    json::object& object;

    void operator()(const WaitForToken& token) const {
        object["api"] = token.api;
        object["rate"] = token.rate;
        object["ahead"] = {{"operations", token.ahead.operations}, {"calls", token.ahead.calls}};
    }
    void operator()(const WaitForSlots& slots) const {
        object["slots"] = {{"kind", slots.is_wildcard ? "wildcard" : "path"},
                           {"scope", slots.is_of_account ? "account" : "distribution"},
                           {"in_progress", slots.in_progress},
                           {"limit", slots.limit}};
        object["ahead"] = {{"operations", slots.ahead}, {"calls", nullptr}};
    }
    void operator()(const WaitForAnswer& answer) const {
        object["reference"] = answer.reference;
        object["bound_at"] = base::format(answer.bound_at);
        object["until"] = base::format(answer.until);
    }
    void operator()(const WaitForMend& mend) const { object["reason"] = mend.reason; }
    void operator()(const WaitForTime& time) const {
        object["not_before"] = base::format(time.not_before);
    }
    void operator()(const WaitForVersion&) const {}
};

json::object waiting_object(const Waiting& waiting, base::Timestamp now) {
    json::object object{{"task", number_or_key(waiting.task)},
                        {"account", waiting.lane.account.value()},
                        {"action", waiting.lane.action},
                        {"resource", waiting.lane.resource},
                        {"operations", waiting.operations},
                        {"first_operation", number_or_key(waiting.first)},
                        {"last_operation", number_or_key(waiting.last)},
                        {"waits_for", name_of(waiting.cause)},
                        {"estimated_seconds", seconds_or_null(waiting.left)}};
    for (const char* name : {"api", "rate", "ahead", "slots", "reference", "bound_at", "until",
                             "reason", "not_before"}) {
        object[name] = nullptr;
    }
    std::visit(CauseMembers{object}, waiting.cause);
    object["sentence"] = describe(waiting, now);
    return object;
}

json::object task_object(const TaskStatus& status, base::Timestamp now) {
    const ledger::TaskReport& report = status.report;
    json::array unsuccessful;
    for (const ledger::EndedOperation& operation : status.unsuccessful) {
        unsuccessful.push_back(to_json(operation));
    }
    const json::array blocked = to_json(report.blocked);
    const auto& sent_at = report.origin.sent_at;
    return {{"task", number_or_key(report.task)},
            {"id", text_or_null(report.name)},
            {"requester", text_or_null(report.requester)},
            {"queue", report.origin.queue},
            {"message_id", report.origin.message_id},
            {"sender_id", report.origin.sender_id},
            {"sent_at", text_or_null(sent_at.has_value() ? base::format(*sent_at) : "")},
            {"accepted_at", base::format(report.accepted_at)},
            {"operations", counts(report.operations)},
            {"incomplete", report.incomplete},
            {"blocked", blocked},
            {"waiting", to_json(status.waiting, now)},
            {"unsuccessful", std::move(unsuccessful)}};
}

} // namespace

json::array to_json(const std::vector<ledger::LaneReport>& blocked) {
    json::array lanes;
    for (const ledger::LaneReport& lane : blocked) {
        lanes.push_back(json::object{{"account", lane.lane.account.value()},
                                     {"action", lane.lane.action},
                                     {"resource", lane.lane.resource},
                                     {"operations", lane.operations.open()},
                                     {"reason", lane.blocked_reason}});
    }
    return lanes;
}

json::object to_json(const ledger::EndedOperation& operation) {
    const bool has_id = operation.id != ledger::OperationKey();
    const bool has_call = operation.call != ledger::CallId();
    return {{"operation", has_id ? number_or_key(operation.id) : json::value(nullptr)},
            {"state", operation.state},
            {"task", text_or_null(operation.task_name)},
            {"message_id", text_or_null(operation.message_id)},
            {"excerpt", text_or_null(operation.excerpt)},
            {"account", text_or_null(operation.lane.account.value())},
            {"action", text_or_null(operation.lane.action)},
            {"resource", text_or_null(operation.lane.resource)},
            {"item", operation.item},
            {"reason", operation.reason},
            {"reference", text_or_null(operation.reference)},
            {"request_id", text_or_null(operation.request_id.value())},
            {"ended_at", base::format(operation.ended_at)},
            {"requester", text_or_null(operation.requester)},
            {"sender_id", text_or_null(operation.sender_id)},
            {"accepted_at", time_or_null(operation.accepted_at)},
            {"call", has_call ? json::value(operation.call.value()) : json::value(nullptr)},
            {"bound_at", time_or_null(operation.bound_at)},
            {"result_id", text_or_null(operation.result_id)}};
}

json::object to_json(const StatusSnapshot& snapshot) {
    const ledger::CallCounts& calls = snapshot.totals.calls;
    json::array accounts;
    for (const AccountStatus& account : snapshot.accounts) {
        accounts.push_back(account_object(account));
    }
    json::array lanes;
    for (const LaneStatus& lane : snapshot.lanes) {
        lanes.push_back(lane_object(lane));
    }
    json::array unsuccessful;
    for (const ledger::EndedOperation& operation : snapshot.unsuccessful) {
        unsuccessful.push_back(to_json(operation));
    }
    return {{"at", base::format(snapshot.at)},
            {"operations", counts(snapshot.totals.operations)},
            {"calls",
             {{"sent", calls.sent},
              {"done", calls.done},
              {"throttled", calls.throttled},
              {"refused", calls.refused},
              {"unknown", calls.unknown}}},
            {"accounts", std::move(accounts)},
            {"lanes", std::move(lanes)},
            {"unsuccessful", std::move(unsuccessful)}};
}

json::array to_json(const std::vector<Waiting>& waiting, base::Timestamp now) {
    json::array list;
    for (const Waiting& some : waiting) {
        list.push_back(waiting_object(some, now));
    }
    return list;
}

json::object to_json(const NamedOperations& operations, base::Timestamp now) {
    json::array done;
    for (const ledger::OperationKey& operation : operations.done) {
        done.push_back(number_or_key(operation));
    }
    json::array unsuccessful;
    for (const ledger::EndedOperation& operation : operations.unsuccessful) {
        unsuccessful.push_back(to_json(operation));
    }
    return {{"waiting", to_json(operations.waiting, now)},
            {"done", std::move(done)},
            {"unsuccessful", std::move(unsuccessful)}};
}

json::object to_json(const std::vector<TaskStatus>& tasks, base::Timestamp now) {
    json::array list;
    for (const TaskStatus& task : tasks) {
        list.push_back(task_object(task, now));
    }
    return {{"tasks", std::move(list)}};
}

} // namespace exarch::cli
