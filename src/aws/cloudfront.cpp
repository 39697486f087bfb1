#include "aws/cloudfront.hpp"

#include "aws/detail/error_reply.hpp"
#include "aws/detail/request.hpp"
#include "aws/detail/text.hpp"
#include "aws/detail/xml.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <utility>

namespace exarch::aws {
namespace {

constexpr std::string_view xml_namespace = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
constexpr int status_created = 201;

ServiceRequest request_for(const Endpoint& endpoint, std::string operation) {
    ServiceRequest request = request_at(endpoint, "cloudfront", std::move(operation));
    request.target += "/2020-05-31/distribution";
    return request;
}

ServiceRequest request_for(const Endpoint& endpoint, std::string operation,
                           const DistributionId& distribution) {
    ServiceRequest request = request_for(endpoint, std::move(operation));
    request.target += '/';
    append_percent_encoded(request.target, distribution.value());
    request.target += "/invalidation";
    return request;
}

std::string encode_batch(std::span<const std::string> items, std::string_view caller_reference) {
    // Room for the frame, the tags of each item, and a little escaping: one allocation.
    constexpr std::size_t frame_bytes = 512;
    constexpr std::size_t item_bytes = 24;
    std::size_t bytes = frame_bytes + caller_reference.size();
    for (const std::string& item : items) {
        bytes += item.size() + item_bytes;
    }
    std::string body;
    body.reserve(bytes);
    body.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?><InvalidationBatch xmlns=\"");
    body.append(xml_namespace).append("\"><Paths><Quantity>");
    fmt::format_to(std::back_inserter(body), "{}", items.size());
    body.append("</Quantity><Items>");
    for (const std::string& item : items) {
        body.append("<Path>");
        append_xml_escaped(body, item);
        body.append("</Path>");
    }
    body.append("</Items></Paths><CallerReference>");
    append_xml_escaped(body, caller_reference);
    body.append("</CallerReference></InvalidationBatch>");
    return body;
}

std::optional<base::Timestamp> read_time(std::string_view text) {
    const base::Result<base::Timestamp> time = base::parse_timestamp(text);
    return time.has_value() ? std::optional(*time) : std::nullopt;
}

Invalidation read_invalidation(XmlElement element) {
    Invalidation invalidation;
    invalidation.id = InvalidationId(trimmed(element.text("Id")));
    invalidation.status = trimmed(element.text("Status"));
    invalidation.created_at = read_time(trimmed(element.text("CreateTime")));
    invalidation.caller_reference = element.child("InvalidationBatch").text("CallerReference");
    return invalidation;
}

/// The invalidation in the body; none where there is no id to be read.
std::optional<Invalidation> read_body(std::string_view body) {
    const base::Result<XmlDocument> document = XmlDocument::parse(body, large_reply_bytes_max);
    if (!document.has_value() || document->root().name() != "Invalidation") {
        return std::nullopt;
    }
    Invalidation invalidation = read_invalidation(document->root());
    return invalidation.id.empty() ? std::nullopt : std::optional(std::move(invalidation));
}

/// `https://cloudfront.amazonaws.com/2020-05-31/distribution/E1/invalidation/I1` is of `I1`.
InvalidationId id_of_location(const http::Headers& headers) {
    constexpr std::string_view parent = "/invalidation/";
    const std::string_view location = headers.get("Location").value_or("");
    const std::size_t found = location.rfind(parent);
    if (found == std::string_view::npos) {
        return {};
    }
    const std::string_view id = location.substr(found + parent.size());
    return InvalidationId(id.substr(0, id.find_first_of("/?#")));
}

} // namespace

bool is_in_progress(std::string_view status) {
    return equal_without_case(status, "InProgress");
}

ServiceRequest create_invalidation_request(const Endpoint& endpoint,
                                           const DistributionId& distribution,
                                           std::span<const std::string> items,
                                           std::string_view caller_reference) {
    ServiceRequest request = request_for(endpoint, "CreateInvalidation", distribution);
    request.headers.add("Content-Type", "application/xml");
    request.needs_its_time = true;
    // It repeats the batch.
    request.reply_bytes_max = large_reply_bytes_max;
    request.body = encode_batch(items, caller_reference);
    return request;
}

Outcome<Invalidation> parse_created(const Reply& reply) {
    if (std::optional<Invalidation> invalidation = read_body(reply.body)) {
        return std::move(*invalidation);
    }
    Invalidation invalidation;
    invalidation.id = id_of_location(reply.headers);
    if (reply.status != status_created || invalidation.id.empty()) {
        return std::unexpected(unreadable_reply(
            reply, true,
            fmt::format("CreateInvalidation was answered {} without an invalidation: is something "
                        "other than CloudFront answering?",
                        reply.status)));
    }
    return invalidation;
}

bool says_reference_used(const Failure& failure) {
    return failure.code == "InvalidationBatchAlreadyExists" ||
           (failure.code == "InvalidArgument" && names_used_reference(failure.message));
}

ServiceRequest get_invalidation_request(const Endpoint& endpoint,
                                        const DistributionId& distribution,
                                        const InvalidationId& invalidation) {
    ServiceRequest request = request_for(endpoint, "GetInvalidation", distribution);
    request.method = "GET";
    request.target += '/';
    append_percent_encoded(request.target, invalidation.value());
    request.reply_bytes_max = large_reply_bytes_max;
    request.mutating = false;
    return request;
}

Outcome<Invalidation> parse_invalidation(const Reply& reply) {
    std::optional<Invalidation> invalidation = read_body(reply.body);
    if (!invalidation.has_value()) {
        return std::unexpected(
            unreadable_reply(reply, false, "GetInvalidation's reply holds no invalidation"));
    }
    return std::move(*invalidation);
}

ServiceRequest list_invalidations_request(const Endpoint& endpoint,
                                          const DistributionId& distribution,
                                          std::string_view marker) {
    ServiceRequest request = request_for(endpoint, "ListInvalidations", distribution);
    request.method = "GET";
    request.target += "?MaxItems=100";
    if (!marker.empty()) {
        request.target += "&Marker=";
        append_percent_encoded(request.target, marker);
    }
    request.mutating = false;
    return request;
}

Outcome<InvalidationPage> parse_invalidation_page(const Reply& reply) {
    const base::Result<XmlDocument> document = XmlDocument::parse(reply.body);
    if (!document.has_value() || document->root().name() != "InvalidationList") {
        return std::unexpected(
            unreadable_reply(reply, false, "ListInvalidations' reply holds no list"));
    }
    const XmlElement list = document->root();
    InvalidationPage page;
    list.child("Items").for_each("InvalidationSummary", [&page](XmlElement summary) {
        page.invalidations.push_back(read_invalidation(summary));
    });
    const std::string_view next = list.text("NextMarker");
    if (list.text("IsTruncated") == "true" && !next.empty()) {
        page.next_marker = std::string(next);
    }
    return page;
}

ServiceRequest list_distributions_request(const Endpoint& endpoint) {
    ServiceRequest request = request_for(endpoint, "ListDistributions");
    request.method = "GET";
    request.target += "?MaxItems=1";
    request.mutating = false;
    return request;
}

} // namespace exarch::aws
