#include "aws/detail/error_reply.hpp"

#include "aws/detail/json.hpp"
#include "aws/detail/json_protocol.hpp"
#include "aws/detail/text.hpp"
#include "aws/detail/xml.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace exarch::aws {
namespace {

constexpr std::size_t code_bytes_max = 128;
constexpr std::size_t message_bytes_max = 1024;
/// An error in XML is small; what is larger is something else.
constexpr std::size_t xml_bytes_max = 64 * 1024;

/// `com.amazonaws.sqs#QueueDoesNotExist:http://…` is `QueueDoesNotExist`.
std::string_view bare_code(std::string_view code) {
    code = code.substr(0, code.find(':'));
    const std::size_t hash = code.rfind('#');
    return hash == std::string_view::npos ? code : code.substr(hash + 1);
}

/// To explain a signature that does not match, AWS repeats the request as it was signed, with the
/// session's token in it: nothing that may be kept.
std::string_view without_signed_request(std::string_view message) {
    const std::string text = base::lowered(message);
    std::size_t end = message.size();
    for (const std::string_view mark : {"the canonical string", "x-amz-security-token"}) {
        end = std::min(end, text.find(mark));
    }
    return trimmed(message.substr(0, end));
}

void read_xml(std::string_view body, ErrorDetail& detail) {
    const base::Result<XmlDocument> document = XmlDocument::parse(body, xml_bytes_max);
    if (!document.has_value()) {
        return;
    }
    // AWS wraps the error once, moto twice, S3 not at all.
    const XmlElement root = document->root();
    const std::array<XmlElement, 3> places = {root.child("Error"),
                                              root.child("Errors").child("Error"), root};
    const auto place = std::ranges::find_if(
        places, [](const XmlElement& each) { return !each.text("Code").empty(); });
    if (place != places.end()) {
        detail.code = bare_code(trimmed(place->text("Code")));
        detail.message = trimmed(place->text("Message"));
    }
    for (const std::string_view name : {"RequestId", "RequestID"}) {
        if (detail.request_id.empty()) {
            detail.request_id = base::RequestId(trimmed(root.text(name)));
        }
    }
}

void read_json(std::string_view body, ErrorDetail& detail) {
    // DynamoDB's refusals may carry the items for which a condition did not hold.
    const base::Result<boost::json::value> document = base::parse_json(body, item_reply_limits);
    if (!document.has_value() || !document->is_object()) {
        return;
    }
    const boost::json::object& object = document->as_object();
    for (const std::string_view name : {"__type", "code", "Code"}) {
        if (detail.code.empty()) {
            detail.code = bare_code(string_member(object, name));
        }
    }
    for (const std::string_view name : {"message", "Message", "errorMessage"}) {
        if (detail.message.empty()) {
            detail.message = string_member(object, name);
        }
    }
}

} // namespace

bool names_used_reference(std::string_view message) {
    const std::string text = base::lowered(message);
    if (text.contains("caller reference")) {
        return true;
    }
    return text.contains("callerreference") &&
           std::ranges::any_of(std::array{" used", "in use", "already", "exists"},
                               [&text](const char* word) { return text.contains(word); });
}

base::RequestId request_id_of(const http::Headers& headers) {
    for (const std::string_view name : {"x-amzn-requestid", "x-amz-request-id"}) {
        if (const std::optional<std::string_view> value = headers.get(name)) {
            return base::RequestId(printable(*value, code_bytes_max));
        }
    }
    return {};
}

ErrorDetail parse_error_detail(const http::Response& response) {
    ErrorDetail detail;
    detail.request_id = request_id_of(response.headers);
    if (const std::optional<std::string_view> type = response.headers.get("x-amzn-errortype")) {
        detail.code = bare_code(*type);
    }
    const std::string_view body = trimmed(response.body);
    if (body.starts_with('<')) {
        read_xml(body, detail);
    } else if (body.starts_with('{')) {
        read_json(body, detail);
    }
    // `AWS.SimpleQueueService.NonExistentQueue;Sender`
    const std::optional<std::string_view> query_error = response.headers.get("x-amzn-query-error");
    if (detail.code.empty() && query_error.has_value()) {
        detail.code = query_error->substr(0, query_error->find(';'));
    }
    detail.code = printable(detail.code, code_bytes_max);
    detail.message = printable(without_signed_request(detail.message), message_bytes_max);
    detail.request_id = base::RequestId(printable(detail.request_id.value(), code_bytes_max));
    return detail;
}

Failure parse_refusal(const ServiceRequest& request, const http::Response& response) {
    ErrorDetail detail = parse_error_detail(response);
    Failure failure;
    failure.remedy = classify({.service = request.service,
                               .code = detail.code,
                               .message = detail.message,
                               .http_status = response.status,
                               .mutating = request.mutating});
    failure.code = std::move(detail.code);
    failure.message = std::move(detail.message);
    failure.http_status = response.status;
    failure.request_id = std::move(detail.request_id);
    if (failure.code.empty()) {
        failure.code = no_error_code;
        failure.message = fmt::format(
            "{} answered {} without an error that could be read (Content-Type {}, {} bytes)",
            request.origin.authority(), response.status,
            printable(response.headers.get("content-type").value_or("none"), code_bytes_max),
            response.body.size());
    }
    return failure;
}

Failure unreadable_reply(const Reply& reply, bool mutating, std::string what) {
    Failure failure;
    failure.remedy = mutating ? Remedy::outcome_unknown : Remedy::retry;
    failure.code = "UnreadableReply";
    failure.message = std::move(what);
    failure.http_status = reply.status;
    failure.request_id = reply.request_id;
    failure.sent_at = reply.sent_at;
    return failure;
}

} // namespace exarch::aws
