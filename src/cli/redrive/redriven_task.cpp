#include "cli/redrive/redriven_task.hpp"

#include "base/json.hpp"
#include "base/sha256.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <map>
#include <tuple>
#include <utility>

namespace exarch::cli {
namespace {

namespace json = boost::json;
using ledger::EndedOperation;

using GroupKey = std::tuple<ledger::TaskId, ledger::LaneKey, base::Timestamp>;

// Of the content too: a ledger that was restored from a backup gives its numbers again.
std::string id_of(std::span<const EndedOperation> operations) {
    constexpr std::size_t digits = 32;
    std::string text;
    for (const EndedOperation& operation : operations) {
        text += fmt::format("{} {} {} {} {} {}\n", operation.id.value(), operation.message_id,
                            operation.lane.account.value(), operation.lane.action,
                            operation.lane.resource, operation.item);
    }
    return "redrive-" + base::format_hex(base::sha256(text)).substr(0, digits);
}

std::string body_of(const RedrivenTask& task, const InvalidationWish& wish) {
    const EndedOperation& first = task.operations.front();
    const json::object operation{{"action", first.lane.action},
                                 {"account", wish.account},
                                 {"distribution", wish.distribution},
                                 {"paths", json::array(wish.paths.begin(), wish.paths.end())}};
    json::object body{{"version", 1}, {"id", task.id}};
    if (!first.requester.empty()) {
        body["requester"] = first.requester;
    }
    if (const auto labels = base::parse_json(first.labels); labels.has_value()) {
        body["labels"] = *labels;
    }
    if (first.priority != 0) {
        body["priority"] = first.priority;
    }
    if (first.deadline.has_value() && !task.lost_deadline) {
        body["deadline"] = base::format(*first.deadline);
    }
    body["operations"] = json::array{operation};
    return json::serialize(body);
}

RedrivenTask make_task(std::span<const EndedOperation> operations, base::Timestamp now) {
    const EndedOperation& first = operations.front();
    InvalidationWish wish{first.lane.account.value(), first.lane.resource, {}};
    for (const EndedOperation& operation : operations) {
        wish.paths.push_back(operation.item);
    }
    RedrivenTask task{.id = id_of(operations),
                      .raw = {},
                      .operations = {operations.begin(), operations.end()},
                      .lost_deadline = first.deadline.has_value() && *first.deadline <= now};
    task.raw = RawTask{body_of(task, wish), task.id};
    return task;
}

} // namespace

std::vector<RedrivenTask> make_redriven_tasks(std::span<const EndedOperation> operations,
                                              base::Timestamp now) {
    std::map<GroupKey, std::vector<EndedOperation>> groups;
    for (const EndedOperation& operation : operations) {
        groups[{operation.task, operation.lane, operation.ended_at}].push_back(operation);
    }
    std::vector<RedrivenTask> tasks;
    for (const auto& [key, group] : groups) {
        std::vector<std::string> paths;
        for (const EndedOperation& operation : group) {
            paths.push_back(operation.item);
        }
        std::span<const EndedOperation> rest(group);
        while (!rest.empty()) {
            const auto fit = fitting(std::span(paths).last(rest.size()));
            tasks.push_back(make_task(rest.first(fit), now));
            rest = rest.subspan(fit);
        }
    }
    return tasks;
}

} // namespace exarch::cli
