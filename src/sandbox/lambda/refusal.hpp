#pragma once

#include "http/message.hpp"
#include "sandbox/call.hpp"
#include "sandbox/functions/fleet.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace exarch::sandbox::lambda {

/// A value, or the refusal that the caller sees. EXARCH_TRY works on it.
template <class T>
using Fallible = std::expected<T, ServiceError>;
using Permitted = std::expected<void, ServiceError>;

/// `InvalidParameterValueException`
[[nodiscard]] std::unexpected<ServiceError> invalid_parameter(std::string message);
/// `1 validation error detected: Value '…' at 'functionName' failed to satisfy constraint: …`
[[nodiscard]] std::unexpected<ServiceError>
breaks_constraint(std::string_view value, std::string_view member, std::string_view constraint);
/// `ResourceNotFoundException`
[[nodiscard]] std::unexpected<ServiceError> not_found(std::string message);
[[nodiscard]] std::unexpected<ServiceError> function_not_found(std::string_view arn);
/// `ResourceConflictException`
[[nodiscard]] std::unexpected<ServiceError> conflict(std::string message);
/// What AWS has and the sandbox has not.
[[nodiscard]] std::unexpected<ServiceError> lacking(std::string_view what,
                                                    std::string_view there_is);
/// `TooManyRequestsException`, or `RecursiveInvocationException`
[[nodiscard]] ServiceError not_begun(functions::Throttle reason);

/// A refusal in Lambda's form; codes that every service has get the names that they have here.
[[nodiscard]] http::Response format_refusal(ServiceError error, const base::RequestId& request_id);

} // namespace exarch::sandbox::lambda
