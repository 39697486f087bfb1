#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/cloudfront/codec.hpp"
#include "sandbox/cloudfront/distribution.hpp"
#include "sandbox/dice.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>

namespace exarch::sandbox {

/// What a caller reference that comes a second time gets. AWS documents the first, and has been
/// seen to do the third. In each it takes effect once at a distribution.
enum class ReferenceMode : std::uint8_t {
    /// The same paths get the invalidation that was made; others InvalidationBatchAlreadyExists.
    replay,
    /// InvalidationBatchAlreadyExists in any case.
    exists,
    /// InvalidArgument in any case.
    argument,
};

struct CloudFrontParams {
    ReferenceMode references = ReferenceMode::replay;
    InProgressLimits in_progress = {};
    /// From an invalidation's acceptance to its completion.
    base::Duration complete_after = std::chrono::seconds(10);
};

/// CloudFront over its REST protocol: distributions and their invalidations.
class CloudFrontService {
public:
    /// `dice` must outlive it.
    CloudFrontService(CloudFrontParams params, Authoriser authorise, Dice& dice)
        : params_(params), authorise_(std::move(authorise)), dice_(dice) {}

    [[nodiscard]] static std::string action_of(const http::Request& request) {
        return parse_target(request).action;
    }

    [[nodiscard]] http::Response answer(const ServiceCall& call, CallRecord& record);

    /// A distribution that stands there already. False where the id is taken.
    bool add(const base::AccountId& account, const std::string& id, base::Timestamp now);
    [[nodiscard]] const DistributionBook& distributions() const { return book_; }

private:
    using Reply = std::expected<http::Response, ServiceError>;
    /// A call whose target was found and allowed.
    struct Wish {
        const ServiceCall& call;
        const CloudFrontTarget& target;
        CallRecord& record;
        /// The body of CreateInvalidation, read once: it can be long.
        std::expected<InvalidationBatch, ServiceError> batch = {};
    };

    [[nodiscard]] Reply serve(const Wish& wish);
    [[nodiscard]] std::expected<Distribution*, ServiceError> find(const Wish& wish);
    [[nodiscard]] std::expected<Distribution*, ServiceError> find_tagged(const Wish& wish);
    [[nodiscard]] Reply create_distribution(const Wish& wish);
    [[nodiscard]] Reply get_distribution(const Wish& wish);
    [[nodiscard]] Reply list_distributions(const Wish& wish);
    [[nodiscard]] Reply tag_resource(const Wish& wish);
    [[nodiscard]] Reply untag_resource(const Wish& wish);
    [[nodiscard]] Reply list_tags(const Wish& wish);
    [[nodiscard]] Reply create_invalidation(const Wish& wish);
    [[nodiscard]] Reply get_invalidation(const Wish& wish);
    [[nodiscard]] Reply list_invalidations(const Wish& wish);

    CloudFrontParams params_;
    Authoriser authorise_;
    Dice& dice_;
    DistributionBook book_;
};

} // namespace exarch::sandbox
