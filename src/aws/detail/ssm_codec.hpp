#pragma once

#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "aws/service_request.hpp"
#include "aws/ssm.hpp"

#include <cstdint>
#include <string>

/// The pure half of Ssm: requests of Parameter Store's JSON 1.1 protocol, and its replies.
namespace exarch::aws {

[[nodiscard]] ServiceRequest get_parameter_request(const Endpoint& endpoint,
                                                   const std::string& name);
/// A reply without a value, or without a version of 1 or more, is unreadable.
[[nodiscard]] Outcome<SsmParameter> parse_parameter(const Reply& reply);

[[nodiscard]] ServiceRequest put_parameter_request(const Endpoint& endpoint,
                                                   const PutParameter& put);
[[nodiscard]] Outcome<std::int64_t> parse_version(const Reply& reply);

} // namespace exarch::aws
