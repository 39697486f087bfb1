#include "sandbox/sqs/protocol/protocol.hpp"

#include "base/json.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::string_view target_header = "X-Amz-Target";
constexpr std::string_view target_prefix = "AmazonSQS.";
// A message of 1 MiB in which every character is escaped.
constexpr std::size_t json_bytes_max = std::size_t{8} * 1'048'576;
constexpr std::size_t json_depth_max = 16;
constexpr int ok = 200;

constexpr std::array<std::string_view, 9> without_output{
    "AddPermission",    "ChangeMessageVisibility", "DeleteMessage", "DeleteQueue", "PurgeQueue",
    "RemovePermission", "SetQueueAttributes",      "TagQueue",      "UntagQueue"};

http::Response make_response(Protocol protocol, int status, const base::RequestId& request_id) {
    http::Response response;
    response.status = status;
    response.headers.add("x-amzn-RequestId", request_id.value());
    response.headers.add("Content-Type",
                         protocol == Protocol::json ? "application/x-amz-json-1.0" : "text/xml");
    return response;
}

} // namespace

Protocol protocol_of(const http::Request& request) {
    return request.headers.get(target_header).has_value() ? Protocol::json : Protocol::query;
}

std::string operation_of(const http::Request& request) {
    if (protocol_of(request) == Protocol::json) {
        const std::string_view target = request.headers.get(target_header).value_or("");
        return target.starts_with(target_prefix) ? std::string(target.substr(target_prefix.size()))
                                                 : std::string();
    }
    const std::string_view target = request.target;
    const std::size_t question = std::min(target.find('?'), target.size());
    for (const std::string_view text :
         {target.substr(std::min(question + 1, target.size())), std::string_view(request.body)}) {
        const auto form = parse_form(text);
        if (form && form->contains("Action")) {
            return form->at("Action");
        }
    }
    return {};
}

bool has_output(std::string_view operation) {
    return std::ranges::find(without_output, operation) == without_output.end();
}

Fallible<Input> parse_json_request(const http::Request& request) {
    const std::string_view target = request.headers.get(target_header).value_or("");
    if (!target.starts_with(target_prefix)) {
        return invalid_action(target);
    }
    Input input{std::string(target.substr(target_prefix.size())), {}};
    if (request.body.empty()) {
        return input;
    }
    auto parsed =
        base::parse_json(request.body, {.depth_max = json_depth_max, .bytes_max = json_bytes_max});
    if (!parsed.has_value()) {
        return malformed(parsed.error().message());
    }
    if (!parsed->is_object()) {
        return malformed("the body of a request is a JSON object");
    }
    input.parameters = std::move(parsed->as_object());
    return input;
}

Fallible<Input> parse_request(const http::Request& request) {
    return protocol_of(request) == Protocol::json ? parse_json_request(request)
                                                  : parse_query_request(request);
}

http::Response format_reply(Protocol protocol, std::string_view operation,
                            const json::object& result, const base::RequestId& request_id) {
    http::Response response = make_response(protocol, ok, request_id);
    if (protocol == Protocol::query) {
        response.body = format_xml_reply(operation, result, request_id.value());
    } else if (has_output(operation)) {
        response.body = json::serialize(result);
    }
    return response;
}

http::Response format_error(Protocol protocol, const ServiceError& error,
                            const base::RequestId& request_id) {
    http::Response response = make_response(protocol, error.status, request_id);
    if (protocol == Protocol::query) {
        response.body = format_xml_error(error, request_id.value());
        return response;
    }
    if (error.code == "InvalidAction") {
        // Told before SQS itself is asked, and with nothing else.
        response.body = json::serialize(json::object{{"__type", json_type_of(error.code)}});
        return response;
    }
    response.headers.add(
        "x-amzn-query-error",
        fmt::format("{};{}", error.code, error.is_sender_fault ? "Sender" : "Receiver"));
    response.body = json::serialize(
        json::object{{"__type", json_type_of(error.code)}, {"message", error.message}});
    return response;
}

} // namespace exarch::sandbox::sqs
