#include "aws/detail/json_protocol.hpp"

#include "aws/detail/error_reply.hpp"
#include "aws/detail/request.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace exarch::aws {

ServiceRequest json_request(const Endpoint& endpoint, const JsonOperation& operation,
                            const boost::json::object& parameters) {
    ServiceRequest request = request_at(endpoint, operation.service, std::string(operation.name));
    request.target += '/';
    request.headers.add("Content-Type",
                        fmt::format("application/x-amz-json-{}", operation.version));
    request.headers.add("X-Amz-Target",
                        fmt::format("{}.{}", operation.target_prefix, operation.name));
    request.body = boost::json::serialize(parameters);
    request.mutating = false;
    return request;
}

Outcome<boost::json::value> read_json_reply(const Reply& reply, bool mutating,
                                            std::string_view what, base::JsonLimits limits) {
    base::Result<boost::json::value> document = base::parse_json(reply.body, limits);
    if (!document.has_value()) {
        return std::unexpected(unreadable_reply(
            reply, mutating, fmt::format("{}'s reply: {}", what, document.error().message())));
    }
    if (!document->is_object()) {
        return std::unexpected(
            unreadable_reply(reply, mutating, fmt::format("{}'s reply is no JSON object", what)));
    }
    return std::move(*document);
}

} // namespace exarch::aws
