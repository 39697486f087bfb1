#include "sandbox/error_shape.hpp"

#include "sandbox/lambda/refusal.hpp"
#include "sandbox/sqs/model/digest.hpp"
#include "sandbox/sqs/protocol/protocol.hpp"
#include "sandbox/text.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace exarch::sandbox {
namespace {

std::string_view namespace_of(ErrorShape shape, const ServiceError& error) {
    if (shape != ErrorShape::sts) {
        return "http://cloudfront.amazonaws.com/doc/2020-05-31/";
    }
    // What finds no operation is no part of STS yet.
    return error.code == "InvalidAction" ? "http://webservices.amazon.com/AWSFault/2005-15-09"
                                         : "https://sts.amazonaws.com/doc/2011-06-15/";
}

} // namespace

ErrorShape error_shape_of(std::string_view service, const http::Request& request) {
    const auto has_content_type = [&](std::string_view type) {
        return request.headers.get("Content-Type").value_or("").starts_with(type);
    };
    const bool is_json = request.headers.get("X-Amz-Target").has_value() ||
                         has_content_type("application/x-amz-json");
    // CloudFront's paths begin with other dates.
    if (service == "lambda" || (service.empty() && request.target.starts_with("/2015-03-31/"))) {
        return ErrorShape::lambda;
    }
    // A form says in its version whom it is meant for.
    const auto names_version = [&](std::string_view version) {
        return service.empty() && !is_json &&
               (request.target.contains(version) || request.body.contains(version));
    };
    if (names_version("Version=2011-06-15")) {
        return ErrorShape::sts;
    }
    if (names_version("Version=2012-11-05")) {
        return ErrorShape::sqs_query;
    }
    if (service == "sqs" || (service != "sts" && service != "cloudfront" && is_json)) {
        return is_json ? ErrorShape::sqs_json : ErrorShape::sqs_query;
    }
    const bool is_form = has_content_type("application/x-www-form-urlencoded");
    return service == "sts" || (service != "cloudfront" && is_form) ? ErrorShape::sts
                                                                    : ErrorShape::cloudfront;
}

http::Response render_error(ErrorShape shape, const ServiceError& error,
                            const base::RequestId& request_id) {
    if (shape == ErrorShape::sqs_json || shape == ErrorShape::sqs_query) {
        return sqs::format_error(shape == ErrorShape::sqs_json ? sqs::Protocol::json
                                                               : sqs::Protocol::query,
                                 error, request_id);
    }
    if (shape == ErrorShape::lambda) {
        return lambda::format_refusal(error, request_id);
    }
    // Not an empty one: where there is nothing to say, AWS leaves it out.
    const std::string message =
        error.message.empty() ? ""
                              : fmt::format("<Message>{}</Message>", xml_escaped(error.message));
    const std::string body =
        fmt::format("<ErrorResponse xmlns=\"{}\"><Error><Type>{}</Type><Code>{}</Code>"
                    "{}</Error><RequestId>{}</RequestId></ErrorResponse>",
                    namespace_of(shape, error), error.is_sender_fault ? "Sender" : "Receiver",
                    xml_escaped(error.code), message, request_id.value());
    return shape == ErrorShape::sts ? sts_response(error.status, body, request_id)
                                    : xml_response(error.status, body, request_id);
}

http::Response xml_response(int status, std::string_view body, const base::RequestId& request_id) {
    http::Response response;
    response.status = status;
    response.headers.add("x-amzn-RequestId", request_id.value());
    response.headers.add("Content-Type", "text/xml");
    response.body =
        fmt::format(FMT_COMPILE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n"), body);
    return response;
}

http::Response sts_response(int status, std::string_view body, const base::RequestId& request_id) {
    http::Response response = xml_response(status, body, request_id);
    response.headers.add("x-amz-sts-extended-request-id", sqs::encode_base64(request_id.value()));
    return response;
}

ServiceError throttled(std::string_view service) {
    if (service == "sqs") {
        return {.status = 403, .code = "RequestThrottled", .message = "Request is throttled."};
    }
    return {.status = 400, .code = "Throttling", .message = "Rate exceeded"};
}

ServiceError unavailable(std::string_view service) {
    return {.status = 503,
            .code = "ServiceUnavailable",
            .message = service == "cloudfront"
                           ? "CloudFront encountered an internal error. Please try again."
                           : "The request has failed due to a temporary failure of the server.",
            .is_sender_fault = false};
}

ServiceError not_in_this_sandbox(std::string_view what, std::string_view there_is) {
    return {.code = "NotInThisSandbox",
            .message = fmt::format("{} is not in this sandbox. There is: {}", what, there_is),
            .is_sender_fault = true};
}

std::string violation(std::string_view value, std::string_view member, std::string_view rule) {
    return fmt::format("Value '{}' at '{}' failed to satisfy constraint: Member must {}", value,
                       member, rule);
}

std::string null_violation(std::string_view member) {
    return fmt::format("Value null at '{}' failed to satisfy constraint: Member must not be null",
                       member);
}

ServiceError validation_error(std::string_view code, std::span<const std::string> violations) {
    return ServiceError{.code = std::string(code),
                        .message = fmt::format("{} validation error{} detected: {}",
                                               violations.size(), violations.size() == 1 ? "" : "s",
                                               fmt::join(violations, "; "))};
}

} // namespace exarch::sandbox
