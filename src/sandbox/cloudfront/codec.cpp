#include "sandbox/cloudfront/codec.hpp"

#include "base/text.hpp"
#include "sandbox/cloudfront/distribution_config.hpp"
#include "sandbox/cloudfront/distribution_rules.hpp"
#include "sandbox/error_shape.hpp"
#include "sandbox/text.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>
#include <pugixml.hpp>

#include <array>
#include <charconv>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>

namespace exarch::sandbox {
namespace {

constexpr std::string_view name_space = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

std::unexpected<ServiceError> malformed(std::string what) {
    return std::unexpected(validation_error("MalformedXML", std::array{std::move(what)}));
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

std::string_view status_of(const Distribution& distribution, base::Instant now) {
    return now >= distribution.deployed_at ? "Deployed" : "InProgress";
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

void name_tag_action(CloudFrontTarget& target, bool is_get) {
    constexpr std::string_view before_id = ":distribution/";
    const Form form = parse_form(target.query).value_or(Form());
    target.resource = value_of(form, "Resource");
    if (const std::size_t at = target.resource.find(before_id); at != std::string::npos) {
        target.distribution = target.resource.substr(at + before_id.size());
    }
    const std::string_view operation = value_of(form, "Operation");
    if (is_get) {
        target.action = "ListTagsForResource";
    } else if (operation == "Tag") {
        target.action = "TagResource";
    } else if (operation == "Untag") {
        target.action = "UntagResource";
    }
}

void name_distribution_action(CloudFrontTarget& target, const std::vector<std::string>& parts,
                              bool is_get) {
    const bool has_tags = target.query.starts_with("WithTags");
    if (parts.size() > 1) {
        target.distribution = parts[1];
    }
    if (parts.size() == 1) {
        target.action = is_get     ? "ListDistributions"
                        : has_tags ? "CreateDistributionWithTags"
                                   : "CreateDistribution";
    } else if (parts.size() == 2 && is_get) {
        target.action = "GetDistribution";
    } else if (parts.size() == 3 && parts[2] == "invalidation") {
        target.action = is_get ? "ListInvalidations" : "CreateInvalidation";
    } else if (parts.size() == 4 && parts[2] == "invalidation" && is_get) {
        target.invalidation = parts[3];
        target.action = "GetInvalidation";
    }
    if (is_get && has_tags) {
        target.action.clear();
    }
}

std::unexpected<ServiceError> invalid_tagging(std::string message) {
    return std::unexpected(ServiceError{.code = "InvalidTagging", .message = std::move(message)});
}

std::expected<ResourceTags, ServiceError> tags_of(const pugi::xml_node& element) {
    constexpr std::size_t tags_max = 50;
    constexpr std::size_t key_max = 128;
    constexpr std::size_t value_max = 256;
    ResourceTags tags;
    for (const pugi::xml_node tag : element.child("Items").children("Tag")) {
        const std::string key = tag.child("Key").child_value();
        const std::string value = tag.child("Value").child_value();
        if (key.empty() || key.size() > key_max || value.size() > value_max) {
            return invalid_tagging("A tag has a key of 1 to 128 characters and a value of at most "
                                   "256.");
        }
        if (base::lowered(key).starts_with("aws:")) {
            return invalid_tagging("Tag keys must not begin with aws:.");
        }
        if (!tags.emplace(key, value).second) {
            return invalid_tagging(fmt::format("The tag key {} is given twice.", key));
        }
    }
    if (tags.size() > tags_max) {
        return invalid_tagging("A resource has at most 50 tags.");
    }
    return tags;
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
    constexpr std::string_view prefix = "/2020-05-31/";
    const std::size_t mark = std::min(request.target.find('?'), request.target.size());
    std::string_view path = std::string_view(request.target).substr(0, mark);
    CloudFrontTarget target;
    target.query = request.target.substr(std::min(mark + 1, request.target.size()));
    const bool is_get = request.method == "GET";
    if (!path.starts_with(prefix) || (!is_get && request.method != "POST")) {
        return target;
    }
    path.remove_prefix(prefix.size());
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = std::min(path.find('/'), path.size());
        parts.emplace_back(path.substr(0, end));
        if (end == path.size()) {
            break;
        }
        path.remove_prefix(end + 1);
    }
    if (parts[0] == "tagging" && parts.size() == 1) {
        name_tag_action(target, is_get);
    } else if (parts[0] == "distribution") {
        name_distribution_action(target, parts, is_get);
    }
    return target;
}

std::expected<InvalidationBatch, ServiceError> parse_batch(std::string_view body) {
    pugi::xml_document document;
    EXARCH_TRY(const pugi::xml_node root, root_of(document, body, "InvalidationBatch"));
    InvalidationBatch batch;
    batch.reference = root.child("CallerReference").child_value();
    const pugi::xml_node paths = root.child("Paths");
    for (const auto& [element, member] :
         {std::pair(paths, "paths"), std::pair(paths.child("Quantity"), "paths.quantity"),
          std::pair(root.child("CallerReference"), "callerReference")}) {
        if (!element) {
            return malformed(null_violation(fmt::format("invalidationBatch.{}", member)));
        }
    }
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

std::expected<ResourceTags, ServiceError> parse_tags(std::string_view body) {
    pugi::xml_document document;
    EXARCH_TRY(const pugi::xml_node root, root_of(document, body, "Tags"));
    return tags_of(root);
}

std::expected<std::vector<std::string>, ServiceError> parse_tag_keys(std::string_view body) {
    pugi::xml_document document;
    EXARCH_TRY(const pugi::xml_node root, root_of(document, body, "TagKeys"));
    std::vector<std::string> keys;
    for (const pugi::xml_node key : root.child("Items").children("Key")) {
        keys.emplace_back(key.child_value());
    }
    return keys;
}

std::string render_tags(const ResourceTags& tags) {
    std::string items;
    for (const auto& [key, value] : tags) {
        items += fmt::format("<Tag><Key>{}</Key><Value>{}</Value></Tag>", xml_escaped(key),
                             xml_escaped(value));
    }
    return fmt::format("<Tags xmlns=\"{}\"><Items>{}</Items></Tags>", name_space, items);
}

std::expected<DistributionWish, ServiceError> parse_distribution_config(std::string_view body,
                                                                        bool has_tags) {
    pugi::xml_document document;
    EXARCH_TRY(
        pugi::xml_node root,
        root_of(document, body, has_tags ? "DistributionConfigWithTags" : "DistributionConfig"));
    DistributionWish wish;
    if (has_tags) {
        EXARCH_TRY(wish.tags, tags_of(root.child("Tags")));
        root = root.child("DistributionConfig");
    }
    EXARCH_CHECK(check_config(root));
    wish.reference = root.child("CallerReference").child_value();
    root.remove_attribute("xmlns");
    std::ostringstream out;
    root.print(out, "", pugi::format_raw | pugi::format_no_declaration);
    wish.config = out.str();
    return wish;
}

std::string render_invalidation(const Invalidation& invalidation, base::Instant now) {
    std::string text =
        fmt::format(FMT_COMPILE("<Invalidation xmlns=\"{}\"><Id>{}</Id><Status>{}</Status>"
                                "<CreateTime>{}</CreateTime><InvalidationBatch><Paths>"
                                "<Quantity>{}</Quantity><Items>"),
                    name_space, invalidation.id, status_of(invalidation, now),
                    format_time(invalidation.created_at), invalidation.paths.size());
    for (const std::string& path : invalidation.paths) {
        text.append("<Path>").append(xml_escaped(path)).append("</Path>");
    }
    fmt::format_to(std::back_inserter(text),
                   FMT_COMPILE("</Items></Paths><CallerReference>{}</CallerReference>"
                               "</InvalidationBatch></Invalidation>"),
                   xml_escaped(invalidation.reference));
    return text;
}

std::string render_distribution(const Distribution& distribution, base::Instant now) {
    return fmt::format("<Distribution xmlns=\"{}\"><Id>{}</Id><ARN>{}</ARN><Status>{}</Status>"
                       "<LastModifiedTime>{}</LastModifiedTime>"
                       "<InProgressInvalidationBatches>{}</InProgressInvalidationBatches>"
                       "<DomainName>{}</DomainName><ActiveTrustedSigners><Enabled>false</Enabled>"
                       "<Quantity>0</Quantity></ActiveTrustedSigners><ActiveTrustedKeyGroups>"
                       "<Enabled>false</Enabled><Quantity>0</Quantity></ActiveTrustedKeyGroups>{}"
                       "</Distribution>",
                       name_space, distribution.id(), distribution.arn(),
                       status_of(distribution, now), format_time(distribution.created_at),
                       distribution.in_progress(now), domain_of(distribution),
                       complete_config(distribution.config));
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
                                     const Page& page, base::Instant now) {
    std::string items;
    for (std::size_t i = page.begin; i < page.end; ++i) {
        const Distribution& each = *distributions[i];
        fmt::format_to(std::back_inserter(items),
                       "<DistributionSummary><Id>{}</Id><ARN>{}</ARN><ETag>{}</ETag>"
                       "<Status>{}</Status><LastModifiedTime>{}</LastModifiedTime>"
                       "<DomainName>{}</DomainName>{}</DistributionSummary>",
                       each.id(), each.arn(), each.etag(), status_of(each, now),
                       format_time(each.created_at), domain_of(each),
                       summary_of_config(each.config));
    }
    return fmt::format("<DistributionList xmlns=\"{}\">{}{}</DistributionList>", name_space,
                       page_head(page),
                       items.empty() ? "" : fmt::format("<Items>{}</Items>", items));
}

} // namespace exarch::sandbox
