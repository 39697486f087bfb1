#include "sandbox/lambda/refusal.hpp"

#include "sandbox/error_shape.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace exarch::sandbox::lambda {
namespace {

namespace json = boost::json;

constexpr std::string_view unreserved = "ConcurrentInvocationLimitExceeded";
constexpr std::string_view reserved = "ReservedFunctionConcurrentInvocationLimitExceeded";
constexpr std::string_view too_many_code = "TooManyRequestsException";
constexpr std::string_view recursive_code = "RecursiveInvocationException";

struct Renamed {
    std::string_view code;
    std::string_view here;
};

constexpr std::array<Renamed, 7> renamed{{
    {"AccessDenied", "AccessDeniedException"},
    {"ExpiredToken", "ExpiredTokenException"},
    {"IncompleteSignature", "IncompleteSignatureException"},
    {"InvalidClientTokenId", "UnrecognizedClientException"},
    {"MissingAuthenticationToken", "MissingAuthenticationTokenException"},
    {"SignatureDoesNotMatch", "InvalidSignatureException"},
    {"Throttling", too_many_code},
}};

} // namespace

std::unexpected<ServiceError> invalid_parameter(std::string message) {
    return refuse(400, "InvalidParameterValueException", std::move(message));
}

std::unexpected<ServiceError> breaks_constraint(std::string_view value, std::string_view member,
                                                std::string_view constraint) {
    return refuse(400, "ValidationException",
                  fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                              "constraint: Member must {}",
                              value, member, constraint));
}

std::unexpected<ServiceError> not_found(std::string message) {
    return refuse(404, "ResourceNotFoundException", std::move(message));
}

std::unexpected<ServiceError> function_not_found(std::string_view arn) {
    return not_found(fmt::format("Function not found: {}", arn));
}

std::unexpected<ServiceError> conflict(std::string message) {
    return refuse(409, "ResourceConflictException", std::move(message));
}

std::unexpected<ServiceError> lacking(std::string_view what, std::string_view there_is) {
    return std::unexpected(not_in_this_sandbox(what, there_is));
}

ServiceError not_begun(functions::Throttle reason) {
    if (reason == functions::Throttle::recursion) {
        return {.status = 400,
                .code = std::string(recursive_code),
                .message = "Lambda has detected your function being invoked in a recursive loop "
                           "with other AWS resources and stopped your function's invocation."};
    }
    return {.status = 429,
            .code = std::string(too_many_code),
            .message =
                reason == functions::Throttle::function ? "Rate Exceeded." : "Rate exceeded"};
}

http::Response format_refusal(ServiceError error, const base::RequestId& request_id) {
    const auto* const other = std::ranges::find(renamed, error.code, &Renamed::code);
    if (other != renamed.end()) {
        error.code = other->here;
    }
    if (error.code == too_many_code) {
        error.status = 429;
    }
    json::object body;
    // What is wrong by the model alone never reaches Lambda itself.
    if (error.code != "ValidationException") {
        body.emplace("Type", error.is_sender_fault ? "User" : "Service");
    }
    if (error.code == too_many_code) {
        body.emplace("Reason", error.message == "Rate Exceeded." ? reserved : unreserved);
    }
    const bool is_capital = error.code == "ResourceNotFoundException" ||
                            error.code == "AccessDeniedException" || error.code == recursive_code;
    body.emplace(is_capital ? "Message" : "message", error.message);
    http::Response response;
    response.status = error.status;
    response.headers.add("x-amzn-RequestId", request_id.value());
    response.headers.add("x-amzn-ErrorType", error.code);
    response.headers.add("Content-Type", "application/json");
    response.body = json::serialize(body);
    return response;
}

} // namespace exarch::sandbox::lambda
