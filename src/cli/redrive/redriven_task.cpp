#include "cli/redrive/redriven_task.hpp"

#include "base/json.hpp"
#include "base/sha256.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <utility>

namespace exarch::cli {
namespace {

namespace json = boost::json;
using ledger::EndedOperation;

std::string body_of(const EndedOperation& operation, const std::string& id, bool has_deadline) {
    json::object body{{"version", 1}, {"id", id}};
    if (!operation.requester.empty()) {
        body["requester"] = operation.requester;
    }
    if (const auto labels = base::parse_json(operation.labels); labels.has_value()) {
        body["labels"] = *labels;
    }
    if (operation.priority != 0) {
        body["priority"] = operation.priority;
    }
    if (has_deadline) {
        body["deadline"] = base::format(*operation.deadline);
    }
    const json::object again{{"action", operation.lane.action},
                             {"account", operation.lane.account.value()},
                             {"distribution", operation.lane.resource},
                             {"paths", json::array{operation.item}}};
    body["operations"] = json::array{again};
    return json::serialize(body);
}

} // namespace

// Of the content too: a ledger that was restored from a backup gives its numbers again.
std::string redriven_id(const EndedOperation& operation) {
    constexpr std::size_t digits = 32;
    const std::string text =
        fmt::format("{} {} {} {} {} {}\n", operation.id.number.value(), operation.message_id,
                    operation.lane.account.value(), operation.lane.action, operation.lane.resource,
                    operation.item);
    return "redrive-" + base::format_hex(base::sha256(text)).substr(0, digits);
}

RedrivenTask make_redriven_task(EndedOperation operation, base::Timestamp now) {
    const std::string id = redriven_id(operation);
    const bool has_deadline = operation.deadline.has_value() && *operation.deadline > now;
    const bool lost_deadline = operation.deadline.has_value() && !has_deadline;
    RawTask raw{body_of(operation, id, has_deadline), id};
    return RedrivenTask{std::move(raw), std::move(operation), lost_deadline};
}

} // namespace exarch::cli
