#pragma once

#include "base/result.hpp"
#include "sandbox/call.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace exarch::sandbox::sqs {

/// A value, or the refusal that the caller sees. EXARCH_TRY works on it.
template <class T>
using Fallible = std::expected<T, ServiceError>;

/// Success without a value, or the refusal.
using Permitted = std::expected<void, ServiceError>;

/// A refusal under SQS's own name of old (`AWS.SimpleQueueService.…`), which today's protocol
/// still tells in a header; its status and its name of today follow from the code.
[[nodiscard]] std::unexpected<ServiceError> refuse(std::string_view code, std::string message);

/// `InvalidParameterValue` with the message as it is.
[[nodiscard]] std::unexpected<ServiceError> invalid_parameter(std::string message);

/// `Value … for parameter … is invalid. Reason: …`, as SQS words most of its refusals.
[[nodiscard]] std::unexpected<ServiceError>
invalid_value(std::string_view value, std::string_view parameter, std::string_view reason);

/// `The request must contain the parameter ….`
[[nodiscard]] std::unexpected<ServiceError> missing_parameter(std::string_view parameter);

[[nodiscard]] std::unexpected<ServiceError> missing_queue();

/// For an operation that SQS doesn't have, or not at the address it was sent to.
[[nodiscard]] std::unexpected<ServiceError> invalid_action(std::string_view operation);

/// A request that isn't in the protocol's form: a number where a text belongs, broken JSON.
[[nodiscard]] std::unexpected<ServiceError> malformed(std::string message);

/// The `__type` of today's protocol for a code of old: `com.amazonaws.sqs#QueueDoesNotExist`.
[[nodiscard]] std::string json_type_of(std::string_view code);

} // namespace exarch::sandbox::sqs
