#include "base/json.hpp"
#include "sandbox/sqs/model/digest.hpp"
#include "sandbox/sqs/operations/operation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

std::unexpected<ServiceError> missing_resource(std::string_view parameter) {
    return refuse("ResourceNotFoundException",
                  fmt::format("The resource that you specified for the {} parameter doesn't exist.",
                              parameter));
}

Fallible<QueueName> read_arn(const Parameters& parameters, std::string_view parameter) {
    EXARCH_TRY(const std::string arn, parameters.required_text(parameter));
    const std::optional<QueueName> name = parse_arn(arn);
    if (!name.has_value()) {
        return missing_resource(parameter);
    }
    return *name;
}

// What the move does to the source and the destination is done with the caller's rights.
Permitted authorise_move(const Work& work, const QueueName& source,
                         const std::optional<QueueName>& destination) {
    for (const std::string_view action :
         {"StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"}) {
        EXARCH_CHECK(work.authorise(action, source));
    }
    return destination.has_value() ? work.authorise("SendMessage", *destination) : Permitted();
}

Fallible<std::optional<QueueName>> read_destination(const Work& work, const QueueName& source) {
    if (work.parameters.is_blank("DestinationArn")) {
        return std::nullopt;
    }
    EXARCH_TRY(const QueueName name, read_arn(work.parameters, "DestinationArn"));
    if (name == source) {
        return invalid_parameter("Source queue arn and destination queue arn cannot be the same.");
    }
    return name;
}

Permitted check_queues(const Work& work, const QueueName& source,
                       const std::optional<QueueName>& destination) {
    const Queue* const from = work.queues.find(source, work.call.now);
    if (from == nullptr) {
        return missing_resource("SourceArn");
    }
    if (work.queues.sources_of(source).empty()) {
        return invalid_parameter("Source queue must be configured as a Dead Letter Queue.");
    }
    if (!destination.has_value()) {
        return {};
    }
    const Queue* const to = work.queues.find(*destination, work.call.now);
    if (to == nullptr) {
        return missing_resource("DestinationArn");
    }
    if (to->attributes().is_fifo != from->attributes().is_fifo) {
        return invalid_parameter("Source queue and destination queue must be of the same type.");
    }
    return {};
}

// Names the task and its source, so that a handle of a queue that's gone is told apart.
std::string format_handle(const MoveTask& task) {
    return encode_base64(
        json::serialize(json::object{{"taskId", task.id}, {"sourceArn", format_arn(task.source)}}));
}

struct Handle {
    std::string id;
    QueueName source;
};

Fallible<Handle> read_handle(const Parameters& parameters) {
    EXARCH_TRY(const std::string text, parameters.required_text("TaskHandle"));
    const auto invalid = [] {
        return invalid_parameter("Value for parameter TaskHandle is invalid.");
    };
    const std::optional<std::string> bytes = decode_base64(text);
    const auto parsed = base::parse_json(bytes.value_or(""));
    if (!parsed.has_value() || !parsed->is_object()) {
        return invalid();
    }
    const Parameters handle(parsed->as_object());
    const auto id = handle.required_text("taskId");
    const auto arn = handle.required_text("sourceArn");
    const auto source = arn.has_value() ? parse_arn(*arn) : std::nullopt;
    if (!id.has_value() || !source.has_value()) {
        return invalid();
    }
    return Handle{*id, *source};
}

json::object format_task(const MoveTask& task) {
    json::object result;
    if (task.status == MoveTask::Status::running) {
        result.emplace("TaskHandle", format_handle(task));
    }
    result.emplace("Status", format(task.status));
    result.emplace("SourceArn", format_arn(task.source));
    if (task.destination.has_value()) {
        result.emplace("DestinationArn", format_arn(*task.destination));
    }
    if (task.rate.has_value()) {
        result.emplace("MaxNumberOfMessagesPerSecond", *task.rate);
    }
    result.emplace("ApproximateNumberOfMessagesMoved", task.moved);
    result.emplace("ApproximateNumberOfMessagesToMove", task.to_move);
    if (!task.failure.empty()) {
        result.emplace("FailureReason", task.failure);
    }
    result.emplace("StartedTimestamp", task.started.wall.time_since_epoch().count());
    return result;
}

} // namespace

Fallible<Outcome> start_message_move_task(Work& work) {
    EXARCH_TRY(const QueueName source, read_arn(work.parameters, "SourceArn"));
    EXARCH_TRY(const auto destination, read_destination(work, source));
    EXARCH_TRY(const auto rate,
               read_integer(work.parameters,
                            {"MaxNumberOfMessagesPerSecond", 1, MoveTasks::rate_max,
                             "You must provide a value between 1 and 500, if provided."}));
    EXARCH_CHECK(authorise_move(work, source, destination));
    EXARCH_CHECK(check_queues(work, source, destination));
    if (work.move_tasks.find_running(source) != nullptr) {
        return invalid_parameter("There is already a task running. Only one active task is allowed "
                                 "for a source queue arn at a given time.");
    }
    MoveTask task;
    task.id = work.dice.uuid();
    task.source = source;
    task.destination = destination;
    if (rate.has_value()) {
        task.rate = static_cast<int>(*rate);
    }
    task.started = work.call.now;
    task.to_move = work.queues.find(source, work.call.now)->counts().visible;
    return json::object{{"TaskHandle", format_handle(work.move_tasks.start(std::move(task)))}};
}

Fallible<Outcome> list_message_move_tasks(Work& work) {
    EXARCH_TRY(const QueueName source, read_arn(work.parameters, "SourceArn"));
    EXARCH_TRY(const auto count,
               read_integer(work.parameters, {"MaxResults", 1, MoveTasks::kept_of_source,
                                              "Must be between 1 and 10, if provided."}));
    EXARCH_CHECK(work.authorise("ListMessageMoveTasks", source));
    if (work.queues.find(source, work.call.now) == nullptr) {
        return missing_resource("SourceArn");
    }
    std::vector<const MoveTask*> tasks = work.move_tasks.list(source);
    tasks.resize(std::min(tasks.size(), static_cast<std::size_t>(count.value_or(1))));
    json::array results;
    for (const MoveTask* const task : tasks) {
        results.emplace_back(format_task(*task));
    }
    return json::object{{"Results", std::move(results)}};
}

Fallible<Outcome> cancel_message_move_task(Work& work) {
    EXARCH_TRY(const Handle handle, read_handle(work.parameters));
    EXARCH_CHECK(work.authorise("CancelMessageMoveTask", handle.source));
    if (work.queues.find(handle.source, work.call.now) == nullptr) {
        return missing_resource("SourceArn");
    }
    MoveTask* const task = work.move_tasks.find(handle.id);
    if (task == nullptr || task->source != handle.source) {
        return refuse("ResourceNotFoundException", "Task does not exist.");
    }
    if (task->status != MoveTask::Status::running) {
        return refuse("AWS.SimpleQueueService.UnsupportedOperation",
                      "Only active tasks can be cancelled.");
    }
    task->status = MoveTask::Status::cancelled;
    return json::object{{"ApproximateNumberOfMessagesMoved", task->moved}};
}

} // namespace exarch::sandbox::sqs
