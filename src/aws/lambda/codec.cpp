#include "aws/lambda/codec.hpp"

#include "aws/detail/error_reply.hpp"
#include "aws/detail/json.hpp"
#include "aws/detail/json_protocol.hpp"
#include "aws/detail/request.hpp"
#include "aws/detail/text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace exarch::aws {
namespace {

namespace json = boost::json;

/// A stranger's words in a message.
constexpr std::size_t quoted_bytes_max = 64;
/// The longest ARN of a role, "Role" in IAM's API reference, with room to spare.
constexpr std::size_t role_bytes_max = 2048;
/// Source: "Configure Lambda function timeout" in Lambda's guide.
constexpr std::chrono::seconds timeout_max = std::chrono::minutes(15);

std::unexpected<Failure> wrong(const Reply& reply, std::string_view place, std::string_view what) {
    return std::unexpected(unreadable_reply(reply, false, fmt::format("{}: {}", place, what)));
}

std::string quote(const json::value& value) {
    return printable(json::serialize(value), quoted_bytes_max);
}

ServiceRequest reading_of(const Endpoint& endpoint, std::string operation, std::string_view version,
                          std::string_view function) {
    ServiceRequest request = request_at(endpoint, "lambda", std::move(operation));
    request.method = "GET";
    request.mutating = false;
    request.target += fmt::format("/{}/functions/", version);
    append_percent_encoded(request.target, function);
    return request;
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
    configuration.role = printable(string_member(object, "Role"), role_bytes_max);
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

} // namespace exarch::aws
