#include "sandbox/cloudfront/cloudfront.hpp"

#include "sandbox/cloudfront/distribution_config.hpp"
#include "sandbox/cloudfront/distribution_rules.hpp"
#include "sandbox/cloudfront/path_rules.hpp"
#include "sandbox/error_shape.hpp"
#include "sandbox/text.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <utility>

namespace exarch::sandbox {
namespace {

constexpr std::string_view cloudfront_calls =
    "CreateDistribution, CreateDistributionWithTags, GetDistribution, ListDistributions, "
    "TagResource, UntagResource, ListTagsForResource, CreateInvalidation, GetInvalidation, "
    "ListInvalidations";
constexpr std::size_t reference_max = 128;
constexpr std::size_t page_items_max = 100;

std::string location_of(const ServiceCall& call, std::string_view path) {
    return fmt::format(FMT_COMPILE("https://cloudfront.amazonaws.com{}{}{}"),
                       call.request.target.substr(0, call.request.target.find('?')),
                       path.empty() ? "" : "/", path);
}

http::Response created(const ServiceCall& call, std::string_view id, const std::string& body) {
    http::Response response = xml_response(201, body, call.request_id);
    response.headers.add("Location", location_of(call, id));
    return response;
}

http::Response no_content(const ServiceCall& call) {
    http::Response response;
    response.status = 204;
    response.headers.add("x-amzn-RequestId", call.request_id.value());
    return response;
}

std::expected<void, ServiceError> check_batch(const InvalidationBatch& batch) {
    if (batch.reference.empty() || batch.reference.size() > reference_max) {
        return invalid_argument(
            fmt::format("The caller reference must have 1 to {} characters.", reference_max));
    }
    if (batch.paths.size() > batch_paths_max) {
        return refuse(413, "BatchTooLarge", "Invalidation batch specified is too large.");
    }
    if (batch.paths.empty() || !std::ranges::all_of(batch.paths, is_valid_path)) {
        return invalid_argument("Your request contains one or more invalid invalidation paths.");
    }
    return {};
}

/// The page that `Marker` and `MaxItems` ask for; `id_of` is the id of the item at an index.
std::expected<Page, ServiceError> page_of(std::string_view query, std::size_t count,
                                          const std::function<std::string(std::size_t)>& id_of) {
    const auto form = parse_form(query);
    if (!form) {
        return invalid_argument("The query does not parse.");
    }
    Page page;
    page.marker = value_of(*form, "Marker");
    page.items_max = page_items_max;
    if (const std::string_view text = value_of(*form, "MaxItems"); !text.empty()) {
        std::size_t wanted = 0;
        std::from_chars(text.data(), text.data() + text.size(), wanted);
        if (!is_digits(text) || wanted == 0) {
            return invalid_argument("MaxItems must be a whole number above 0.");
        }
        page.items_max = std::min(wanted, page_items_max);
    }
    if (!page.marker.empty()) {
        while (page.begin < count && id_of(page.begin) != page.marker) {
            ++page.begin;
        }
        if (page.begin == count) {
            return invalid_argument("The marker is invalid.");
        }
        ++page.begin;
    }
    page.end = std::min(page.begin + page.items_max, count);
    if (page.end < count) {
        page.next_marker = id_of(page.end - 1);
    }
    return page;
}

/// What is asked for goes into the log even where it is refused.
void describe(const InvalidationBatch& batch, CallRecord& record) {
    boost::json::array paths;
    for (const std::string& path : batch.paths) {
        paths.emplace_back(path);
    }
    record.details["reference"] = batch.reference;
    record.details["paths"] = std::move(paths);
}

} // namespace

http::Response CloudFrontService::answer(const ServiceCall& call, CallRecord& record) {
    const CloudFrontTarget target = parse_target(call.request);
    if (!target.distribution.empty()) {
        record.details["distribution"] = target.distribution;
    }
    Wish wish{call, target, record};
    if (target.action == "CreateInvalidation") {
        wish.batch = parse_batch(call.request.body);
        describe(wish.batch.value_or(InvalidationBatch()), record);
    }
    auto reply = serve(wish);
    return reply.has_value() ? std::move(*reply)
                             : render_error(ErrorShape::cloudfront, reply.error(), call.request_id);
}

bool CloudFrontService::add(const base::AccountId& account, const std::string& id,
                            base::Timestamp now) {
    Distribution distribution(account, id);
    distribution.config = plain_config(id);
    distribution.created_at = now;
    return book_.add(std::move(distribution));
}

CloudFrontService::Reply CloudFrontService::serve(const Wish& wish) {
    using Serve = Reply (CloudFrontService::*)(const Wish&);
    static const std::map<std::string, Serve, std::less<>> table{
        {"CreateDistribution", &CloudFrontService::create_distribution},
        {"CreateDistributionWithTags", &CloudFrontService::create_distribution},
        {"GetDistribution", &CloudFrontService::get_distribution},
        {"TagResource", &CloudFrontService::tag_resource},
        {"UntagResource", &CloudFrontService::untag_resource},
        {"ListTagsForResource", &CloudFrontService::list_tags},
        {"ListDistributions", &CloudFrontService::list_distributions},
        {"CreateInvalidation", &CloudFrontService::create_invalidation},
        {"GetInvalidation", &CloudFrontService::get_invalidation},
        {"ListInvalidations", &CloudFrontService::list_invalidations}};
    const auto found = table.find(wish.target.action);
    if (found == table.end()) {
        return std::unexpected(not_in_this_sandbox(
            fmt::format("{} {} of CloudFront", wish.call.request.method, wish.call.request.target),
            cloudfront_calls));
    }
    // Lists and creations concern no distribution that could be named yet.
    const std::string& id = wish.target.distribution;
    const std::string resource =
        found->first == "ListDistributions"
            ? "*"
            : fmt::format(FMT_COMPILE("arn:aws:cloudfront::{}:distribution/{}"),
                          wish.call.caller.account.value(), id.empty() ? "*" : id);
    std::vector<std::string> actions{found->first};
    if (found->first == "CreateDistributionWithTags") {
        // IAM knows no action of that name, but the two that it consists of.
        actions = {"CreateDistribution", "TagResource"};
    }
    for (const std::string& action : actions) {
        EXARCH_CHECK(authorise_(wish.call, {.action = "cloudfront:" + action,
                                            .resource = resource,
                                            .owner = wish.call.caller.account,
                                            .resource_policy = {}}));
    }
    return (this->*found->second)(wish);
}

/// The caller's own: what belongs to another account is not there.
std::expected<Distribution*, ServiceError> CloudFrontService::find(const Wish& wish) {
    Distribution* found = book_.find(wish.target.distribution);
    if (found == nullptr || found->account() != wish.call.caller.account) {
        return refuse(404, "NoSuchDistribution", "The specified distribution does not exist.");
    }
    return found;
}

CloudFrontService::Reply CloudFrontService::create_distribution(const Wish& wish) {
    EXARCH_TRY(DistributionWish asked,
               parse_distribution_config(wish.call.request.body,
                                         wish.target.action == "CreateDistributionWithTags"));
    const std::string reference_element =
        fmt::format("<CallerReference>{}</CallerReference>", xml_escaped(asked.reference));
    for (const Distribution* each : book_.of(wish.call.caller.account)) {
        if (each->config.contains(reference_element)) {
            return refuse(409, "DistributionAlreadyExists",
                          fmt::format("The caller reference that you are using to create a "
                                      "distribution is associated with another distribution. "
                                      "Already exists: {}",
                                      each->id()));
        }
    }
    Distribution distribution(wish.call.caller.account, "E" + dice_.identifier(13));
    distribution.config = std::move(asked.config);
    distribution.tags = std::move(asked.tags);
    distribution.created_at = wish.call.now.wall;
    distribution.deployed_at = wish.call.now.steady + params_.complete_after;
    const std::string id = distribution.id();
    http::Response response =
        created(wish.call, id, render_distribution(distribution, wish.call.now.steady));
    response.headers.add("ETag", distribution.etag());
    book_.add(std::move(distribution));
    wish.record.details["distribution"] = id;
    wish.record.effect = true;
    return response;
}

CloudFrontService::Reply CloudFrontService::get_distribution(const Wish& wish) {
    EXARCH_TRY(const Distribution* found, find(wish));
    http::Response response =
        xml_response(200, render_distribution(*found, wish.call.now.steady), wish.call.request_id);
    response.headers.add("ETag", found->etag());
    return response;
}

CloudFrontService::Reply CloudFrontService::list_distributions(const Wish& wish) {
    const auto all = book_.of(wish.call.caller.account);
    EXARCH_TRY(const Page page,
               page_of(wish.target.query, all.size(), [&](std::size_t i) { return all[i]->id(); }));
    return xml_response(200, render_distribution_list(all, page, wish.call.now.steady),
                        wish.call.request_id);
}

/// By the ARN that a call about tags names.
std::expected<Distribution*, ServiceError> CloudFrontService::find_tagged(const Wish& wish) {
    const auto found = find(wish);
    if (!found.has_value() || (*found)->arn() != wish.target.resource) {
        return refuse(404, "NoSuchResource", "The specified resource does not exist.");
    }
    return *found;
}

CloudFrontService::Reply CloudFrontService::tag_resource(const Wish& wish) {
    EXARCH_TRY(Distribution * found, find_tagged(wish));
    EXARCH_TRY(ResourceTags tags, parse_tags(wish.call.request.body));
    tags.insert(found->tags.begin(), found->tags.end());
    if (tags.size() > 50) {
        return refuse(400, "InvalidTagging", "A resource has at most 50 tags.");
    }
    found->tags = std::move(tags);
    wish.record.effect = true;
    return no_content(wish.call);
}

CloudFrontService::Reply CloudFrontService::untag_resource(const Wish& wish) {
    EXARCH_TRY(Distribution * found, find_tagged(wish));
    EXARCH_TRY(const auto keys, parse_tag_keys(wish.call.request.body));
    for (const std::string& key : keys) {
        found->tags.erase(key);
    }
    wish.record.effect = true;
    return no_content(wish.call);
}

CloudFrontService::Reply CloudFrontService::list_tags(const Wish& wish) {
    EXARCH_TRY(const Distribution* found, find_tagged(wish));
    return xml_response(200, render_tags(found->tags), wish.call.request_id);
}

CloudFrontService::Reply CloudFrontService::create_invalidation(const Wish& wish) {
    EXARCH_TRY(Distribution * distribution, find(wish));
    EXARCH_TRY(InvalidationBatch batch, wish.batch);
    EXARCH_CHECK(check_batch(batch));
    const base::Instant now = wish.call.now.steady;
    if (const Invalidation* known = distribution->find_reference(batch.reference)) {
        wish.record.details["repeated"] = true;
        if (params_.references == ReferenceMode::argument) {
            return invalid_argument("Your request contains a caller reference that was used for a "
                                    "previous invalidation batch for the same distribution.");
        }
        if (params_.references == ReferenceMode::exists || known->paths != batch.paths) {
            return refuse(400, "InvalidationBatchAlreadyExists",
                          "An invalidation batch with the same caller reference already exists.");
        }
        return created(wish.call, known->id, render_invalidation(*known, now));
    }
    if (const Room room = distribution->room_for(batch.paths, now, params_.in_progress);
        room != Room::enough) {
        return refuse(400, "TooManyInvalidationsInProgress",
                      fmt::format("Processing your request will cause you to exceed the maximum "
                                  "number of in-progress {}invalidations.",
                                  room == Room::too_few_wildcards ? "wildcard " : ""));
    }
    const Invalidation& made = distribution->add({.id = "I" + dice_.identifier(24),
                                                  .reference = std::move(batch.reference),
                                                  .paths = std::move(batch.paths),
                                                  .created_at = wish.call.now.wall,
                                                  .completes_at = now + params_.complete_after});
    wish.record.effect = true;
    wish.record.details["invalidation"] = made.id;
    return created(wish.call, made.id, render_invalidation(made, now));
}

CloudFrontService::Reply CloudFrontService::get_invalidation(const Wish& wish) {
    EXARCH_TRY(const Distribution* distribution, find(wish));
    const Invalidation* found = distribution->find(wish.target.invalidation);
    if (found == nullptr) {
        return refuse(404, "NoSuchInvalidation", "The specified invalidation does not exist.");
    }
    return xml_response(200, render_invalidation(*found, wish.call.now.steady),
                        wish.call.request_id);
}

CloudFrontService::Reply CloudFrontService::list_invalidations(const Wish& wish) {
    EXARCH_TRY(const Distribution* distribution, find(wish));
    auto newest_first = distribution->invalidations();
    std::ranges::reverse(newest_first);
    EXARCH_TRY(const Page page, page_of(wish.target.query, newest_first.size(),
                                        [&](std::size_t i) { return newest_first[i]->id; }));
    return xml_response(200, render_invalidation_list(newest_first, page, wish.call.now.steady),
                        wish.call.request_id);
}

} // namespace exarch::sandbox
