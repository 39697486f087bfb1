#pragma once

#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "aws/lambda/lambda.hpp"
#include "aws/service_request.hpp"

#include <string_view>

/// The pure half of Lambda: requests of its REST API, and its replies.
namespace exarch::aws {

[[nodiscard]] ServiceRequest recursion_config_request(const Endpoint& endpoint,
                                                      std::string_view function);
/// Unreadable where RecursiveLoop is neither `Allow` nor `Terminate`; the message says what it is.
[[nodiscard]] Outcome<RecursiveLoop> parse_recursion_config(const Reply& reply);

[[nodiscard]] ServiceRequest configuration_request(const Endpoint& endpoint,
                                                   std::string_view function);
/// Unreadable where Timeout is no number of seconds that Lambda takes, or where Environment is
/// there and is not what it should be.
[[nodiscard]] Outcome<FunctionConfiguration> parse_configuration(const Reply& reply);

[[nodiscard]] ServiceRequest event_source_mappings_request(const Endpoint& endpoint,
                                                           std::string_view function,
                                                           std::string_view marker);
/// Unreadable where EventSourceMappings is no list of objects, or one of them has no UUID.
[[nodiscard]] Outcome<EventSourceMappingPage> parse_event_source_mappings(const Reply& reply);

} // namespace exarch::aws
