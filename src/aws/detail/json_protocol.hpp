#pragma once

#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "aws/service_request.hpp"
#include "base/json.hpp"

#include <boost/json.hpp>

#include <string_view>

/// AWS's JSON protocols, as SQS, DynamoDB and Systems Manager speak them: the operation in a
/// header, its parameters and its results as one JSON object each. Source: "AWS JSON 1.0 protocol"
/// and "AWS JSON 1.1 protocol" in the Smithy specification.
namespace exarch::aws {

/// What may hold DynamoDB's items: of 400 KB each, nested to 32 levels that take two of JSON each,
/// and those of the reply around them. Source: "Limits" in its developer guide.
inline constexpr base::JsonLimits item_reply_limits{.depth_max = 2 * 32 + 8,
                                                    .bytes_max = large_reply_bytes_max};

/// An operation of a service.
struct JsonOperation {
    /// As in ServiceRequest: `sqs`.
    std::string_view service;
    /// What its `X-Amz-Target` begins with: `AmazonSQS`.
    std::string_view target_prefix;
    std::string_view name;
    /// Of the protocol: `1.0` or `1.1`.
    std::string_view version = "1.0";
};

/// A request that may be repeated; who knows better says so in what is returned.
[[nodiscard]] ServiceRequest json_request(const Endpoint& endpoint, const JsonOperation& operation,
                                          const boost::json::object& parameters);

/// The reply as an object; the failure of an unreadable reply where it is anything else. `what`
/// names it for people: `ReceiveMessage`.
[[nodiscard]] Outcome<boost::json::value>
read_json_reply(const Reply& reply, bool mutating, std::string_view what,
                base::JsonLimits limits = {.bytes_max = large_reply_bytes_max});

} // namespace exarch::aws
