#include "sandbox/error_shape.hpp"

#include "sandbox/text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace exarch::sandbox {
namespace {

std::string_view namespace_of(ErrorShape shape) {
    switch (shape) {
    case ErrorShape::cloudfront:
        return "http://cloudfront.amazonaws.com/doc/2020-05-31/";
    case ErrorShape::sts:
        return "https://sts.amazonaws.com/doc/2011-06-15/";
    case ErrorShape::sqs_query:
    case ErrorShape::sqs_json:
        break;
    }
    return "http://queue.amazonaws.com/doc/2012-11-05/";
}

// What the JSON protocol calls the refusals that every service has.
std::string json_type(std::string_view code) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> types = {{
        {"SignatureDoesNotMatch", "InvalidSignatureException"},
        {"IncompleteSignature", "IncompleteSignatureException"},
        {"MissingAuthenticationToken", "MissingAuthenticationTokenException"},
        {"InvalidClientTokenId", "UnrecognizedClientException"},
        {"ExpiredToken", "ExpiredTokenException"},
        {"AccessDenied", "AccessDeniedException"},
    }};
    const auto found = std::ranges::find(types, code, &decltype(types)::value_type::first);
    return found == types.end() ? fmt::format("com.amazonaws.sqs#{}", code)
                                : fmt::format("com.amazon.coral.service#{}", found->second);
}

http::Response json_error(const ServiceError& error, const base::RequestId& request_id) {
    http::Response response;
    // In this protocol what is wrong with a signature or a key is 400; what is forbidden is 403.
    const bool is_signature =
        json_type(error.code).starts_with("com.amazon.coral") && error.code != "AccessDenied";
    response.status = is_signature ? 400 : error.status;
    response.headers.add("x-amzn-RequestId", request_id.value());
    response.headers.add("Content-Type", "application/x-amz-json-1.0");
    response.headers.add(
        "x-amzn-query-error",
        fmt::format("{};{}", error.code, error.is_sender_fault ? "Sender" : "Receiver"));
    response.body = boost::json::serialize(
        boost::json::object{{"__type", json_type(error.code)}, {"message", error.message}});
    return response;
}

} // namespace

ErrorShape error_shape_of(std::string_view service, const http::Request& request) {
    const auto has_content_type = [&](std::string_view type) {
        return request.headers.get("Content-Type").value_or("").starts_with(type);
    };
    const bool is_json = request.headers.get("X-Amz-Target").has_value() ||
                         has_content_type("application/x-amz-json");
    if (service == "sqs" || (service != "sts" && service != "cloudfront" && is_json)) {
        return is_json ? ErrorShape::sqs_json : ErrorShape::sqs_query;
    }
    const bool is_form = has_content_type("application/x-www-form-urlencoded");
    return service == "sts" || (service != "cloudfront" && is_form) ? ErrorShape::sts
                                                                    : ErrorShape::cloudfront;
}

http::Response render_error(ErrorShape shape, const ServiceError& error,
                            const base::RequestId& request_id) {
    if (shape == ErrorShape::sqs_json) {
        return json_error(error, request_id);
    }
    return xml_response(
        error.status,
        fmt::format("<ErrorResponse xmlns=\"{}\"><Error><Type>{}</Type><Code>{}</Code>"
                    "<Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
                    namespace_of(shape), error.is_sender_fault ? "Sender" : "Receiver",
                    xml_escaped(error.code), xml_escaped(error.message), request_id.value()),
        request_id);
}

http::Response xml_response(int status, std::string_view body, const base::RequestId& request_id) {
    http::Response response;
    response.status = status;
    response.headers.add("x-amzn-RequestId", request_id.value());
    response.headers.add("Content-Type", "text/xml");
    response.body = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", body);
    return response;
}

ServiceError not_in_this_sandbox(std::string_view what, std::string_view there_is) {
    return {.status = 501,
            .code = "NotInThisSandbox",
            .message = fmt::format("{} is not in this sandbox. There is: {}", what, there_is),
            .is_sender_fault = true};
}

} // namespace exarch::sandbox
