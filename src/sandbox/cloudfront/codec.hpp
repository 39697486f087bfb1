#pragma once

#include "sandbox/call.hpp"
#include "sandbox/cloudfront/distribution.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox {

/// `/2020-05-31/distribution/E1/invalidation/I1?Marker=x`, taken apart.
struct CloudFrontTarget {
    /// Empty where the path is none of the sandbox's.
    std::string action;
    std::string distribution = {};
    std::string invalidation = {};
    std::string query = {};
    /// Of calls that concern tags: the ARN, whatever it names.
    std::string resource = {};
};

[[nodiscard]] CloudFrontTarget parse_target(const http::Request& request);

struct InvalidationBatch {
    std::vector<std::string> paths;
    std::string reference;
};

/// Reads `<InvalidationBatch>`. Refused as AWS refuses: no body, XML that is none or something
/// else, a Quantity that is not the number of items.
[[nodiscard]] std::expected<InvalidationBatch, ServiceError> parse_batch(std::string_view body);

/// Reads `<Tags>`. Refused as AWS refuses: tags that are too many, too long or its own.
[[nodiscard]] std::expected<ResourceTags, ServiceError> parse_tags(std::string_view body);
/// Reads `<TagKeys>`.
[[nodiscard]] std::expected<std::vector<std::string>, ServiceError>
parse_tag_keys(std::string_view body);
[[nodiscard]] std::string render_tags(const ResourceTags& tags);

struct DistributionWish {
    std::string reference;
    ResourceTags tags;
    /// The whole element, as it came.
    std::string config;
};

/// Reads `<DistributionConfig>`, which must name its reference and an origin, alone or, in
/// `<DistributionConfigWithTags>`, with tags.
[[nodiscard]] std::expected<DistributionWish, ServiceError>
parse_distribution_config(std::string_view body, bool has_tags);

[[nodiscard]] std::string render_invalidation(const Invalidation& invalidation, base::Instant now);
[[nodiscard]] std::string render_distribution(const Distribution& distribution, base::Instant now);

/// One page of a list.
struct Page {
    std::string marker;
    std::size_t items_max = 100;
    /// Index of its first item, and of the first one after it.
    std::size_t begin = 0;
    std::size_t end = 0;
    /// None: this is the last page.
    std::string next_marker;
};

/// Newest first; a summary tells neither paths nor reference.
[[nodiscard]] std::string
render_invalidation_list(const std::vector<std::shared_ptr<const Invalidation>>& newest_first,
                         const Page& page, base::Instant now);
[[nodiscard]] std::string
render_distribution_list(const std::vector<const Distribution*>& distributions, const Page& page,
                         base::Instant now);

} // namespace exarch::sandbox
