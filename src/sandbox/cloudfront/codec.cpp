#include "sandbox/cloudfront/codec.hpp"

#include "base/text.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <charconv>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>

namespace exarch::sandbox {
namespace {

constexpr std::string_view name_space = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

std::unexpected<ServiceError> malformed(std::string what) {
    return std::unexpected(
        ServiceError{.code = "MalformedXML",
                     .message = fmt::format("1 validation error detected: {}", std::move(what))});
}

std::string_view view(const char* text) {
    return text;
}

/// The root element, where the body is XML and the root is called so in CloudFront's namespace.
std::expected<pugi::xml_node, ServiceError> root_of(pugi::xml_document& document,
                                                    std::string_view body, std::string_view name) {
    if (body.empty()) {
        return std::unexpected(
            ServiceError{.code = "MissingBody",
                         .message = "This operation requires a body. Ensure that the body is "
                                    "present and the Content-Type header is set."});
    }
    // Without white space kept, a path that is only spaces would read as empty, which is as wrong.
    const auto parsed =
        document.load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!parsed) {
        return malformed(fmt::format("the body is no well-formed XML: {} at byte {}",
                                     parsed.description(), parsed.offset));
    }
    const pugi::xml_node root = document.document_element();
    if (view(root.name()) != name || view(root.attribute("xmlns").value()) != name_space) {
        return malformed(
            fmt::format("the body must be a {} in the namespace {}", name, name_space));
    }
    return root;
}

std::optional<std::size_t> number_of(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    return is_whole ? std::optional(number) : std::nullopt;
}

std::string_view status_of(const Invalidation& invalidation, base::Instant now) {
    return invalidation.is_completed(now) ? "Completed" : "InProgress";
}

/// `2026-11-24T00:10:00.123Z`
std::string format_time(base::Timestamp time) {
    std::string text = base::format(time);
    if (!text.contains('.')) {
        text.insert(text.size() - 1, ".000");
    }
    return text;
}

std::string domain_of(const Distribution& distribution) {
    return fmt::format("{}.cloudfront.net", base::lowered(distribution.id()));
}

/// What every list begins with.
std::string page_head(const Page& page) {
    return fmt::format("<Marker>{}</Marker>{}<MaxItems>{}</MaxItems><IsTruncated>{}</IsTruncated>"
                       "<Quantity>{}</Quantity>",
                       xml_escaped(page.marker),
                       page.next_marker.empty()
                           ? ""
                           : fmt::format("<NextMarker>{}</NextMarker>", page.next_marker),
                       page.items_max, !page.next_marker.empty(), page.end - page.begin);
}

} // namespace

CloudFrontTarget parse_target(const http::Request& request) {
    constexpr std::string_view prefix = "/2020-05-31/distribution";
    const std::size_t mark = std::min(request.target.find('?'), request.target.size());
    std::string_view path = std::string_view(request.target).substr(0, mark);
    CloudFrontTarget target;
    target.query = request.target.substr(std::min(mark + 1, request.target.size()));
    if (!path.starts_with(prefix)) {
        return target;
    }
    path.remove_prefix(prefix.size());
    std::vector<std::string> parts;
    while (path.starts_with('/')) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        parts.emplace_back(path.substr(1, end - 1));
        path.remove_prefix(end);
    }
    // Such as `WithTags`, or another resource whose name begins alike.
    if (!path.empty() || (!target.query.empty() && target.query.starts_with("WithTags"))) {
        return target;
    }
    const bool is_get = request.method == "GET";
    if (!is_get && request.method != "POST") {
        return target;
    }
    if (!parts.empty()) {
        target.distribution = parts[0];
    }
    if (parts.empty()) {
        target.action = is_get ? "ListDistributions" : "CreateDistribution";
    } else if (parts.size() == 1 && is_get) {
        target.action = "GetDistribution";
    } else if (parts.size() == 2 && parts[1] == "invalidation") {
        target.action = is_get ? "ListInvalidations" : "CreateInvalidation";
    } else if (parts.size() == 3 && parts[1] == "invalidation" && is_get) {
        target.invalidation = parts[2];
        target.action = "GetInvalidation";
    }
    return target;
}

std::expected<InvalidationBatch, ServiceError> parse_batch(std::string_view body) {
    pugi::xml_document document;
    EXARCH_TRY(const pugi::xml_node root, root_of(document, body, "InvalidationBatch"));
    InvalidationBatch batch;
    batch.reference = root.child("CallerReference").child_value();
    const pugi::xml_node paths = root.child("Paths");
    for (const pugi::xml_node path : paths.child("Items").children("Path")) {
        batch.paths.emplace_back(path.child_value());
    }
    const auto quantity = number_of(paths.child("Quantity").child_value());
    if (!quantity) {
        return malformed("Paths must have a Quantity, which is a whole number");
    }
    if (*quantity != batch.paths.size()) {
        return std::unexpected(
            ServiceError{.code = "InconsistentQuantities",
                         .message = "The value of Quantity and the size of Items do not match."});
    }
    return batch;
}

std::expected<DistributionWish, ServiceError> parse_distribution_config(std::string_view body) {
    pugi::xml_document document;
    EXARCH_TRY(pugi::xml_node root, root_of(document, body, "DistributionConfig"));
    DistributionWish wish;
    wish.reference = root.child("CallerReference").child_value();
    if (wish.reference.empty()) {
        return std::unexpected(
            ServiceError{.code = "InvalidArgument", .message = "The caller reference is missing."});
    }
    if (!root.child("Origins").child("Items").child("Origin")) {
        return std::unexpected(ServiceError{.code = "InvalidArgument",
                                            .message = "Your request must contain an origin."});
    }
    root.remove_attribute("xmlns");
    std::ostringstream out;
    root.print(out, "", pugi::format_raw | pugi::format_no_declaration);
    wish.config = out.str();
    return wish;
}

std::string plain_config(std::string_view reference) {
    return fmt::format(
        "<DistributionConfig><CallerReference>{}</CallerReference><Aliases><Quantity>0</Quantity>"
        "</Aliases><DefaultRootObject></DefaultRootObject><Origins><Quantity>1</Quantity><Items>"
        "<Origin><Id>origin</Id><DomainName>origin.example.com</DomainName></Origin></Items>"
        "</Origins><DefaultCacheBehavior><TargetOriginId>origin</TargetOriginId>"
        "<ViewerProtocolPolicy>https-only</ViewerProtocolPolicy></DefaultCacheBehavior>"
        "<Comment></Comment><Enabled>true</Enabled></DistributionConfig>",
        xml_escaped(reference));
}

std::string render_invalidation(const Invalidation& invalidation, base::Instant now) {
    std::string text = fmt::format(
        "<Invalidation xmlns=\"{}\"><Id>{}</Id><Status>{}</Status><CreateTime>{}</CreateTime>"
        "<InvalidationBatch><Paths><Quantity>{}</Quantity><Items>",
        name_space, invalidation.id, status_of(invalidation, now),
        format_time(invalidation.created_at), invalidation.paths.size());
    for (const std::string& path : invalidation.paths) {
        text.append("<Path>").append(xml_escaped(path)).append("</Path>");
    }
    fmt::format_to(std::back_inserter(text),
                   "</Items></Paths><CallerReference>{}</CallerReference></InvalidationBatch>"
                   "</Invalidation>",
                   xml_escaped(invalidation.reference));
    return text;
}

std::string render_distribution(const Distribution& distribution, base::Instant now) {
    return fmt::format(
        "<Distribution xmlns=\"{}\"><Id>{}</Id><ARN>{}</ARN><Status>Deployed</Status>"
        "<LastModifiedTime>{}</LastModifiedTime>"
        "<InProgressInvalidationBatches>{}</InProgressInvalidationBatches>"
        "<DomainName>{}</DomainName><ActiveTrustedSigners><Enabled>false</Enabled>"
        "<Quantity>0</Quantity></ActiveTrustedSigners>{}</Distribution>",
        name_space, distribution.id(), distribution.arn(), format_time(distribution.created_at),
        distribution.in_progress(now), domain_of(distribution), distribution.config);
}

std::string
render_invalidation_list(const std::vector<std::shared_ptr<const Invalidation>>& newest_first,
                         const Page& page, base::Instant now) {
    std::string items;
    for (std::size_t i = page.begin; i < page.end; ++i) {
        const Invalidation& each = *newest_first[i];
        fmt::format_to(std::back_inserter(items),
                       "<InvalidationSummary><Id>{}</Id><CreateTime>{}</CreateTime>"
                       "<Status>{}</Status></InvalidationSummary>",
                       each.id, format_time(each.created_at), status_of(each, now));
    }
    return fmt::format("<InvalidationList xmlns=\"{}\">{}{}</InvalidationList>", name_space,
                       page_head(page),
                       items.empty() ? "" : fmt::format("<Items>{}</Items>", items));
}

std::string render_distribution_list(const std::vector<const Distribution*>& distributions,
                                     const Page& page) {
    std::string items;
    for (std::size_t i = page.begin; i < page.end; ++i) {
        const Distribution& each = *distributions[i];
        fmt::format_to(std::back_inserter(items),
                       "<DistributionSummary><Id>{}</Id><ARN>{}</ARN><Status>Deployed</Status>"
                       "<LastModifiedTime>{}</LastModifiedTime><DomainName>{}</DomainName>"
                       "<Comment></Comment><Enabled>true</Enabled></DistributionSummary>",
                       each.id(), each.arn(), format_time(each.created_at), domain_of(each));
    }
    return fmt::format("<DistributionList xmlns=\"{}\">{}{}</DistributionList>", name_space,
                       page_head(page),
                       items.empty() ? "" : fmt::format("<Items>{}</Items>", items));
}

} // namespace exarch::sandbox
