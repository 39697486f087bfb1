#pragma once

#include "http/message.hpp"
#include "sandbox/sqs/fallible.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace exarch::sandbox::sqs {

/// The two ways in which clients speak to SQS.
enum class Protocol {
    /// JSON 1.0 with the operation in `X-Amz-Target`: SDKs since the end of 2023.
    json,
    /// Forms and XML, with the operation in `Action`: older ones, Debian's boto3 among them.
    query,
};

[[nodiscard]] Protocol protocol_of(const http::Request& request);

/// The operation that a request names; empty where it names none.
[[nodiscard]] std::string operation_of(const http::Request& request);

/// Whether an operation's answer says more than that it succeeded.
[[nodiscard]] bool has_output(std::string_view operation);

/// A request, whichever way it came: parameters are those of the JSON protocol.
struct Input {
    std::string operation;
    boost::json::object parameters;
};

[[nodiscard]] Fallible<Input> parse_json_request(const http::Request& request);
[[nodiscard]] Fallible<Input> parse_query_request(const http::Request& request);
[[nodiscard]] Fallible<Input> parse_request(const http::Request& request);

/// The same for answers: `result` is that of the JSON protocol.
[[nodiscard]] http::Response format_reply(Protocol protocol, std::string_view operation,
                                          const boost::json::object& result,
                                          const base::RequestId& request_id);
[[nodiscard]] http::Response format_error(Protocol protocol, const ServiceError& error,
                                          const base::RequestId& request_id);

/// XML as the query protocol has it: the result, and a refusal.
[[nodiscard]] std::string format_xml_reply(std::string_view operation,
                                           const boost::json::object& result,
                                           std::string_view request_id);
/// The code of a refusal that is an element of this name, and nothing else.
constexpr std::string_view unknown_operation = "UnknownOperationException";
[[nodiscard]] std::string format_xml_error(const ServiceError& error, std::string_view request_id);

} // namespace exarch::sandbox::sqs
