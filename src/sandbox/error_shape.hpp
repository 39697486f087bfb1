#pragma once

#include "http/message.hpp"
#include "sandbox/call.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace exarch::sandbox {

/// How a service writes what it says.
enum class ErrorShape : std::uint8_t {
    /// `<ErrorResponse>` in CloudFront's namespace.
    cloudfront,
    /// `<ErrorResponse>` in that of STS.
    sts,
    /// `<ErrorResponse>` in that of SQS's query protocol.
    sqs_query,
    /// `{"__type": …, "message": …}`
    sqs_json,
    /// `{"Type": …, "message": …}`, and the code in a header.
    lambda,
};

/// That of the service a request is meant for. `service` is that of the signature's scope; where
/// it is empty or unknown, the request's looks decide, as a real address would have.
[[nodiscard]] ErrorShape error_shape_of(std::string_view service, const http::Request& request);

/// A refusal as that service sends it.
[[nodiscard]] http::Response render_error(ErrorShape shape, const ServiceError& error,
                                          const base::RequestId& request_id);

/// A reply in XML: the declaration, the body, and AWS's headers.
[[nodiscard]] http::Response xml_response(int status, std::string_view body,
                                          const base::RequestId& request_id);

/// The same with what STS alone adds: a second id.
[[nodiscard]] http::Response sts_response(int status, std::string_view body,
                                          const base::RequestId& request_id);

/// A caller who calls too often, and a failure that is none of the caller's, in the service's
/// words.
[[nodiscard]] ServiceError throttled(std::string_view service);
[[nodiscard]] ServiceError unavailable(std::string_view service);

/// For what exists at AWS but not here; `what` names it and `there_is` lists what there is.
[[nodiscard]] ServiceError not_in_this_sandbox(std::string_view what, std::string_view there_is);

/// What is wrong with a member of a request, in the words of the frameworks that AWS's services are
/// made with: `Value '…' at 'roleArn' failed to satisfy constraint: Member must …`
[[nodiscard]] std::string violation(std::string_view value, std::string_view member,
                                    std::string_view rule);
/// The same of one that is not there.
[[nodiscard]] std::string null_violation(std::string_view member);

/// All of it at once: `2 validation errors detected: …; …`
[[nodiscard]] ServiceError validation_error(std::string_view code,
                                            std::span<const std::string> violations);

} // namespace exarch::sandbox
