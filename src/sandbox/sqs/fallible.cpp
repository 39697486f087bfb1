#include "sandbox/sqs/fallible.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace exarch::sandbox::sqs {
namespace {

struct KnownCode {
    std::string_view code;
    std::string_view type;
    int status;
};

constexpr std::string_view sqs_prefix = "AWS.SimpleQueueService.";
constexpr int bad_request = 400;

// Those that differ from the rule: the prefix of old goes, the status is 400.
constexpr std::array<KnownCode, 17> known_codes{{
    {"AWS.SimpleQueueService.NonExistentQueue", "com.amazonaws.sqs#QueueDoesNotExist", 400},
    {"QueueAlreadyExists", "com.amazonaws.sqs#QueueNameExists", 400},
    {"AWS.SimpleQueueService.PurgeQueueInProgress", "com.amazonaws.sqs#PurgeQueueInProgress", 403},
    {"OverLimit", "com.amazonaws.sqs#OverLimit", 403},
    {"ReceiptHandleIsInvalid", "com.amazonaws.sqs#ReceiptHandleIsInvalid", 404},
    {"ResourceNotFoundException", "com.amazonaws.sqs#ResourceNotFoundException", 404},
    {"InvalidParameterValue", "com.amazon.coral.service#InvalidParameterValueException", 400},
    {"MissingParameter", "com.amazon.coral.service#MissingRequiredParameterException", 400},
    {"AccessDenied", "com.amazon.coral.service#AccessDeniedException", 403},
    {"SerializationException", "com.amazon.coral.service#SerializationException", 400},
    {"InvalidAction", "com.amazon.coral.service#UnknownOperationException", 400},
    {"RequestThrottled", "com.amazonaws.sqs#RequestThrottled", 403},
    // What every service has.
    {"SignatureDoesNotMatch", "com.amazon.coral.service#InvalidSignatureException", 403},
    {"IncompleteSignature", "com.amazon.coral.service#IncompleteSignatureException", 403},
    {"MissingAuthenticationToken", "com.amazon.coral.service#MissingAuthenticationTokenException",
     403},
    {"InvalidClientTokenId", "com.amazon.coral.service#UnrecognizedClientException", 403},
    {"ExpiredToken", "com.amazon.coral.service#ExpiredTokenException", 403},
}};

const KnownCode* find_code(std::string_view code) {
    const auto* const found = std::ranges::find(known_codes, code, &KnownCode::code);
    return found == known_codes.end() ? nullptr : found;
}

} // namespace

std::unexpected<ServiceError> refuse(std::string_view code, std::string message) {
    const KnownCode* const known = find_code(code);
    return std::unexpected(ServiceError{.status = known == nullptr ? bad_request : known->status,
                                        .code = std::string(code),
                                        .message = std::move(message)});
}

std::unexpected<ServiceError> invalid_parameter(std::string message) {
    return refuse("InvalidParameterValue", std::move(message));
}

std::unexpected<ServiceError> invalid_value(std::string_view value, std::string_view parameter,
                                            std::string_view reason) {
    return invalid_parameter(
        fmt::format("Value {} for parameter {} is invalid. Reason: {}", value, parameter, reason));
}

std::unexpected<ServiceError> missing_parameter(std::string_view parameter) {
    return refuse("MissingParameter",
                  fmt::format("The request must contain the parameter {}.", parameter));
}

std::unexpected<ServiceError> missing_queue() {
    return refuse("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
}

std::unexpected<ServiceError> invalid_action(std::string_view operation) {
    return refuse("InvalidAction",
                  fmt::format("The action {} is not valid for this endpoint.", operation));
}

std::unexpected<ServiceError> malformed(std::string message) {
    return refuse("SerializationException", std::move(message));
}

std::string json_type_of(std::string_view code) {
    if (const KnownCode* const known = find_code(code)) {
        return std::string(known->type);
    }
    if (code.starts_with(sqs_prefix)) {
        code.remove_prefix(sqs_prefix.size());
    }
    return fmt::format("com.amazonaws.sqs#{}", code);
}

} // namespace exarch::sandbox::sqs
