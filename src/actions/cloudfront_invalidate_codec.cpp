#include "actions/cloudfront_invalidate_codec.hpp"

#include "aws/cloudfront.hpp"

#include <fmt/format.h>

namespace exarch::actions {
namespace {

using aws::DistributionId;
using aws::Failure;
using aws::InvalidationId;
using aws::Remedy;
using aws::ServiceRequest;

Verdict verdict_of(const Failure& failure) {
    if (aws::says_reference_used(failure)) {
        return Verdict::accepted;
    }
    switch (failure.remedy) {
    case Remedy::retry:
    case Remedy::renew_credentials:
    case Remedy::correct_clock:
        return Verdict::not_sent;
    case Remedy::slow_down:
        return Verdict::throttled;
    case Remedy::slots_full:
        return Verdict::slots_full;
    case Remedy::outcome_unknown:
        return Verdict::unknown;
    case Remedy::denied:
        return Verdict::resource_denied;
    case Remedy::not_found:
        return Verdict::resource_missing;
    case Remedy::give_up:
        return Verdict::content_refused;
    }
    return Verdict::unknown;
}

/// What `parse` makes of a reply, or why there is none.
template <class Parse>
auto parsed(const Reply& reply, Parse parse) -> decltype(parse(*reply)) {
    if (!reply.has_value()) {
        return std::unexpected(reply.error());
    }
    return parse(*reply);
}

class CloudfrontInvalidateCodec final : public CallCodec {
public:
    std::string_view service() const override { return "cloudfront"; }

    ServiceRequest request(const aws::Endpoint& endpoint, std::string_view resource,
                           std::span<const std::string> items,
                           std::string_view reference) const override {
        return aws::create_invalidation_request(endpoint, DistributionId(resource), items,
                                                reference);
    }

    Answer read(const Reply& reply) const override {
        const auto created = parsed(reply, aws::parse_created);
        if (created.has_value()) {
            return {Verdict::accepted, created->id.value(), reply->request_id, {}};
        }
        const Failure& failure = created.error();
        return {verdict_of(failure),
                {},
                failure.request_id,
                aws::to_error(failure, "CreateInvalidation").message()};
    }

    ServiceRequest progress_request(const aws::Endpoint& endpoint, std::string_view resource,
                                    std::string_view result_id) const override {
        return aws::get_invalidation_request(endpoint, DistributionId(resource),
                                             InvalidationId(result_id));
    }

    Progress read_progress(const Reply& reply) const override {
        const auto invalidation = parsed(reply, aws::parse_invalidation);
        if (invalidation.has_value()) {
            return aws::is_in_progress(invalidation->status) ? Progress::in_progress
                                                             : Progress::complete;
        }
        switch (invalidation.error().remedy) {
        case Remedy::denied:
            return Progress::unreadable;
        case Remedy::not_found:
            return Progress::absent;
        case Remedy::slow_down:
            return Progress::throttled;
        default:
            return Progress::failed;
        }
    }

    ServiceRequest records_request(const aws::Endpoint& endpoint, std::string_view resource,
                                   std::string_view marker) const override {
        return aws::list_invalidations_request(endpoint, DistributionId(resource), marker);
    }

    aws::Outcome<RecordPage> read_records(const Reply& reply) const override {
        const auto page = parsed(reply, aws::parse_invalidation_page);
        if (!page.has_value()) {
            return std::unexpected(page.error());
        }
        RecordPage records{.entries = {}, .next_marker = page->next_marker};
        for (const aws::Invalidation& one : page->invalidations) {
            records.entries.push_back({one.id.value(), one.created_at});
        }
        return records;
    }

    aws::Outcome<std::string> read_reference(const Reply& reply) const override {
        const auto invalidation = parsed(reply, aws::parse_invalidation);
        if (!invalidation.has_value()) {
            return std::unexpected(invalidation.error());
        }
        return invalidation->caller_reference;
    }
};

} // namespace

const CallCodec& cloudfront_invalidate_codec() {
    static const CloudfrontInvalidateCodec codec;
    return codec;
}

} // namespace exarch::actions
