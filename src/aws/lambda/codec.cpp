#include "aws/lambda/codec.hpp"

#include "aws/detail/error_reply.hpp"
#include "aws/detail/json.hpp"
#include "aws/detail/json_protocol.hpp"
#include "aws/detail/request.hpp"
#include "aws/detail/text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace exarch::aws {
namespace {

namespace json = boost::json;

/// A stranger's words in a message.
constexpr std::size_t quoted_bytes_max = 64;
/// More than any ARN, "Role" in IAM's API reference the longest of them, any UUID or state.
constexpr std::size_t text_bytes_max = 2048;
/// Source: "Configure Lambda function timeout" in Lambda's guide.
constexpr std::chrono::seconds timeout_max = std::chrono::minutes(15);

std::unexpected<Failure> wrong(const Reply& reply, std::string_view place, std::string_view what) {
    return std::unexpected(unreadable_reply(reply, false, fmt::format("{}: {}", place, what)));
}

std::string quote(const json::value& value) {
    return printable(json::serialize(value), quoted_bytes_max);
}

ServiceRequest reading_of(const Endpoint& endpoint, std::string operation) {
    ServiceRequest request = request_at(endpoint, "lambda", std::move(operation));
    request.method = "GET";
    request.mutating = false;
    return request;
}

ServiceRequest reading_of(const Endpoint& endpoint, std::string operation, std::string_view version,
                          std::string_view function) {
    ServiceRequest request = reading_of(endpoint, std::move(operation));
    request.target += fmt::format("/{}/functions/", version);
    append_percent_encoded(request.target, function);
    return request;
}

std::string text_of(const json::object& object, std::string_view name) {
    return printable(string_member(object, name), text_bytes_max);
}

EventSourceMapping read_mapping(const json::object& object) {
    EventSourceMapping mapping{.uuid = text_of(object, "UUID"),
                               .source_arn = text_of(object, "EventSourceArn"),
                               .state = text_of(object, "State")};
    if (const json::array* const types = array_member(object, "FunctionResponseTypes")) {
        mapping.reports_item_failures =
            std::ranges::find(*types, "ReportBatchItemFailures") != types->end();
    }
    if (const json::object* const criteria = object_member(object, "FilterCriteria")) {
        const json::array* const filters = array_member(*criteria, "Filters");
        mapping.has_filter = filters != nullptr && !filters->empty();
    }
    // Of filters that are encrypted nothing else is told.
    mapping.has_filter = mapping.has_filter || !string_member(object, "KMSKeyArn").empty();
    if (const json::object* const scaling = object_member(object, "ScalingConfig")) {
        const json::value* const most = scaling->if_contains("MaximumConcurrency");
        if (most != nullptr && most->is_int64()) {
            mapping.concurrency_max = most->get_int64();
        }
    }
    return mapping;
}

} // namespace

ServiceRequest recursion_config_request(const Endpoint& endpoint, std::string_view function) {
    ServiceRequest request =
        reading_of(endpoint, "GetFunctionRecursionConfig", "2024-08-31", function);
    request.target += "/recursion-config";
    return request;
}

Outcome<RecursiveLoop> parse_recursion_config(const Reply& reply) {
    const std::string_view place = "GetFunctionRecursionConfig's reply: RecursiveLoop";
    const Outcome<json::value> document =
        read_json_reply(reply, false, "GetFunctionRecursionConfig");
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    const json::value* const value = document->get_object().if_contains("RecursiveLoop");
    if (value == nullptr) {
        return wrong(reply, place, "is missing");
    }
    if (value->is_string()) {
        const std::string_view text = value->get_string();
        for (const RecursiveLoop loop : {RecursiveLoop::terminate, RecursiveLoop::allow}) {
            if (text == format(loop)) {
                return loop;
            }
        }
    }
    return wrong(reply, place, fmt::format("{} is neither Allow nor Terminate", quote(*value)));
}

ServiceRequest configuration_request(const Endpoint& endpoint, std::string_view function) {
    ServiceRequest request =
        reading_of(endpoint, "GetFunctionConfiguration", "2015-03-31", function);
    request.target += "/configuration";
    return request;
}

Outcome<FunctionConfiguration> parse_configuration(const Reply& reply) {
    const std::string place = "GetFunctionConfiguration's reply: ";
    const Outcome<json::value> document = read_json_reply(reply, false, "GetFunctionConfiguration");
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    const json::object& object = document->get_object();
    const json::value* const timeout = object.if_contains("Timeout");
    if (timeout == nullptr) {
        return wrong(reply, place + "Timeout", "is missing");
    }
    const std::int64_t* const number = timeout->if_int64();
    if (number == nullptr || *number < 1 || *number > timeout_max.count()) {
        return wrong(reply, place + "Timeout",
                     fmt::format("{} is no whole number from 1 to {}", quote(*timeout),
                                 timeout_max.count()));
    }
    FunctionConfiguration configuration{.timeout = std::chrono::seconds(*number)};
    configuration.role = text_of(object, "Role");
    const json::value* const environment = object.if_contains("Environment");
    if (environment == nullptr || environment->is_null()) {
        configuration.variables.emplace();
        return configuration;
    }
    if (!environment->is_object()) {
        return wrong(reply, place + "Environment", "is no object");
    }
    const json::value* const variables = environment->get_object().if_contains("Variables");
    if (variables == nullptr || variables->is_null()) {
        // With an Error beside it, which says why.
        return configuration;
    }
    if (!variables->is_object()) {
        return wrong(reply, place + "Environment.Variables", "is no object");
    }
    configuration.variables.emplace();
    for (const auto& [name, value] : variables->get_object()) {
        configuration.variables->emplace(name);
    }
    return configuration;
}

ServiceRequest event_source_mappings_request(const Endpoint& endpoint, std::string_view function,
                                             std::string_view marker) {
    ServiceRequest request = reading_of(endpoint, "ListEventSourceMappings");
    request.target += "/2015-03-31/event-source-mappings?FunctionName=";
    append_percent_encoded(request.target, function);
    if (!marker.empty()) {
        request.target += "&Marker=";
        append_percent_encoded(request.target, marker);
    }
    return request;
}

Outcome<EventSourceMappingPage> parse_event_source_mappings(const Reply& reply) {
    const std::string place = "ListEventSourceMappings' reply: EventSourceMappings";
    const Outcome<json::value> document = read_json_reply(reply, false, "ListEventSourceMappings");
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    const json::object& object = document->get_object();
    const json::array* const listed = array_member(object, "EventSourceMappings");
    if (listed == nullptr) {
        return wrong(reply, place, "is no list");
    }
    EventSourceMappingPage page{.mappings = {},
                                .next_marker = std::string(string_member(object, "NextMarker"))};
    for (std::size_t i = 0; i < listed->size(); ++i) {
        const json::value& each = (*listed)[i];
        if (!each.is_object()) {
            return wrong(reply, fmt::format("{}[{}]", place, i), "is no object");
        }
        page.mappings.push_back(read_mapping(each.get_object()));
        if (page.mappings.back().uuid.empty()) {
            return wrong(reply, fmt::format("{}[{}].UUID", place, i), "is missing");
        }
    }
    return page;
}

} // namespace exarch::aws
