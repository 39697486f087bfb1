#pragma once

#include "aws/error.hpp"
#include "aws/service_request.hpp"
#include "base/identifier.hpp"
#include "http/message.hpp"

#include <string>
#include <string_view>

namespace exarch::aws {

/// What a reply that is not a success says about itself. All of it may be empty.
struct ErrorDetail {
    std::string code;
    std::string message;
    base::RequestId request_id;

    friend bool operator==(const ErrorDetail&, const ErrorDetail&) = default;
};

/// Reads the error replies of all protocols, told apart by their first character rather than by
/// Content-Type: stand-ins and proxies answer in another one than was asked for. What can't be read
/// leaves the fields empty.
[[nodiscard]] ErrorDetail parse_error_detail(const http::Response& response);

/// Whether CloudFront's words say that a caller reference was used before: `caller reference` or
/// `CallerReference`, and the second only with a word of use, for a path may contain it.
[[nodiscard]] bool names_used_reference(std::string_view message);

/// The request's id as AWS's headers carry it; empty where they do not.
[[nodiscard]] base::RequestId request_id_of(const http::Headers& headers);

/// The code of a failure whose reply names none of AWS's: a proxy's page, as a rule.
inline constexpr std::string_view no_error_code = "HttpStatus";

/// The failure that a reply of a status other than 2xx means for `request`.
[[nodiscard]] Failure parse_refusal(const ServiceRequest& request, const http::Response& response);

/// The failure that a reply of status 2xx means whose content is not what it should be; `what` says
/// so. outcome_unknown, or retry for a request that may be repeated.
[[nodiscard]] Failure unreadable_reply(const Reply& reply, bool mutating, std::string what);

} // namespace exarch::aws
