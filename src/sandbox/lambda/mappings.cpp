#include "sandbox/lambda/operation.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <array>

namespace exarch::sandbox::lambda {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> needed{"sqs:ReceiveMessage", "sqs:DeleteMessage",
                                                 "sqs:GetQueueAttributes"};

/// Whose role may read the queue, which must be there and hide messages long enough.
Permitted check_queue(const Work& work, const Function& function, const sqs::QueueName& name) {
    const sqs::Queue* const queue = work.queues.find(name, work.call.now);
    if (queue == nullptr) {
        return invalid_parameter(
            "Error occurred while ReceiveMessage. SQS Error Code: "
            "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does "
            "not exist.");
    }
    EXARCH_TRY(Caller role, assume_execution_role(work.directory, function, work.call.now.wall));
    ServiceCall call{.request = work.call.request,
                     .caller = std::move(role),
                     .region = work.call.region,
                     .request_id = work.call.request_id,
                     .now = work.call.now,
                     .arrived_at = work.call.arrived_at};
    for (const std::string_view action : needed) {
        const auto allowed = work.authoriser(call, {.action = std::string(action),
                                                    .resource = queue->arn(),
                                                    .owner = name.account,
                                                    .resource_policy = queue->attributes().policy});
        if (!allowed.has_value()) {
            return invalid_parameter(
                fmt::format("The function execution role does not have permissions to call {} on "
                            "SQS",
                            action.substr(action.find(':') + 1)));
        }
    }
    if (queue->attributes().visibility < function.settings.timeout) {
        return invalid_parameter(
            fmt::format("Queue visibility timeout: {} seconds is less than Function timeout: {} "
                        "seconds",
                        queue->attributes().visibility.count(), function.settings.timeout.count()));
    }
    return {};
}

/// Members that a mapping of a queue can have.
Permitted check_members(const Body& body) {
    EXARCH_TRY(const auto destination, body.object("DestinationConfig"));
    if (destination && !destination->allow_only({}).has_value()) {
        return invalid_parameter(
            "Unsupported DestinationConfig parameter for given event source mapping type.");
    }
    return body.allow_only({"EventSourceArn", "FunctionName", "Enabled", "BatchSize",
                            "MaximumBatchingWindowInSeconds", "FunctionResponseTypes",
                            "ScalingConfig", "Tags", "UUID"});
}

Fallible<Function*> find_target(const Work& work, const std::string& text) {
    EXARCH_TRY(const FunctionName name,
               parse_function(text, work.call.region, work.call.caller.account));
    work.record.details["function"] = name.name;
    const auto found = work.store.all_functions.find(name);
    if (found == work.store.all_functions.end()) {
        return invalid_parameter("Function does not exist");
    }
    return &found->second;
}

Permitted check_unique(const Work& work, const Function& function, const sqs::QueueName& queue) {
    for (const auto& [uuid, mapping] : work.store.mappings) {
        if (!mapping.is_deleted && mapping.function == function.name &&
            mapping.settings().queue == queue) {
            return conflict(fmt::format(
                "An event source mapping with SQS arn (\" {} \") and function (\" {} \") already "
                "exists. Please update or delete the existing mapping with UUID {}",
                sqs::format_arn(queue), function.name.name, uuid));
        }
    }
    return {};
}

std::string mapping_arn(const Work& work, std::string_view uuid) {
    const std::string function =
        format_arn({work.call.region, work.call.caller.account, std::string()});
    return fmt::format("{}event-source-mapping:{}", function.substr(0, function.rfind("function:")),
                       uuid);
}

Fallible<Mapping*> find_mapping(const Work& work) {
    EXARCH_CHECK(work.authorise(fmt::format("lambda:{}", work.route.action),
                                mapping_arn(work, work.route.resource)));
    const auto found = work.store.mappings.find(work.route.resource);
    if (found == work.store.mappings.end() || found->second.is_deleted ||
        found->second.function.account != work.call.caller.account ||
        found->second.function.region != work.call.region) {
        return not_found("The resource you requested does not exist.");
    }
    work.record.details["function"] = found->second.function.name;
    return &found->second;
}

} // namespace

Outcome create_event_source_mapping(const Work& work) {
    EXARCH_CHECK(work.authorise("lambda:CreateEventSourceMapping", "*"));
    EXARCH_TRY(const auto source, work.body.text("EventSourceArn"));
    const auto queue = sqs::parse_arn(source.value_or(""));
    if (!queue) {
        return invalid_parameter("Unrecognized event source.");
    }
    work.record.details["queue"] = *source;
    EXARCH_CHECK(check_members(work.body));
    EXARCH_TRY(const auto text, work.body.text("FunctionName"));
    EXARCH_TRY(const Function* const function, find_target(work, text.value_or("")));
    if (queue->region != work.call.region) {
        return invalid_parameter("The queue and the function must be in the same region.");
    }
    functions::EventSourceSettings settings{.queue = *queue,
                                            .function_arn = format_arn(function->name)};
    EXARCH_CHECK(apply_mapping(settings, work.body));
    EXARCH_CHECK(check_queue(work, *function, *queue));
    EXARCH_CHECK(check_unique(work, *function, *queue));
    Mapping mapping{
        .uuid = work.store.dice.uuid(), .function = function->name, .modified = work.call.now.wall};
    mapping.source = std::make_unique<functions::EventSource>(std::move(settings), work.store.fleet,
                                                              work.queues);
    work.record.effect = true;
    json::object described = format_mapping(mapping, "Creating");
    std::string uuid = mapping.uuid;
    work.store.mappings.emplace(std::move(uuid), std::move(mapping));
    return json_response(202, described);
}

Outcome get_event_source_mapping(const Work& work) {
    EXARCH_TRY(const Mapping* const mapping, find_mapping(work));
    return json_response(200, format_mapping(*mapping, ""));
}

Outcome list_event_source_mappings(const Work& work) {
    EXARCH_CHECK(work.authorise("lambda:ListEventSourceMappings", "*"));
    const auto form = parse_form(work.route.query).value_or(Form());
    const std::string_view source = value_of(form, "EventSourceArn");
    const std::string_view function = value_of(form, "FunctionName");
    FunctionName name;
    if (!function.empty()) {
        EXARCH_TRY(name, parse_function(function, work.call.region, work.call.caller.account));
    }
    json::array listed;
    for (const auto& [uuid, mapping] : work.store.mappings) {
        const bool is_own = mapping.function.account == work.call.caller.account &&
                            mapping.function.region == work.call.region;
        const bool is_wanted =
            (function.empty() || mapping.function == name) &&
            (source.empty() || sqs::format_arn(mapping.settings().queue) == source);
        if (is_own && is_wanted && !mapping.is_deleted) {
            listed.push_back(format_mapping(mapping, ""));
        }
    }
    return json_response(200, json::object{{"EventSourceMappings", std::move(listed)}});
}

Outcome update_event_source_mapping(const Work& work) {
    EXARCH_TRY(Mapping* const mapping, find_mapping(work));
    EXARCH_CHECK(check_members(work.body));
    functions::EventSourceSettings settings = mapping->settings();
    FunctionName name = mapping->function;
    EXARCH_TRY(const auto text, work.body.text("FunctionName"));
    if (text) {
        EXARCH_TRY(const Function* const function, find_target(work, *text));
        EXARCH_CHECK(check_queue(work, *function, settings.queue));
        name = function->name;
        settings.function_arn = format_arn(name);
    }
    EXARCH_CHECK(apply_mapping(settings, work.body));
    mapping->source->set(std::move(settings));
    mapping->function = std::move(name);
    mapping->modified = work.call.now.wall;
    work.record.effect = true;
    return json_response(202, format_mapping(*mapping, "Updating"));
}

Outcome delete_event_source_mapping(const Work& work) {
    EXARCH_TRY(Mapping* const mapping, find_mapping(work));
    json::object described = format_mapping(*mapping, "Deleting");
    functions::EventSourceSettings settings = mapping->settings();
    settings.is_enabled = false;
    mapping->source->set(std::move(settings));
    mapping->is_deleted = true;
    work.record.effect = true;
    return json_response(202, described);
}

} // namespace exarch::sandbox::lambda
