#include "aws/lambda/codec.hpp"

#include "aws/detail/error_reply.hpp"
#include "aws/detail/json_protocol.hpp"
#include "aws/detail/text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>

namespace exarch::aws {
namespace {

namespace json = boost::json;

/// A stranger's words in a message.
constexpr std::size_t quoted_bytes_max = 64;

ServiceRequest read_request(const Endpoint& endpoint, std::string operation) {
    ServiceRequest request;
    request.service = "lambda";
    request.operation = std::move(operation);
    request.signing_name = endpoint.signing_name;
    request.signing_region = endpoint.signing_region;
    request.origin = endpoint.origin;
    request.method = "GET";
    request.target = endpoint.path_prefix;
    request.mutating = false;
    return request;
}

std::unexpected<Failure> wrong(const Reply& reply, std::string_view place, std::string_view what) {
    return std::unexpected(unreadable_reply(reply, false, fmt::format("{}: {}", place, what)));
}

} // namespace

ServiceRequest recursion_config_request(const Endpoint& endpoint, std::string_view function) {
    ServiceRequest request = read_request(endpoint, "GetFunctionRecursionConfig");
    request.target += "/2024-08-31/functions/";
    append_percent_encoded(request.target, function);
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
    return wrong(reply, place,
                 fmt::format("{} is neither Allow nor Terminate",
                             printable(json::serialize(*value), quoted_bytes_max)));
}

} // namespace exarch::aws
